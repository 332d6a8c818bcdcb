// A branch of a story: its letters, of which the first `fork` are those of its parent.
import { letter as kitLetter } from "../../../../web/kit/card_parts.js";
import { el } from "../../../../web/kit/dom.js";
import { shown } from "./fork_words.js";

/** @import { Letter } from "../../../../web/kit/events.js" */

/** One branch with its elements. */
export class Branch {
  /**
   * @param {string} prompt
   * @param {Letter[]} letters
   * @param {number} fork at which letter it left its parent; −1 for the recorded text
   */
  constructor(prompt, letters, fork) {
    this.fork = fork;
    /** @type {Letter[]} */
    this.letters = [];
    this.state = el("span", { class: "state" });
    const name = fork < 0 ? "The recorded text" : `Forked at letter ${fork + 1}`;
    const head = el("p", { class: "fork-head" }, el("span", {}, name), this.state);
    const label = "Text, letter by letter";
    const settings = { class: "flow", role: "group", "aria-label": label };
    this.flow = el(
      "div",
      { ...settings, translate: "no" },
      el("span", { class: "prompt" }, prompt),
      rule(),
    );
    this.element = el("section", { class: "fork-branch" }, head, this.flow);
    this.add(letters);
  }

  /** What has been written so far. */
  get written() {
    return this.letters.map(([piece]) => piece).join("");
  }

  /** The elements of its letters. */
  get shown() {
    const all = [...this.flow.querySelectorAll("[data-index]")];
    return all.filter((letter) => letter instanceof HTMLElement);
  }

  /**
   * Put letters behind those that are there; the one that was chosen is marked.
   *
   * @param {Letter[]} letters
   */
  add(letters) {
    for (const letter of letters) {
      const index = this.letters.push(letter) - 1;
      const element = kitLetter(letter);
      element.setAttribute("role", "button");
      element.setAttribute("aria-label", shown(letter[0]));
      element.tabIndex = index === Math.max(this.fork, 0) ? 0 : -1;
      element.dataset.index = String(index);
      if (index < this.fork) element.classList.add("kept");
      if (index === this.fork) {
        element.classList.add("chosen");
        this.flow.append(rule("rule fork-rule"));
      }
      this.flow.append(element);
    }
  }

  /**
   * Mark a letter, which becomes the tab stop of all; its element.
   *
   * @param {number} index
   */
  pick(index) {
    this.flow.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    const letter = this.shown[index];
    letter.tabIndex = 0;
    letter.classList.add("picked");
    return letter;
  }

  /**
   * Keep room for letters that are still to come, so that what is below stays where it is.
   *
   * @param {string} pieces
   */
  reserve(pieces) {
    const coming = el("span", {}, pieces);
    this.flow.append(coming);
    this.flow.style.minHeight = `${this.flow.offsetHeight}px`;
    coming.remove();
  }

  /**
   * Where a key leads from the letter that has the focus; undefined for other keys, or none.
   *
   * @param {string} key
   */
  way(key) {
    const letters = this.shown;
    const now = letters.findIndex((letter) => letter === document.activeElement);
    if (now < 0) return undefined;
    if (key === "ArrowDown") return beside(letters, now, 1);
    if (key === "ArrowUp") return beside(letters, now, -1);
    /** @type {Record<string, number>} */
    const ways = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: letters.length - 1 };
    const to = ways[key];
    return to === undefined ? undefined : Math.max(0, Math.min(letters.length - 1, to));
  }
}

function rule(classes = "rule") {
  return el("i", { class: classes, "aria-hidden": "true" });
}

/**
 * The letter of the next line, or of the one before, that is nearest.
 *
 * @param {HTMLElement[]} letters
 * @param {number} now
 * @param {1 | -1} way
 */
function beside(letters, now, way) {
  const { offsetTop, offsetLeft } = letters[now];
  const lines = letters.filter((letter) => way * (letter.offsetTop - offsetTop) > 16);
  const top = way * Math.min(...lines.map((letter) => way * letter.offsetTop));
  const line = lines.filter((letter) => Math.abs(letter.offsetTop - top) < 16);
  const far = (/** @type {HTMLElement} */ letter) => Math.abs(letter.offsetLeft - offsetLeft);
  const near = line.sort((a, b) => far(a) - far(b))[0];
  return near ? letters.indexOf(near) : now;
}
