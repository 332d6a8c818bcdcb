// The teacher's page: it asks every two seconds what has happened, and sends what is decided.
import { byId, el, ghost, one } from "../../web/kit/dom.js";
import { languageReady, namedLanguage, translated } from "../../web/kit/i18n.js";
import { front } from "../../web/kit/page_state.js";
import { startCheck } from "./class_check.js";
import { startProjector } from "./class_projector.js";
import { seatRows } from "./class_seats.js";
import { TeacherError, ask, code, forgetToken } from "./teacher_api.js";
import { isProjected, picture, takeToken } from "./teacher_api.js";
import { hung, question, side } from "./vote_and_wall.js";

/**
 * @import { Seat } from "./class_seats.js"
 * @import { Hung, Push, Vote } from "../../web/kit/class_member.js"
 */

/**
 * What can be chosen, see `pages.py`.
 *
 * @typedef {object} About
 * @property {{ title: string, question: string, link: string }[]} pairs
 * @property {{ id: string, title: string }[]} claims
 * @property {{ id: string, title: string, steps: string[] }[]} lessons
 */

/**
 * What the server says of the class, see `Classroom.for_teacher`.
 *
 * @typedef {object} All
 * @property {string} v
 * @property {{ here: number, in: number }} students
 * @property {Record<string, number[]>} steps
 * @property {Push | null} push
 * @property {Vote | null} vote
 * @property {(Hung & { by: number })[]} wall
 * @property {number} sheets
 * @property {number} sheets_bytes
 * @property {boolean} unlocked
 * @property {boolean} locked
 * @property {Seat[]} seats
 */

const POLL = 2000; // milliseconds
const SURE = 5000; // milliseconds that a second press is waited for
const NO_TOKEN =
  "This is a teacher’s page. Open it with the link that you got when you opened the class.";

/** @type {About} */
const about = JSON.parse(front().dataset.about ?? "{}");
const token = takeToken();

/** @type {Map<string, string>} what is shown of each part, as JSON */
const seen = new Map();
/** @type {All | null} */
let last = null;
let isOver = false;
let isAway = false;
let timer = 0;

/** @param {string} id */
function at(id) {
  return byId(`class-${id}`, HTMLElement);
}

/** @param {string} id */
function field(id) {
  return byId(`class-${id}`, HTMLInputElement);
}

/** @param {string} id */
function picker(id) {
  return byId(`class-${id}`, HTMLSelectElement);
}

/** @param {string} id */
function button(id) {
  return byId(`class-${id}`, HTMLButtonElement);
}

/**
 * @param {string} id
 * @param {string} words
 */
function say(id, words) {
  at(id).textContent = words;
}

/** @param {unknown} error */
function sentence(error) {
  return error instanceof Error ? error.message : "";
}

/**
 * Do something, say what went wrong, and look at once what has become of it.
 *
 * @param {string} name
 * @param {unknown} content
 * @param {Element | EventTarget | null} [pressed]
 */
async function act(name, content, pressed) {
  const waits = pressed instanceof HTMLButtonElement ? pressed : null;
  if (waits) waits.disabled = true;
  try {
    await ask(token, name, content);
    say("says", "");
    await look();
  } catch (error) {
    say("says", sentence(error));
    at("says").scrollIntoView({ block: "nearest" });
  } finally {
    if (waits) waits.disabled = false;
  }
}

// What has happened

async function look() {
  const answer = await ask(token, `all?v=${last?.v ?? ""}`);
  if (answer.status === 204) return;
  const now = await answer.json();
  if ("closed" in now) throw new TeacherError(now.sentence, 404, now.closed);
  last = now;
  draw(now);
}

async function poll() {
  if (isOver) return;
  try {
    await look();
    if (isAway) say("says", "");
    isAway = false;
  } catch (error) {
    say("says", sentence(error));
    isAway = true;
    if (error instanceof TeacherError && (error.closed || error.status === 403)) {
      end();
      return;
    }
  }
  timer = window.setTimeout(poll, POLL);
}

