// A student's side of a class: on the page to join, on lessons, and on the main page once a class
// has been joined. What it knows lies in localStorage; `leave()` takes that and all else of this
// site out of the browser again.
import { front } from "./page_state.js";
import { cookies, setCookie, store, stored, storedNames, storeText } from "./stored.js";

/**
 * What is shown of a result or a drawing.
 *
 * @typedef {{ pictures: string[], text: string, title: string }} Shown
 * @typedef {Shown & { id: number, kind: string, approved: boolean }} Hung
 * @typedef {{ counts: [number, number], sentence: string }} Tally
 * @typedef {{
 *   id: number, question: string, sides: Shown[], open: boolean, mine: number | null,
 *   tally: Tally, hands: [number, number],
 * }} Vote
 * @typedef {{ number: number, kind: string, title: string, address: string }} Push
 */

/**
 * What the server says of the class, see `Classroom.for_student`.
 *
 * @typedef {{ v: string, push: Push | null, vote: Vote | null, wall: Hung[] }} Now
 */

/**
 * "away" while the class is not to be found.
 *
 * @typedef {"out" | "in" | "away"} State
 */

/**
 * @typedef {{ code: string, token: string, seen: number }} Known
 */

const KEY = "playground_class";
const POLL = { quick: 2000, hidden: 10_000, away: 5000 }; // milliseconds
const STEP = 300; // milliseconds that steps are gathered for
const NO_ANSWER = "The server does not answer. Try again in a moment.";

/** @type {Known | null} */
let known = readKnown();
/** @type {Now | null} */
let now = null;
/** @type {State} */
let state = known ? "in" : "out";
/** @type {((now: Now | null, state: State) => void)[]} */
const watchers = [];
/** @type {((push: Push) => void)[]} */
const pushed = [];
/** @type {{ lesson: string, step: number, of: number } | null} */
let later = null;
let ended = ""; // why the class is no more, for this browser
let timer = 0;
let asked = 0; // a number for each round, so that an old one does not go on beside a new one

/** An error whose message is a sentence for people; `status` is 0 where nobody answered. */
class Said extends Error {
  /**
   * @param {string} sentence
   * @param {number} status
   * @param {boolean} closed
   */
  constructor(sentence, status, closed = false) {
    super(sentence);
    this.status = status;
    this.closed = closed;
  }
}

/** Whether this browser is in a class. */
export function isMember() {
  return Boolean(known);
}

/** The code of the class; "" outside of one. */
export function classCode() {
  return known?.code ?? "";
}

/** What the server last said of the class. */
export function classNow() {
  return now;
}

/** Why this browser is in no class any more; "" while that is by choice. */
export function whyEnded() {
  return ended;
}

/** Whether the class can be found. */
export function classState() {
  return state;
}

/**
 * Into a class by its code; with the token of before, if it is the same class.
 *
 * @param {string} code
 */
export async function joinClass(code) {
  const token = known?.code === code ? known.token : "";
  const answer = await ask("join", { body: JSON.stringify({ code, token }), token: "" });
  const seen = known?.code === answer.code ? (known?.seen ?? 0) : 0;
  remember({ code: answer.code, token: answer.token, seen });
  take(answer.now);
  poll();
}

/** Out of the class, and everything of this site out of the browser. */
export async function leaveClass() {
  const body = JSON.stringify(known ?? {});
  remember(null);
  clearTimeout(timer);
  take(null, "out");
  forget();
  // The class itself may be gone already.
  await ask("leave", { body, token: "" }).catch(() => null);
}

/**
 * Tell the teacher's page how far this student is; at most a few times a second.
 *
 * @param {string} lesson
 * @param {number} step
 * @param {number} of how many there are
 */
export function tellStep(lesson, step, of) {
  if (!known) return;
  const waits = later !== null;
  later = { lesson, step, of };
  if (waits) return;
  setTimeout(() => {
    const told = later;
    later = null;
    send("step", told).catch(() => {});
  }, STEP);
}

/**
 * @param {string} question
 * @param {unknown} answer
 */
export function tellGuess(question, answer) {
  return send("guess", { question, answer: String(answer) });
}

/**
 * How the class has guessed: answer -> how many.
 *
 * @param {string} question
 * @returns {Promise<Record<string, number>>}
 */
export async function tallyOf(question) {
  if (!known) return {};
  const path = `class/${known.code}/tally?question=${encodeURIComponent(question)}`;
  return (await ask(path)).answers;
}

/**
 * @param {number} vote
 * @param {number} side
 */
export async function castBallot(vote, side) {
  await send("ballot", { vote, side });
  if (now?.vote) now = { ...now, vote: { ...now.vote, mine: side } };
}

