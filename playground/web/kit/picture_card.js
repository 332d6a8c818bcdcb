// A card of pictures: frames, then passing guesses, then the very files that can be saved.
import { arrivalLines, Card, failureLines, heading } from "./card.js";
import { figures } from "./card_parts.js";
import { el } from "./dom.js";
import { pictureButton } from "./picture_viewer.js";
import { archive } from "./zip.js";

/** @import { CardFacts } from "./events.js" */

/** The card of a model that draws. */
export class PictureCard extends Card {
  #save = "";

  /**
   * @param {CardFacts} facts
   * @param {string} press
   */
  constructor(facts, press) {
    super(facts, press);
    this.element = el("section", { class: "card family" });
    this.draw();
  }

  /** @override */
  show() {
    const { element, model } = this;
    const { facts, state } = model;
    element.dataset.family = facts.family;
    element.setAttribute("aria-label", facts.name);
    const own = { "data-own": facts.subject };
    const settings = { class: "brief", title: facts.brief, ...own };
    const brief = facts.brief && el("p", settings, facts.brief);
    element.replaceChildren(
      heading(facts, state),
      ...(brief ? [brief] : []),
      ...this.#stage(),
      el("div", { class: "foot" }, ...this.#foot()),
    );
  }

  /** What stands where the pictures are or will be. */
  #stage() {
    const { model, press } = this;
    const { arrival, facts, failure, started } = model;
    if (arrival) return arrivalLines(facts.name, arrival);
    if (failure) return failureLines(failure, press);
    if (facts.hint && !started) return [el("p", { class: "hint" }, facts.hint)];
    const count = model.pictures;
    const crowd = count === 1 ? "one" : count <= 4 ? "few" : "many";
    return [el("div", { class: `tiles ${crowd}` }, ...this.#tiles(count))];
  }

  /** @param {number} count */
  #tiles(count) {
    const { tiles } = this.model;
    if (tiles.length) return tiles.map((source, place) => this.#tile(source, place));
    return Array.from({ length: count }, () => el("span", { class: "tile empty" }));
  }

  /**
   * One picture; a finished one opens large, and the very file that is shown can be saved there.
   *
   * @param {string} source
   * @param {number} place
   */
  #tile(source, place) {
    const { alt, key, photo, recipe } = this.model;
    const smooth = photo ? "photo" : null;
    const own = { alt, translate: "no" };
    const picture = el("img", { src: source, ...own, decoding: "sync", class: smooth });
    const name = this.model.fileName(place);
    if (!name) return el("span", { class: "tile" }, picture);
    return pictureButton(picture, { recipe, key, place }, { class: "tile", "data-save": name });
  }

  #foot() {
    const { note } = this.model;
    const lines = [el("p", { class: "figures" }, ...figures(this.model.figures))];
    if (note) lines.push(el("p", { class: "aside" }, note));
    return [...lines, ...this.#saving()];
  }

  /** What saves all finished files at once; nothing before there are any. */
  #saving() {
    const { model } = this;
    const { files } = model;
    URL.revokeObjectURL(this.#save);
    this.#save = "";
    if (!files.length) return [];
    this.#save = URL.createObjectURL(archive(files));
    const { model: id, seed } = model.recipe;
    const download = `${id}-seed-${seed}-${model.key.slice(0, 8)}.zip`;
    const words = files.length === 1 ? "Save 1 PNG" : `Save ${files.length} PNGs`;
    return [el("a", { class: "ghost", download, href: this.#save }, words)];
  }
}
