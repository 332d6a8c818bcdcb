// How different the pictures of a sheet are: which is nearest to which, and how many there are when
// those that are nearer to each other than a limit, and chains of them, count as one.
import { difference } from "../drawer_form.js";

/**
 * @typedef {object} Measured
 * @property {number} count
 * @property {number} different
 * @property {number} mean distance to the nearest, of 255
 * @property {number} least of these distances
 * @property {[number, number]} pair places of the two that are the most alike
 * @property {Map<number, { away: number, other: number }>} nearest by place
 */

/**
 * @param {ArrayLike<number>[]} pictures two at least, as colour values
 * @param {number[]} places where each stands on the sheet
 * @param {number} limit
 * @returns {Measured}
 */
export function measure(pictures, places, limit) {
  const nearest = pictures.map(() => ({ away: Infinity, other: -1 }));
  const part = pictures.map((_, i) => i);
  for (let a = 0; a < pictures.length; a += 1) {
    for (let b = a + 1; b < pictures.length; b += 1) {
      const away = difference(pictures[a], pictures[b]);
      if (away < nearest[a].away) nearest[a] = { away, other: b };
      if (away < nearest[b].away) nearest[b] = { away, other: a };
      if (away < limit) join(part, part[a], part[b]);
    }
  }
  const away = nearest.map((near) => near.away);
  const least = Math.min(...away);
  const first = away.indexOf(least);
  const found = places.map((place, i) => {
    const near = { away: away[i], other: places[nearest[i].other] };
    return /** @type {const} */ ([place, near]);
  });
  return {
    count: places.length,
    different: new Set(part).size,
    mean: away.reduce((sum, value) => sum + value, 0) / away.length,
    least,
    pair: [places[first], places[nearest[first].other]],
    nearest: new Map(found),
  };
}

/**
 * @param {number[]} part which part each picture belongs to
 * @param {number} one
 * @param {number} other
 */
function join(part, one, other) {
  for (let i = 0; i < part.length; i += 1) if (part[i] === other) part[i] = one;
}
