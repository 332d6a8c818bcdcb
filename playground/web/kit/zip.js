// Files as one archive, stored as they are: PNGs are compressed already. APPNOTE.TXT of PKWARE,
// version 6.3, sections 4.3.7 (a file), 4.3.12 (its entry), 4.3.16 (the end).

/** @typedef {{ name: string, source: string }} Source a name, and the content as a data address */

const DAY = 0x21; // 1 January 1980, the earliest there is: equal files, equal archives
const VERSION = 20;
const UTF8 = 0x800; // of names

/** The remainders of all bytes, for the polynomial of ISO 3309. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/**
 * An archive of files.
 *
 * @param {Source[]} sources
 * @returns {Blob}
 */
export function archive(sources) {
  return new Blob(archiveParts(sources), { type: "application/zip" });
}

/**
 * The same, as parts that follow each other.
 *
 * @param {Source[]} sources
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
export function archiveParts(sources) {
  const parts = [];
  const entries = [];
  let offset = 0;
  for (const { name, source } of sources) {
    const content = bytes(source);
    const title = new TextEncoder().encode(name);
    const about = described(content, title.length);
    const head = [numbers([0x04034b50, 4], [VERSION, 2], ...about), title, content];
    const nowhere = /** @type {[number, number][]} */ ([
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
    ]);
    const made = /** @type {[number, number][]} */ ([
      [0x02014b50, 4],
      [VERSION, 2],
      [VERSION, 2],
    ]);
    entries.push(numbers(...made, ...about, ...nowhere, [offset, 4]), title);
    parts.push(...head);
    offset += size(head);
  }
  const count = /** @type {[number, number]} */ ([sources.length, 2]);
  const where = /** @type {[number, number][]} */ ([
    [size(entries), 4],
    [offset, 4],
    [0, 2],
  ]);
  const end = numbers([0x06054b50, 4], [0, 2], [0, 2], count, count, ...where);
  return [...parts, ...entries, end];
}

/**
 * What a file and its entry say alike: how it is kept, when it is of, its sum and sizes.
 *
 * @param {Uint8Array} content
 * @param {number} title how long its name is, in bytes
 * @returns {[number, number][]}
 */
function described(content, title) {
  const sizes = /** @type {[number, number][]} */ ([
    [content.length, 4],
    [content.length, 4],
  ]);
  return [
    [UTF8, 2],
    [0, 2],
    [0, 2],
    [DAY, 2],
    [checksum(content), 4],
    ...sizes,
    [title, 2],
    [0, 2],
  ];
}

/** @param {string} source */
function bytes(source) {
  const text = atob(source.slice(source.indexOf(",") + 1));
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
}

/** @param {Uint8Array} content */
function checksum(content) {
  let rest = 0xffffffff;
  for (const byte of content) rest = REMAINDERS[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/**
 * Whole numbers with so many bytes each, the lowest first.
 *
 * @param {...[number, number]} fields
 */
function numbers(...fields) {
  const all = fields.flatMap(([value, length]) =>
    Array.from({ length }, (_, place) => Math.floor(value / 256 ** place) % 256),
  );
  return Uint8Array.from(all);
}

/** @param {Uint8Array[]} parts */
function size(parts) {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