function end() {
  isOver = true;
  clearTimeout(timer);
  at("main").hidden = true;
  at("turn").hidden = true;
  say("here", "");
  forgetToken();
}

/**
 * Build something anew only when what it shows has changed, so that nobody loses the focus.
 *
 * @template Content
 * @param {string} part
 * @param {Content} content
 * @param {(content: Content) => void} build
 */
function anew(part, content, build) {
  const text = JSON.stringify(content ?? null);
  if (seen.get(part) === text) return;
  seen.set(part, text);
  build(content);
}

/** @param {All} now */
function draw(now) {
  say("here", students(now.students.here, now.students.in));
  anew("steps", now.steps, drawSteps);
  anew("push", now.push, drawPush);
  anew("vote", now.vote, drawVote);
  anew("wall", now.wall, drawWall);
  anew("sheets", [now.sheets, now.sheets_bytes], drawSheets);
  anew("unlocked", now.unlocked, drawUnlocked);
  anew("seats", [now.locked, now.seats], drawSeats);
}

/**
 * @param {number} here
 * @param {number} inside
 */
function students(here, inside) {
  if (here === inside) return inside === 1 ? "1 student here" : `${inside} students here`;
  if (inside === 1) return "1 student, not here just now";
  return `${inside} students, ${here} of them here just now`;
}

/** @param {Record<string, number[]>} steps */
function drawSteps(steps) {
  const lessons = Object.entries(steps).map(([id, counts]) => histogram(id, counts));
  const nobody = el("p", { class: "says" }, "Nobody has begun a lesson.");
  at("steps").replaceChildren(...(lessons.length ? lessons : [nobody]));
}

/**
 * How many students are at each step of a lesson.
 *
 * @param {string} id
 * @param {number[]} counts
 */
function histogram(id, counts) {
  const lesson = about.lessons.find((each) => each.id === id);
  const most = Math.max(...counts);
  const rows = counts.map((count, i) => {
    const title = lesson?.steps[i];
    const settings = { class: "bar-name", translate: title ? "no" : null };
    return el(
      "li",
      { "data-count": count },
      el("span", settings, title ? `${i + 1}. ${title}` : `Step ${i + 1}`),
      el("span", { class: "bar", style: `--share:${count / most}` }),
      el("span", { class: "bar-count" }, count),
    );
  });
  return el(
    "section",
    { class: "histogram" },
    el("h3", { translate: "no" }, lesson?.title ?? id),
    el("p", { class: "says" }, "Students at each step"),
    el("ol", { class: "bars" }, ...rows),
  );
}

/** @param {Push | null} push */
function drawPush(push) {
  at("pushed").dataset.own = push && push.kind !== "claim" ? push.title : "";
  say("pushed", push ? `Shown to all: ${push.title}` : "Nothing is shown just now.");
  at("push-back").hidden = !push;
}

/** @param {Vote | null} vote */
function drawVote(vote) {
  at("vote").hidden = !vote;
  at("no-vote").hidden = Boolean(vote) || !isProjected();
  if (!vote) return;
  at("vote-question").replaceChildren(question(vote));
  const sides = vote.sides.map((result, i) => side(result, "AB"[i], picture, counted(vote, i)));
  at("vote-sides").replaceChildren(...sides);
  say("tally", tallied(vote));
  say("vote-open", vote.open ? "Close the vote" : "Open it again");
  ["hands-a", "hands-b"].forEach((id, i) => {
    if (document.activeElement !== at(id)) field(id).value = String(vote.hands[i]);
  });
}

/**
 * Who still chooses shall not see what others chose.
 *
 * @param {Vote} vote
 */
function tallied({ open, tally }) {
  if (!isProjected() || !open) return tally.sentence;
  const cast = tally.counts[0] + tally.counts[1];
  const soFar = cast === 1 ? "1 vote so far." : `${cast} votes so far.`;
  return `${soFar} The count comes when the vote is closed.`;
}

/**
 * @param {Vote} vote
 * @param {number} i
 */
