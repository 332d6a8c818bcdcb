// What a model goes on at each letter of a text, as numbers: pieces of the text, the share that
// each earlier one has, and how these are ranked and said.
import { visible } from "../../../web/kit/card_parts.js";
import { percent } from "../../../web/kit/numbers.js";

/** @import { Look, PackedArray } from "../../../web/kit/events.js" */

/**
 * A piece of the text: some letters that are written as one, or one that is written as several
 * tokens.
 *
 * @typedef {object} Piece
 * @property {number} start its first letter
 * @property {number} end the letter after its last
 * @property {number} first token
 * @property {number} last token
 * @property {string} text
 */

/**
 * @typedef {object} Shares
 * @property {"attention" | "memory"} kind
 * @property {Uint16Array} shares of each token at each, (tokens, tokens)
 * @property {number} tokens
 * @property {number} whole what the shares at a token sum up to
 * @property {Piece[]} pieces
 * @property {number[]} pieceOf which piece each letter belongs to
 * @property {Float32Array | null} gates how far each stands open at each token, (tokens, 3)
 */

/**
 * What a model goes on at the cursor: a share for each piece up to there.
 *
 * @typedef {{ name: string, data: Shares, row: number[] }} Shown
 */

/** What the gates do, in the order of their numbers. */
export const GATES = ["lets in", "keeps", "lets out"];
/** Pixels of the longest bar. */
export const BAR = 20;
const SEEN = 0.005; // a share from which on there is a bar at all

/** @type {Record<string, number>} letters that a key moves the cursor by */
const MOVES = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageUp: 10,
  PageDown: -10,
};

/**
 * Numbers of a step: pieces of the text, and how much each counts at each.
 *
 * @param {Look} look
 * @param {string[]} letters
 * @returns {Shares}
 */
export function read({ arrays, figures }, letters) {
  const starts = new Uint16Array(unpack(arrays.starts));
  const kind = arrays.attention ? "attention" : "memory";
  const pieces = piecesOf(starts, letters);
  return {
    kind,
    shares: new Uint16Array(unpack(arrays[kind])),
    tokens: starts.length,
    whole: figures.whole,
    pieces,
    pieceOf: letters.map((_, letter) => pieces.findLastIndex(({ start }) => start <= letter)),
    gates: arrays.gates ? new Float32Array(unpack(arrays.gates)) : null,
  };
}

/** @param {PackedArray} packed */
function unpack({ data }) {
  return Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0)).buffer;
}

/**
 * @param {Uint16Array} starts the letter that each token starts at
 * @param {string[]} letters
 */
function piecesOf(starts, letters) {
  /** @type {Piece[]} */
  const pieces = [];
  starts.forEach((start, token) => {
    const before = pieces.at(-1);
    if (before?.start === start) {
      before.last = token; // several tokens may make up one letter
    } else {
      pieces.push({ start, end: letters.length, first: token, last: token, text: "" });
    }
  });
  pieces.forEach((piece, i) => {
    piece.end = pieces[i + 1]?.start ?? letters.length;
    piece.text = letters.slice(piece.start, piece.end).join("");
  });
  return pieces;
}

/**
 * What each piece up to the cursor's has a share of there.
 *
 * @param {Shares} data
 * @param {number} at the letter under the cursor
 */
export function rowAt({ shares, tokens, whole, pieces, pieceOf }, at) {
  const here = pieceOf[at];
  const from = pieces[here].last * tokens;
  return pieces.slice(0, here + 1).map(({ first, last }) => {
    let sum = 0;
    for (let token = first; token <= last; token += 1) sum += shares[from + token];
    return sum / whole;
  });
}

/**
 * How long the bar of each piece is, in pixels; 0 for none.
 *
 * @param {number[]} row
 * @param {number} most the share that has the longest
 * @param {number} count of all pieces
 */
export function barsOf(row, most, count) {
  return Array.from({ length: count }, (_, i) =>
    row[i] >= SEEN ? Math.max(1, Math.round((row[i] / most) * BAR)) : 0,
  );
}

