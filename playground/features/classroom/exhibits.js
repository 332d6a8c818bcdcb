// Results and drawings as students and the teacher see them.
"use strict";

const exhibits = (() => {
  const { el } = playground;

  /** Elements for the pictures and the text of a result. `where` gives a picture's address by its name. */
  function shown({ pictures, text }, alt, where) {
    const images = pictures.map((name, i) => {
      const image = el("img", { src: where(name), alt: `${alt}, picture ${i + 1} of ${pictures.length}` });
      return el("span", { class: "tile" }, image);
    });
    const parts = [];
    if (images.length) parts.push(el("div", { class: "shown-tiles" }, ...images));
    if (text) parts.push(el("p", { class: "shown-text", translate: "no" }, text));
    return parts;
  }

  /** One side of a vote; `more` stands below it. */
  function side(result, name, where, ...more) {
    const title = result.title ? el("p", { class: "side-title", translate: "no" }, result.title) : null;
    return el("section", { class: "side", "aria-label": name }, el("h3", {}, name), ...shown(result, `${name} of the vote`, where), title, ...more);
  }

  /** What hangs on the wall. What a student has called it stays as it is. */
  function hung(entry, where, ...more) {
    const settings = { class: "hung", "data-kind": entry.kind, "data-entry": entry.id };
    const caption = entry.title ? el("figcaption", { translate: "no" }, entry.title) : el("figcaption", {}, "A drawing");
    return el("figure", settings, ...shown(entry, entry.title || "A drawing", where), caption, ...more);
  }

  return { hung, side };
})();