function counted({ open, tally }, i) {
  if (isProjected() && open) return null;
  const all = tally.counts[0] + tally.counts[1];
  const share = all ? tally.counts[i] / all : 0;
  const bar = el("span", { class: "bar", style: `--share:${share}` });
  return el("p", { class: "counted" }, bar, el("b", {}, tally.counts[i]));
}

/** @param {All["wall"]} wall */
function drawWall(wall) {
  const waiting = wall.filter((entry) => !entry.approved);
  const approved = wall.filter((entry) => entry.approved);
  const words = waiting.length === 1 ? "1 waits for you." : `${waiting.length} wait for you.`;
  const line = waiting.length ? [el("p", { class: "says" }, words)] : [];
  const asked = waiting.map((entry) =>
    figure(
      entry,
      entry.by ? el("span", { class: "says" }, `From seat ${entry.by}`) : null,
      judge(entry, true, "Approve"),
      judge(entry, false, "Refuse"),
    ),
  );
  const shown = approved.map((entry) => figure(entry, judge(entry, false, "Take off")));
  const nothing = el("p", { class: "says" }, "Nothing hangs here yet.");
  at("waiting").replaceChildren(...line, ...asked);
  at("wall").replaceChildren(...(shown.length ? shown : [nothing]));
}

/**
 * @param {Hung} entry
 * @param {...(HTMLElement | null)} buttons
 */
function figure(entry, ...buttons) {
  return hung(entry, picture, isProjected() ? null : el("div", { class: "class-row" }, ...buttons));
}

/**
 * @param {Hung} entry
 * @param {boolean} approved
 * @param {string} words
 */
function judge(entry, approved, words) {
  return ghost(words, (event) => act("judge", { entry: entry.id, approved }, event.target));
}

/** @param {number[]} kept how many, and their bytes */
function drawSheets([sheets, bytes]) {
  const size = `${Math.max(1, Math.round(bytes / 1000))} kB`;
  const many = sheets === 1 ? `1 sheet, ${size}.` : `${sheets} sheets, ${size}.`;
  say("sheets", sheets ? many : "None yet.");
  button("sheets-get").disabled = button("sheets-clear").disabled = !sheets;
}

/** @param {boolean} unlocked */
function drawUnlocked(unlocked) {
  at("unlock").setAttribute("aria-pressed", String(unlocked));
  say("unlock", unlocked ? "Lock other models" : "Unlock other models");
  const words = unlocked
    ? "Students may run and fetch every model of this host."
    : "Students run the models that come with the playground, and no others.";
  say("unlock-says", words);
}

/** @param {[boolean, Seat[]]} door whether it is locked, and who is inside */
function drawSeats([locked, seats]) {
  at("lock").setAttribute("aria-pressed", String(locked));
  say("lock", locked ? "Let others join" : "Lock joining");
  const rows = seatRows(seats, about.lessons, (number) => act("put_out", { number }));
  at("seats-list").replaceChildren(...rows);
}

// What is decided

/**
 * @param {string} value
 * @param {string} words
 * @param {boolean} own they are of who wrote the lesson, and stay as they are
 */
function option(value, words, own = false) {
  return el("option", { value, translate: own ? "no" : null }, words);
}

function fillPickers() {
  const lessons = () => about.lessons.map(({ id, title }) => option(id, title, true));
  picker("pair").append(
    ...about.pairs.map((each, i) => option(String(i), each.title)),
    option("own", "two results of your own"),
  );
  picker("claim").append(...about.claims.map(({ id, title }) => option(id, title)));
  picker("lesson").append(...lessons());
  picker("ready-lesson").append(...lessons(), option("", "the first buttons"));
  at("push-lesson").hidden = !about.lessons.length;
}

function fillSteps() {
  const lesson = about.lessons.find(({ id }) => id === picker("lesson").value);
  const steps = (lesson?.steps ?? []).map((title, i) =>
    option(String(i + 1), `${i + 1}. ${title}`, true),
  );
  picker("lesson-step").replaceChildren(...steps);
}