/** @param {{ link: string } | { drawing: string, caption: string }} content */
export function hangUp(content) {
  return send("hang", content);
}

/**
 * Hand in a lab sheet.
 *
 * @param {string} html
 */
export function handIn(html) {
  return ask(`class/${known?.code}/sheet`, { body: html, type: "text/html" });
}

/**
 * Where a picture of the class is found.
 *
 * @param {string} name
 */
export function pictureAddress(name) {
  return siteAddress(`class/${known?.code}/picture/${name}`);
}

/**
 * Where something of this site is found, whichever page asks.
 *
 * @param {string} path
 */
export function siteAddress(path) {
  return new URL(path, site()).href;
}

/**
 * Go where a pushed preset is; the same page with another end of its address is read anew.
 *
 * @param {string} path
 */
export function openPushed(path) {
  const target = new URL(path, site());
  const same = target.pathname === location.pathname && target.search === location.search;
  location.assign(target);
  if (same) location.reload();
}

/**
 * Call back with what the server says whenever that changes, and once now.
 *
 * @param {(now: Now | null, state: State) => void} heard
 */
export function watchClass(heard) {
  watchers.push(heard);
  if (known) heard(now, state);
}

/**
 * Call back when the teacher shows something.
 *
 * @param {(push: Push) => void} heard
 */
export function onPush(heard) {
  pushed.push(heard);
}

/** Ask for news of the class from now on. */
export function startMember() {
  document.addEventListener("visibilitychange", () => known && !document.hidden && poll());
  if (known) poll();
}

function site() {
  return new URL(front().dataset.root ?? ".", document.baseURI);
}

/** @returns {Known | null} */
function readKnown() {
  const found = stored(KEY);
  return found?.code && found?.token ? found : null;
}

/** @param {Known | null} next */
function remember(next) {
  known = next;
  store(KEY, next ?? undefined);
}

/**
 * @param {string} path
 * @param {{ body?: string, type?: string, token?: string }} settings
 */
async function ask(path, { body, type = "application/json", token = known?.token } = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (token) headers["X-Classroom"] = token;
  if (body !== undefined) headers["Content-Type"] = type;
  const method = body === undefined ? "GET" : "POST";
  const settings = { method, headers, body, cache: /** @type {RequestCache} */ ("no-store") };
  const answer = await fetch(new URL(path, site()), settings).catch(() => null);
  if (!answer) throw new Said(NO_ANSWER, 0);
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  const sentence = content.sentence ?? content.detail ?? "The server could not do this.";
  throw new Said(sentence, answer.status, content.closed);
}

/**
 * @param {string} act
 * @param {unknown} content
 */
async function send(act, content) {
  if (!known) throw new Said("You are in no class. Join one with its code.", 0);
  return ask(`class/${known.code}/${act}`, { body: JSON.stringify(content) });
}

/**
 * @param {Now | null} next
 * @param {State} becomes
 */
function take(next, becomes = next ? "in" : state) {
  const changed = next !== now || becomes !== state;
  [now, state] = [next, becomes];
  if (!changed) return;
  for (const heard of watchers) heard(now, state);
  const push = now?.push;
  if (!push || !known || push.number === known.seen) return;
  remember({ ...known, seen: push.number });
  for (const heard of pushed) heard(push);
}

async function poll() {
  const mine = ++asked;
  clearTimeout(timer);
  if (!known) return;
  let pause = document.hidden ? POLL.hidden : POLL.quick;
  try {
    const news = await ask(`class/${known.code}/now?v=${encodeURIComponent(now?.v ?? "")}`);
    if (mine !== asked) return;
    if (news && "closed" in news) throw new Said(news.sentence, 404, news.closed);
    if (news) take(news);
    else if (state !== "in") take(now, "in");
  } catch (error) {
    if (mine !== asked) return;
    if (error instanceof Said && (error.closed || error.status === 403)) {
      remember(null);
      ended = error.message;
      take(null, "out");
      return;
    }
    pause = POLL.away;
    take(now, "away");
  }
  timer = window.setTimeout(poll, pause * (0.9 + 0.2 * Math.random()));
}

/** Everything that this site keeps in a browser, for whoever uses it next. */
function forget() {
  /** @type {("local" | "session")[]} */
  const both = ["local", "session"];
  for (const where of both) {
    for (const name of storedNames(where)) if (isOurs(name)) storeText(name, undefined, where);
  }
  for (const name of cookies().keys()) if (isOurs(name)) setCookie(name, "", 0);
}

/** @param {string} name of what is kept */
function isOurs(name) {
  return /^(__Host-)?playground/.test(name);
}
