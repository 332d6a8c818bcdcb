// Three small charts, how far each gate stands open at every letter; they follow the cursor.
import { el, svg } from "../../../web/kit/dom.js";
import { percent } from "../../../web/kit/numbers.js";
import { GATES, openness } from "./cursor_shares.js";

/** @import { Shares } from "./cursor_shares.js" */

const ABOUT =
  "How far its gates stand open while it reads each letter, from 0 to 100 %, " +
  "on average over all cells: what is new is let in, what was there is kept, " +
  "and what is used is let out.";

/** The charts of a model that has gates. */
export class GateCharts {
  /**
   * @param {Shares} data
   * @param {Float32Array} gates
   */
  constructor({ pieces, pieceOf }, gates) {
    this.pieces = pieces;
    this.pieceOf = pieceOf;
    this.gates = gates;
    this.charts = GATES.map((name, gate) => this.#chart(name, gate));
    const about = el("p", { class: "says" }, ABOUT);
    this.elements = [...this.charts.map(({ element }) => element), about];
  }

  /**
   * @param {string} name
   * @param {number} gate
   */
  #chart(name, gate) {
    const at = svg("path", { class: "at" });
    const figure = el("output", {});
    const steps = this.pieces
      .map((piece, i) => `V${100 - 100 * openness(this.gates, piece, gate)}H${i + 1}`)
      .join("");
    const drawing = svg(
      "svg",
      {
        viewBox: `0 0 ${this.pieces.length} 100`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label":
          `Gate that ${name}, from 0 to 100 % at each of ${this.pieces.length} letters; in ` +
          "the table.",
      },
      svg("path", { d: `M0 100${steps}V100Z` }),
      at,
    );
    const element = el("div", { class: "cursor-gate" }, el("span", {}, name), drawing, figure);
    return { element, at, figure };
  }

  /**
   * Mark a letter, and say how far the gates stand open there.
   *
   * @param {number} letter
   */
  show(letter) {
    const here = this.pieceOf[letter];
    this.charts.forEach(({ at, figure }, gate) => {
      at.setAttribute("d", `M${here + 0.5} 0V100`);
      figure.textContent = percent(openness(this.gates, this.pieces[here], gate));
    });
  }
}
