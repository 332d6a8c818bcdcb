// The keyboard of the page, which is one tab stop.
import { el } from "../../../../web/kit/dom.js";

/** @type {Record<string, string>} */
const NAMES = {
  " ": "space",
  "'": "apostrophe",
  ",": "comma",
  ".": "full stop",
  "?": "question mark",
  "-": "hyphen",
  "!": "exclamation mark",
  ";": "semicolon",
  ":": "colon",
};

/** A keyboard; `element` holds its keys in rows. */
export class Keyboard {
  /**
   * @param {string[]} rows the letters of each
   * @param {(letter: string) => void} pressed
   * @param {HTMLElement} board what takes the focus after a tap
   */
  constructor(rows, pressed, board) {
    /** @type {Map<string, HTMLElement>} */
    this.keys = new Map();
    rows.forEach((letters, row) => {
      for (const letter of letters) this.keys.set(letter, this.key(letter, row));
    });
    const settings = { class: "beat-keys", role: "group", "aria-label": "Letters to guess" };
    this.element = el("div", settings, ...this.keys.values());
    for (const [letter, key] of this.keys) {
      key.addEventListener("click", (event) => {
        pressed(letter);
        this.focusKey(key);
        // After a tap what is typed belongs to the line, not to the key tapped last.
        if (event.detail) board.focus({ preventScroll: true });
        else key.focus();
      });
    }
  }

  /**
   * @param {string} letter
   * @param {number} row
   */
  key(letter, row) {
    const settings = {
      type: "button",
      class: "beat-key",
      tabindex: this.keys.size ? "-1" : "0",
      "aria-label": NAMES[letter],
      "data-row": row,
      "data-letter": letter,
    };
    return el("button", settings, letter === " " ? "space" : letter);
  }

  /**
   * Show which letters have been tried, and which can still be.
   *
   * @param {Set<string>} tried
   * @param {boolean} over
   */
  show(tried, over) {
    for (const [letter, key] of this.keys) {
      key.toggleAttribute("data-tried", tried.has(letter));
      if (over || tried.has(letter)) key.setAttribute("aria-disabled", "true");
      else key.removeAttribute("aria-disabled");
    }
  }

  /**
   * Go from a key to the one beside it.
   *
   * @param {HTMLElement} key
   * @param {string} arrow
   */
  move(key, arrow) {
    const all = [...this.keys.values()];
    const across = { ArrowLeft: -1, ArrowRight: 1 }[arrow];
    const next = across
      ? all[all.indexOf(key) + across]
      : this.below(key, arrow === "ArrowDown" ? 1 : -1);
    if (!next) return;
    this.focusKey(next);
    next.focus();
  }

  /**
   * The key of the row below, or above, whose middle is nearest.
   *
   * @param {HTMLElement} key
   * @param {1 | -1} down
   * @returns {HTMLElement | undefined}
   */
  below(key, down) {
    const middle = (/** @type {HTMLElement} */ k) => k.offsetLeft + k.offsetWidth / 2;
    const distance = (/** @type {HTMLElement} */ k) => Math.abs(middle(k) - middle(key));
    const row = Number(key.dataset.row) + down;
    const there = [...this.keys.values()].filter((k) => Number(k.dataset.row) === row);
    return there.sort((a, b) => distance(a) - distance(b))[0];
  }

  /**
   * One key is the tab stop of all.
   *
   * @param {HTMLElement} key
   */
  focusKey(key) {
    this.keys.forEach((other) => other.setAttribute("tabindex", other === key ? "0" : "-1"));
  }
}
