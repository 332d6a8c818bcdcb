// Small parts: a picture with a word below it, and something to choose.
import { el } from "../../../web/kit/dom.js";
import { showPicture } from "../../../web/kit/picture_viewer.js";
import { captionOf } from "../drawer_form.js";

/** @import { Asked } from "../drawer_form.js" */

/** A tile with a word below it, which is empty until it is shown something. */
export class Frame {
  tile = el("span", { class: "tile" });
  image = el("img", { decoding: "sync" });

  /** @param {string} caption */
  constructor(caption) {
    const words = el("figcaption", {}, caption);
    this.element = el("figure", { class: "denoise-frame" }, this.tile, words);
  }

  clear() {
    this.tile.replaceChildren();
  }

  /**
   * @param {string | undefined} source nothing is shown without one
   * @param {string} alt
   */
  show(source, alt) {
    if (!source) return this.clear();
    [this.image.src, this.image.alt] = [source, alt];
    showPicture(this.tile, this.image);
  }
}

/**
 * @param {string} id
 * @param {string} label
 * @param {[value: string | number, words: string | number][]} options
 * @param {string | number} [chosen]
 */
export function chooser(id, label, options, chosen) {
  const select = el(
    "select",
    { id, class: "ghost" },
    ...options.map(([value, words]) => el("option", { value, selected: value === chosen }, words)),
  );
  const element = el("label", { class: "denoise-choice", for: id }, label, select);
  return { element, value: () => select.value };
}

/**
 * The words that the form asks for a picture with.
 *
 * @param {Asked} asked
 */
export function promptOf(asked) {
  return asked.prompt || captionOf(asked);
}
