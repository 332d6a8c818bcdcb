// The notes that a picture carries.

const START = "data:image/png;base64,";

/**
 * The text chunks of a PNG, by their keys: four bytes of length, four of kind, key, zero, words;
 * then a checksum.
 *
 * @param {string} source address of the picture
 */
export function notesOf(source) {
  /** @type {Record<string, string>} */
  const notes = {};
  if (!source.startsWith(START)) return notes;
  const bytes = Uint8Array.from(atob(source.slice(START.length)), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    if (words(bytes.subarray(at + 4, at + 8)) !== "tEXt") continue;
    const body = bytes.subarray(at + 8, at + 8 + view.getUint32(at));
    const zero = body.indexOf(0);
    notes[words(body.subarray(0, zero))] = words(body.subarray(zero + 1));
  }
  return notes;
}

/** @param {Uint8Array} part */
function words(part) {
  return String.fromCharCode(...part);
}
