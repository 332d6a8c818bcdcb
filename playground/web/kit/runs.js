// Letting models work: live from the engine, or recorded. Both come as the same events.
import { isStill, wait } from "./page_state.js";
import { ndjson } from "./ndjson.js";
import { watch } from "./session_log.js";

/**
 * @import { LiveRequest, Recording, RunEvent, RunRequest, Running, Take } from "./events.js"
 */

const REPLAY_LIMIT = 4000; // milliseconds
const REDRAW = 83; // milliseconds; twelve redraws a second are enough
const FASTEST = 12; // milliseconds for one letter: a letter a frame would be too fast to follow
const VISITOR = Math.random().toString(36).slice(2) + Date.now().toString(36);
const NO_ANSWER = "The server does not answer. Try again in a moment.";

/**
 * Let models work. `take(i, event)` is called with every event of each request.
 *
 * @param {RunRequest[]} requests
 * @param {Take} take
 * @param {boolean} keep somebody asked for it by hand: it goes into the history and the lab sheet
 * @returns {Running}
 */
export function run(requests, take, keep = false) {
  const seen = keep ? watch() : null;
  /** @type {Take} */
  const told = (i, event) => {
    seen?.(i, event);
    take(i, event);
  };
  return live({ runs: requests, ...(keep && { keep }) }, told);
}

/**
 * Ask the engine for something: runs, or the arrival of a model.
 *
 * @param {LiveRequest} asked
 * @param {Take} take
 * @returns {Running}
 */
export function live(asked, take) {
  const ending = new AbortController();
  const all = (/** @type {RunEvent} */ event) => {
    for (let i = 0; i < Math.max(1, asked.runs?.length ?? 0); i += 1) take(i, event);
  };
  const done = request(asked, take, all, ending.signal).catch((error) => {
    const fail = { sentence: NO_ANSWER, again: true };
    all(ending.signal.aborted ? { end: "stopped" } : { fail });
    return error;
  });
  return { done, stop: () => ending.abort() };
}

/**
 * @param {LiveRequest} asked
 * @param {Take} take
 * @param {(event: RunEvent) => void} all tells every run
 * @param {AbortSignal} signal
 */
async function request(asked, take, all, signal) {
  const body = JSON.stringify({ visitor: VISITOR, ...asked });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("live", { method: "POST", headers, body, signal });
  if (!answer.ok) {
    const { sentence } = await answer.json().catch(() => ({}));
    all({ fail: { sentence: sentence ?? "The server could not do this.", again: !sentence } });
    return;
  }
  for await (const [i, event] of ndjson(answer)) take(i, event);
}

/**
 * Show a recorded run again at the pace it had, in at most four seconds; at once for who wants no
 * motion.
 *
 * @param {Recording} recorded
 * @param {(event: RunEvent) => void} take
 * @returns {Running}
 */
export function replay(recorded, take) {
  let stopped = false;
  const events = [...paced(recorded.events)];
  const whole = events.reduce((sum, [ms]) => sum + ms, 0);
  const speed = isStill() ? 0 : Math.min(1, REPLAY_LIMIT / Math.max(1, whole));
  const show = async () => {
    take({ start: recorded.start });
    for (const [ms, event] of events) {
      if (speed) await wait(ms * speed);
      if (stopped) return take({ end: "stopped" });
      take(event);
    }
    return take({ end: "finished" });
  };
  return { done: show(), stop: () => (stopped = true) };
}

/**
 * Events with the milliseconds before each; letters in the lumps that a screen can show.
 *
 * @param {RunEvent[]} events
 * @returns {Generator<[number, RunEvent]>}
 */
export function* paced(events) {
  for (const event of events) {
    if (event.letters) yield* lumps(event.letters);
    else yield [event.frame?.ms ?? 0, event];
  }
}

/**
 * @param {NonNullable<RunEvent["letters"]>} letters
 * @returns {Generator<[number, RunEvent]>}
 */
function* lumps(letters) {
  /** @type {typeof letters} */
  let lump = [];
  let ms = 0;
  for (const letter of letters) {
    lump.push(letter);
    ms += Math.max(letter[3], FASTEST);
    if (ms < REDRAW) continue;
    yield [ms, { letters: lump }];
    [lump, ms] = [[], 0];
  }
  if (lump.length) yield [ms, { letters: lump }];
}