function showPair() {
  const pair = chosenPair();
  at("own").hidden = Boolean(pair);
  if (pair) field("question").value = translated(pair.question);
}

function chosenPair() {
  return about.pairs[Number(picker("pair").value)];
}

/**
 * Send what a form says.
 *
 * @param {string} id
 * @param {() => [string, unknown]} contents
 */
function sending(id, contents) {
  const form = byId(`class-${id}`, HTMLFormElement);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await act(...contents(), one("button[type=submit]", HTMLButtonElement, form));
  });
}

/** @param {SubmitEvent} event */
async function beginVote(event) {
  event.preventDefault();
  const go = one("button[type=submit]", HTMLButtonElement, at("vote-form"));
  const pair = chosenPair();
  const own = [field("link-a").value, field("link-b").value].filter(Boolean);
  go.textContent = "The models are at work …";
  await act("vote", { links: pair ? [pair.link] : own, question: field("question").value }, go);
  go.textContent = "Begin the vote";
}

/**
 * What cannot be taken back is asked for twice.
 *
 * @param {string} id
 * @param {string} words
 * @param {() => void} done
 */
function twice(id, words, done) {
  const asked = button(id);
  asked.addEventListener("click", () => {
    if (asked.dataset.sure) {
      done();
      return;
    }
    const before = asked.textContent;
    asked.dataset.sure = "yes";
    asked.textContent = words;
    setTimeout(() => {
      delete asked.dataset.sure;
      asked.textContent = before;
    }, SURE);
  });
}

async function closeClass() {
  try {
    await ask(token, "close", {});
    end();
    say("says", "This class is closed, and everything in it is gone.");
  } catch (error) {
    say("says", sentence(error));
  }
}

async function saveSheets() {
  try {
    const content = await (await ask(token, "sheets.zip")).blob();
    const href = URL.createObjectURL(content);
    el("a", { href, download: `class-${code()}-sheets.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  } catch (error) {
    say("says", sentence(error));
  }
}

function listen() {
  picker("lesson").addEventListener("change", fillSteps);
  picker("pair").addEventListener("change", showPair);
  sending("push-link", () => ["push", { link: field("link").value }]);
  sending("push-claim", () => ["push", { claim: picker("claim").value }]);
  sending("push-lesson", () => {
    const step = Number(picker("lesson-step").value);
    return ["push", { lesson: picker("lesson").value, step }];
  });
  sending("hands", () => {
    return ["hands", { hands: [Number(field("hands-a").value), Number(field("hands-b").value)] }];
  });
  byId("class-vote-form", HTMLFormElement).addEventListener("submit", beginVote);
  pressing("push-back", "push", () => ({}));
  pressing("vote-open", "vote_open", () => ({ open: !last?.vote?.open }));
  pressing("vote-away", "vote_away", () => ({}));
  pressing("unlock", "unlock", () => ({ unlocked: !last?.unlocked }));
  pressing("lock", "lock", () => ({ locked: !last?.locked }));
  twice("close", "Close it: all of it goes", closeClass);
  twice("sheets-clear", "Forget them for good", () => act("clear_sheets", {}));
  at("sheets-get").addEventListener("click", saveSheets);
}

/**
 * @param {string} id
 * @param {string} name of what a press does
 * @param {() => unknown} content
 */
function pressing(id, name, content) {
  at(id).addEventListener("click", (event) => act(name, content(), event.target));
}

function begin() {
  const named = namedLanguage();
  const language = named ? `&lang=${encodeURIComponent(named)}` : ""; // for a tab of its own
  const link = byId("class-projector", HTMLAnchorElement);
  link.href = `${location.pathname}?token=${encodeURIComponent(token)}&projector=1${language}`;
  fillPickers();
  fillSteps();
  showPair();
  languageReady().then(showPair);
  listen();
  startCheck(token);
  if (isProjected()) startProjector();
  if (token) {
    poll();
  } else {
    end();
    say("says", NO_TOKEN);
  }
}

begin();
