// The page of students: the code, and once it is right, everything that a class has.
import {
  castBallot,
  classCode,
  classNow,
  handIn,
  hangUp,
  isMember,
  joinClass,
  leaveClass,
  pictureAddress,
  siteAddress,
  startMember,
  watchClass,
  whyEnded,
} from "../../web/kit/class_member.js";
import { byId, el, one } from "../../web/kit/dom.js";
import { DrawingPad } from "./drawing_pad.js";
import { hung, pushed, question, side } from "./vote_and_wall.js";

/** @import { Hung, Now, Push, Shown, State, Vote } from "../../web/kit/class_member.js" */

const INSIDE = "You are in. Keep this page open, or go to the playground: the class comes along.";
const AWAY = "The class is not open just now. This page finds it again by itself.";
const SENT = "Sent. It shows once your teacher approves it.";
const MOST_BYTES = 1_000_000; // of a sheet

/** @type {Map<string, string>} what is shown of each part, as JSON */
const seen = new Map();
let was = false; // whether this page has been in a class

/** @param {string} id */
function at(id) {
  return byId(`join-${id}`, HTMLElement);
}

/** @param {string} id */
function field(id) {
  return byId(`join-${id}`, HTMLInputElement);
}

/** @param {string} id */
function form(id) {
  return byId(`join-${id}`, HTMLFormElement);
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

/** @param {SubmitEvent} event */
async function join(event) {
  event.preventDefault();
  const button = one("button", HTMLButtonElement, at("form"));
  button.disabled = true;
  say("says", "");
  try {
    await joinClass(field("code").value);
    at("state").focus();
  } catch (error) {
    say("says", sentence(error));
    at("code").focus();
  }
  button.disabled = false;
}

/**
 * @param {Now | null} now
 * @param {State} state
 */
function heard(now, state) {
  const joined = isMember();
  at("form").hidden = joined;
  at("inside").hidden = !joined;
  const title = joined ? `Class ${classCode()}` : "Join a class";
  one(".masthead h1", HTMLElement).textContent = title;
  if (!joined) {
    const gone = whyEnded() || "This class was closed, or you have left it.";
    if (was && state === "out") say("says", gone);
    was = false;
    return;
  }
  was = true;
  say("says", "");
  say("state", state === "away" ? AWAY : INSIDE);
  if (now) draw(now);
}

// What the class has

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

/** @param {Now} now */
function draw({ push, vote, wall }) {
  anew("push", push, drawPush);
  anew("vote", vote, drawVote);
  anew("wall", wall, drawWall);
}

/** @param {Push | null} push */
function drawPush(push) {
  at("push").hidden = !push;
  if (!push) return;
  at("push-words").replaceChildren(pushed(push));
  byId("join-push-open", HTMLAnchorElement).href = siteAddress(push.address);
}

/** @param {Vote | null} vote */
function drawVote(vote) {
  at("vote").hidden = !vote;
  if (!vote) return;
  at("vote-question").replaceChildren(question(vote));
  const sides = at("vote-sides");
  const before = document.activeElement?.closest("[data-side]")?.getAttribute("data-side");
  sides.replaceChildren(...vote.sides.map((result, i) => drawSide(vote, result, i)));
  const button = before ? sides.querySelector(`[data-side="${before}"]`) : null;
  if (button instanceof HTMLElement) button.focus();
  say("vote-says", standing(vote));
}

/** @param {Vote} vote */
function standing({ open, mine, tally }) {
  if (!open) return tally.sentence;
  if (mine === null) return "Nobody sees who chose what.";
  return `You chose ${"AB"[mine]}. You can change that until the vote is closed.`;
}

/**
 * @param {Vote} vote
 * @param {Shown} result
 * @param {number} i
 */
function drawSide(vote, result, i) {
  const letter = "AB"[i];
  const settings = {
    type: "button",
    class: "ghost",
    "data-side": letter,
    "aria-pressed": String(vote.mine === i),
    onclick: () => choose(vote, i),
  };
  const button = vote.open ? el("button", settings, `Choose ${letter}`) : null;
  return side(result, letter, pictureAddress, button);
}

/**
 * @param {Vote} vote
 * @param {number} i
 */
async function choose(vote, i) {
  say("vote-says", "Sending …");
  try {
    await castBallot(vote.id, i);
    anew("vote", classNow()?.vote ?? null, drawVote);
  } catch (error) {
    say("vote-says", sentence(error));
  }
}

/** @param {Hung[]} wall */
function drawWall(wall) {
  const entries = wall.map((entry) => hung(entry, pictureAddress));
  const nothing = el("p", { class: "says" }, "Nothing hangs here yet.");
  at("wall").replaceChildren(...(entries.length ? entries : [nothing]));
}

// Sending

/**
 * @param {string} id of the form
 * @param {string} says where it is said what became of it
 * @param {() => Promise<unknown>} act
 * @param {string} done
 */
function sending(id, says, act, done) {
  form(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = one("button[type=submit]", HTMLButtonElement, form(id));
    button.disabled = true;
    say(says, "Sending …");
    try {
      await act();
      form(id).reset();
      say(says, done);
    } catch (error) {
      say(says, sentence(error));
    }
    button.disabled = false;
  });
}

/** @param {DrawingPad} pad */
async function sendDrawing(pad) {
  if (!pad.isDrawn) throw new Error("Draw something first.");
  const drawing = pad.canvas.toDataURL("image/png");
  await hangUp({ drawing, caption: field("caption").value });
  pad.clear();
}

async function sendSheet() {
  const [file] = field("file").files ?? [];
  if (!file) throw new Error("Choose the file of your sheet first.");
  if (file.size > MOST_BYTES) throw new Error("A sheet is an HTML file of at most 1 MB.");
  await handIn(await file.text());
}

async function leave() {
  await leaveClass();
  field("code").value = "";
  say("says", "You have left. Nothing of this site is kept in this browser any more.");
  field("code").focus();
}

function begin() {
  const code = field("code");
  const pad = new DrawingPad(byId("join-pad", HTMLCanvasElement));
  code.addEventListener("input", () => {
    code.value = code.value.toUpperCase().replace(/[^A-Z]/g, "");
  });
  form("form").addEventListener("submit", join);
  at("clear").addEventListener("click", () => pad.clear());
  at("leave").addEventListener("click", leave);
  sending("result", "wall-says", () => hangUp({ link: field("link").value }), SENT);
  sending("drawing", "wall-says", () => sendDrawing(pad), SENT);
  const handed = "Handed in. Handing in another one takes its place.";
  sending("sheet", "sheet-says", sendSheet, handed);
  watchClass(heard);
  startMember();
}

begin();
