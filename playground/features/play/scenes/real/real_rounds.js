// The pictures of a game: recorded, drawn anew while it goes on, or the server's, real and made.
import { ndjson } from "../../../../web/kit/ndjson.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive } from "../../../../web/kit/page_state.js";
import { run as kitRun } from "../../../../web/kit/runs.js";
import { LIVE, RECORDED, sourceOf } from "../../../../web/kit/sources.js";
import { notesOf } from "./png_notes.js";
import { shuffled } from "./real_score.js";

/**
 * @import { Recipe, RecordedPart, Recording, Running, Start } from "../../../../web/kit/events.js"
 * @import { About } from "../../../../web/kit/picture_viewer.js"
 * @import { State } from "../../../../web/kit/sources.js"
 */

/**
 * One picture to guess: `critic` is what the GAN's critic says, real above 0.
 *
 * @typedef {object} Round
 * @property {string} source address of the picture
 * @property {string} alt
 * @property {string} truth the family that made it, or "real", or "made"
 * @property {State} from where the picture comes from
 * @property {number | null} [critic]
 * @property {string} [told] what there is to see in its strokes
 * @property {Drawn} [drawn] how a machine came to it
 * @property {Recipe} [recipe] of this very picture
 * @property {string} [key]
 *
 * @typedef {{ recipe: Recipe, seed: number }} Drawn `seed` is that of another picture
 */

/**
 * @typedef {object} Game
 * @property {"machines" | "real"} mode
 * @property {Round[]} rounds
 * @property {number} at which of them is shown
 * @property {number} right
 * @property {number} critic how often the critic was right
 * @property {number} judged how often it was asked
 * @property {boolean} over
 * @property {Running} [run] what draws pictures that are still to come
 */

export const ROUNDS = 10;

/**
 * Ten recorded pictures: what they show in any order, and any machine for each.
 *
 * @param {() => number} random
 * @returns {Promise<Round[]>}
 */
export async function recordedRounds(random) {
  /** @type {RecordedPart} */
  const { runs } = await pack("real");
  /** @type {Record<string, Record<string, Recording>>} */
  const byModel = {};
  for (const [name, run] of Object.entries(runs)) {
    const space = name.indexOf(" ");
    (byModel[name.slice(0, space)] ??= {})[name.slice(space + 1)] = run;
  }
  const models = Object.keys(byModel);
  return shuffled(Object.keys(byModel[models[0]]), random)
    .slice(0, ROUNDS)
    .map((alt) => {
      const { start, events } = byModel[models[Math.floor(random() * models.length)]][alt];
      const source = events[events.length - 1].frame?.tiles[0] ?? "";
      const drawn = { recipe: start.recipe, seed: Math.floor(random() * 2 ** 32) };
      const { recipe, key } = start;
      return { alt, source, truth: start.family, drawn, from: RECORDED, recipe, key };
    });
}

/**
 * Ten pictures from the server, real and made.
 *
 * @param {number} seed
 * @returns {Promise<Round[]>}
 */
export async function realRounds(seed) {
  const reply = await fetch(`real?seed=${seed}`);
  /**
   * @type {{
   *   rounds?: {
   *     tile: string, real: boolean, alt: string, critic: number | null, told: string,
   *   }[],
   *   sentence?: string,
   * }}
   */
  const { rounds, sentence } = await reply.json();
  if (!rounds) throw new Error(sentence ?? "There are no real digits here any more.");
  return rounds.map(({ tile: source, real, alt, critic, told }) => ({
    source,
    alt,
    critic,
    told,
    truth: real ? "real" : "made",
    from: LIVE,
  }));
}

/**
 * Have pictures drawn anew that are still to come; what is late or fails stays as recorded.
 *
 * @param {Game} own
 */
export function freshen(own) {
  const coming = own.rounds.filter((round, i) => i > own.at + 1);
  const requests = coming.flatMap(({ drawn }) => (drawn ? [requestOf(drawn)] : []));
  if (!requests.length) return;
  /** @type {Start[]} */
  const starts = [];
  own.run = kitRun(requests, (i, { start, frame }) => {
    const round = coming[i];
    if (start) starts[i] = start;
    if (!frame?.last || own.rounds.indexOf(round) <= own.at) return;
    const { recipe, key } = starts[i];
    Object.assign(round, { source: frame.tiles[0], from: sourceOf(starts[i]), recipe, key });
  });
}

/**
 * A picture of a game with a note in it; drawn anew where all of them were recorded.
 *
 * @param {Game} own
 * @returns {Promise<Round | undefined>}
 */
export async function noted(own) {
  const found = own.rounds.findLast(({ source }) => notesOf(source).recipe);
  const last = own.rounds.findLast(({ drawn }) => drawn);
  if (found || !last?.drawn || !isLive()) return found ?? last;
  const anew = { ...last };
  await kitRun([requestOf(last.drawn)], (_, { start, frame }) => {
    if (start) Object.assign(anew, { recipe: start.recipe, key: start.key });
    if (frame?.last) [anew.source] = frame.tiles;
  }).done;
  return anew;
}

/**
 * What is known of a picture of a game: its recipe, which it may carry itself.
 *
 * @param {Round} round
 * @returns {About}
 */
export function aboutOf({ source, recipe, key }) {
  const note = notesOf(source).recipe;
  return recipe || !note ? { recipe, key } : { recipe: JSON.parse(note) };
}

/** @param {Drawn} drawn */
function requestOf({ recipe: { model, prompt, options }, seed }) {
  return { model, prompt, options, seed };
}

/**
 * Whether there are real digits, or how many bytes they have that can be fetched.
 *
 * @returns {Promise<{ missing?: boolean, fetch?: number | null }>}
 */
export function realDigits() {
  return fetch("real")
    .then((reply) => reply.json())
    .catch(() => ({ missing: true }));
}

/**
 * Let the server fetch them; the last line of its answer. What has come so far goes to `show`.
 *
 * @param {(bytes: number) => void} show
 * @returns {Promise<{ done?: boolean, fail?: string, sentence?: string }>}
 */
export async function fetchReal(show) {
  const reply = await fetch("real/fetch", { method: "POST" });
  let last = {};
  for await (const line of ndjson(reply)) {
    last = line;
    if (line.bytes !== undefined) show(line.bytes);
  }
  return last;
}
