// The places of a sheet: eight rows of eight.

const SIDE = 8; // tiles

export const SHEET = SIDE * SIDE;

/**
 * Where a key leads from a place on the sheet; it may lie beside it. undefined for other keys.
 *
 * @param {number} place
 * @param {string} key
 */
export function moved(place, key) {
  const row = place - (place % SIDE);
  /** @type {Record<string, number>} */
  const moves = {
    ArrowRight: place + 1,
    ArrowLeft: place - 1,
    ArrowDown: place + SIDE,
    ArrowUp: place - SIDE,
    Home: row,
    End: row + SIDE - 1,
  };
  return Object.hasOwn(moves, key) ? moves[key] : undefined;
}