/**
 * Which letter a key leads to; it may lie beside the text. undefined for other keys.
 *
 * @param {number} at
 * @param {string} key
 * @param {number} count of letters
 */
export function moved(at, key, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  return Object.hasOwn(MOVES, key) ? at + MOVES[key] : undefined;
}

// In words

/** @param {number[]} row */
function topOf(row) {
  return row.indexOf(Math.max(...row));
}

/**
 * What all models do at the cursor, a sentence or two each.
 *
 * @param {Shown[]} shown
 * @param {number} at
 */
export function sentences(shown, at) {
  const here = shown[0].data.pieces[shown[0].row.length - 1];
  const said = shown.map((one) => sentence(one, at) + otherOf(one, shown));
  return `At “${visible(here.text)}”, ${said.join(" ")}`;
}

/**
 * Where the largest share lies and how far back half of all lies.
 *
 * @param {Shown} one
 * @param {number} at
 */
function sentence({ name, data, row }, at) {
  const top = topOf(row);
  const itself = top === row.length - 1;
  const back = at - data.pieces[top].start;
  const whom = `“${visible(data.pieces[top].text)}”${itself ? " itself" : ""}`;
  const far = itself ? "" : `, ${back} letter${back === 1 ? "" : "s"} back`;
  const does = data.kind === "attention" ? `looks most at ${whom}` : `remembers ${whom} best`;
  const half = halfWithin(data, row, at);
  const lies = half === 1 ? "this letter" : `the last ${half} letters`;
  return `${name} ${does}${far} (${percent(row[top])}); half of all lies within ${lies}.`;
}

/**
 * The last letters that together have half of everything.
 *
 * @param {Shares} data
 * @param {number[]} row
 * @param {number} at
 */
export function halfWithin({ pieces }, row, at) {
  let sum = 0;
  let i = row.length;
  while (i > 0 && sum < 0.5) sum += row[(i -= 1)];
  return at + 1 - pieces[i].start;
}

/**
 * What a model that remembers has of what another looks at; "" where there is none.
 *
 * @param {Shown} one
 * @param {Shown[]} shown
 */
function otherOf({ data, row }, shown) {
  const other = shown.find((each) => each.data.kind === "attention");
  if (data.kind === "attention" || !other) return "";
  const looked = other.data.pieces[topOf(other.row)];
  const piece = data.pieceOf[looked.start];
  return (
    ` Of what it remembers ${percent(row[piece])} is ` +
    `“${visible(data.pieces[piece].text)}”, where ${other.name} looks most.`
  );
}

/**
 * How far a gate stands open at the end of a piece.
 *
 * @param {Float32Array} gates
 * @param {Piece} piece
 * @param {number} gate
 */
export function openness(gates, { last }, gate) {
  return gates[GATES.length * last + gate];
}

/**
 * The heads of the table of one letter.
 *
 * @param {Shown[]} shown
 */
export function headsOf(shown) {
  const names = shown.flatMap(({ name, data }) => [
    `${name}, share`,
    ...(data.gates ? GATES.map((gate) => `${name} ${gate}`) : []),
  ]);
  return ["Letter", "", ...names];
}

/**
 * The rows of the table of one letter: all up to it, nearest first.
 *
 * @param {Shown[]} shown
 * @param {string[]} letters
 * @param {number} at
 */
export function rowsOf(shown, letters, at) {
  const rows = letters
    .slice(0, at + 1)
    .map((text, letter) => [
      letter + 1,
      visible(text),
      ...shown.flatMap((one) => cellsOf(one, letter)),
    ]);
  return rows.reverse();
}

/**
 * @param {Shown} one
 * @param {number} letter
 */
function cellsOf({ data, row }, letter) {
  const { gates } = data;
  const place = data.pieceOf[letter];
  const piece = data.pieces[place];
  const part = [...piece.text].length > 1 ? ` of “${visible(piece.text)}”` : "";
  const open = gates ? GATES.map((_, gate) => percent(openness(gates, piece, gate))) : [];
  return [`${(100 * row[place]).toFixed(1)} %${part}`, ...open];
}
