// A pad of 32 × 32 pixels to draw on, by finger, mouse or keyboard, and to put pictures on; beside
// it what is drawn as the machines see it.
import { el, ghost } from "../../../web/kit/dom.js";
import { penOf } from "../drawer_form.js";
import { asDigit } from "./digit_picture.js";

/**
 * @typedef {[x: number, y: number]} Point in the pixels of strokes
 * @typedef {{ colour: string, points: Point[] }} Stroke
 * @typedef {{ picture: HTMLCanvasElement }} Pasted
 * @typedef {{ element: HTMLCanvasElement, context: CanvasRenderingContext2D }} Canvas
 */

export const PX = 32;
const FINE = 8; // strokes are drawn so many times finer, then scaled down
const LINE = 2.5 * FINE; // as thick as the digits that the models know
const BOX = 20 * FINE; // the longer side of MNIST's digits; the shorter one keeps its proportion

/** @type {Record<string, Point>} in whole pixels */
const MOVES = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What somebody draws, in two colours of a palette. */
export class SketchPad {
  /** @type {(Stroke | Pasted)[]} the undermost first */
  items = [];
  /** @type {Stroke | null} the one being drawn */
  stroke = null;
  place = { x: PX / 2, y: PX / 2, down: false }; // of the pen by keyboard
  /** @type {Map<string, Element>} what has each colour as the stylesheet has it */
  swatches = new Map();
  small = canvas(PX, { alpha: false });
  fine = canvas(PX * FINE);
  seen = canvas(PX, { alpha: false });
  seenBeside = el(
    "figure",
    { class: "drawing-seen" },
    this.seen.element,
    el(
      "figcaption",
      {},
      "As they see it: your strokes as large and as central as those of the digits they learned " +
        "from.",
    ),
  );
  pen = el("i", { class: "drawing-pen", "aria-hidden": "true", hidden: true });
  help = el(
    "p",
    { class: "says", id: "drawing-help" },
    "Finger or mouse. By keyboard: arrows move the pen, Space puts it down or lifts it.",
  );
  undo = ghost("Undo", () => this.#change(() => this.items.pop()));
  clear = ghost("Clear", () => this.#change(() => (this.items = [])));

  /**
   * @param {string[]} colours
   * @param {{ ink: string, paper: string }} first what it begins with
   * @param {(words: string) => void} say
   */
  constructor(colours, { ink, paper }, say) {
    this.colours = colours;
    this.ink = ink;
    this.paper = paper;
    this.say = say;
    this.palettes = [this.#palette("Pen", "ink"), this.#palette("Paper", "paper")];
    this.#listen();
    const settings = {
      class: "drawing-frame",
      tabindex: 0,
      role: "application",
      "aria-label": `Drawing pad, ${PX} by ${PX} pixels`,
      "aria-describedby": this.help.id,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#steer(event),
      onblur: () => this.lift(),
    };
    this.seen.element.setAttribute("role", "img");
    this.seen.element.setAttribute("aria-label", "Your drawing as they see it");
    this.element = el("div", settings, this.small.element, this.pen);
  }

  #listen() {
    const { element } = this.small;
    element.className = "drawing-pad";
    element.addEventListener("pointerdown", (event) => this.#begin(event));
    element.addEventListener("pointermove", (event) => {
      if (this.stroke && !this.place.down) this.#draw(this.#pointOf(event));
    });
    for (const name of ["pointerup", "pointercancel"]) {
      element.addEventListener(name, () => this.place.down || this.finish());
    }
  }

  /**
   * The colours to choose from, as radio buttons.
   *
   * @param {string} title
   * @param {"ink" | "paper"} name
   */
  #palette(title, name) {
    const word = el("b", {}, this[name]);
    const options = this.colours.map((colour) => {
      const choose = () => {
        this[name] = word.textContent = colour;
        this.paint();
      };
      const settings = {
        type: "radio",
        name: `drawing-${name}`,
        value: colour,
        checked: colour === this[name],
        "aria-label": colour,
        onchange: choose,
      };
      const label = { class: "drawing-colour", "data-swatch": colour, title: colour };
      const swatch = el("i", { "aria-hidden": "true" });
      const option = el("label", label, el("input", settings), swatch);
      this.swatches.set(colour, option);
      return option;
    });
    const legend = el("legend", {}, `${title}: `, word);
    return el("fieldset", { class: "drawing-palette" }, legend, el("div", {}, ...options));
  }

  /**
   * A colour of the palette as the stylesheet has it.
   *
   * @param {string} colour
   */
  #rgb(colour) {
    const swatch = this.swatches.get(colour);
    return swatch ? getComputedStyle(swatch).getPropertyValue("--swatch") : colour;
  }

  /** Everything anew: the paper, then all items in order. */
  paint() {
    const items = this.stroke ? [...this.items, this.stroke] : this.items;
    this.#show(this.small.context, items);
    this.#show(this.seen.context, asSeen(items));
    for (const button of [this.undo, this.clear]) {
      button.setAttribute("aria-disabled", String(!this.items.length));
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {(Stroke | Pasted)[]} items
   */
  #show(context, items) {
    context.fillStyle = this.#rgb(this.paper);
    context.fillRect(0, 0, PX, PX);
    for (const item of items) {
      if ("picture" in item) context.drawImage(item.picture, 0, 0);
      else context.drawImage(this.#lined(item), 0, 0, PX, PX);
    }
  }

  /** @param {Stroke} stroke */
  #lined({ colour, points }) {
    const { context, element } = this.fine;
    context.clearRect(0, 0, PX * FINE, PX * FINE);
    context.strokeStyle = this.#rgb(colour);
    context.lineWidth = LINE;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
    return element;
  }

  // By finger and mouse

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  #pointOf(event) {
    const { left, top, width, height } = this.small.element.getBoundingClientRect();
    return [
      ((event.clientX - left) / width) * PX * FINE,
      ((event.clientY - top) / height) * PX * FINE,
    ];
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.lift();
    this.element.focus({ preventScroll: true });
    this.pen.hidden = true;
    this.small.element.setPointerCapture(event.pointerId);
    this.stroke = { colour: this.ink, points: [] };
    this.#draw(this.#pointOf(event));
  }

  /** @param {Point} point */
  #draw(point) {
    this.stroke?.points.push(point);
    this.paint();
  }

  /** The stroke is whole; what there is to say of it. */
  finish() {
    if (this.stroke?.points.length) this.items.push(this.stroke);
    this.stroke = null;
    const words =
      this.ink === this.paper ? "Pen and paper have the same colour: nothing can be seen." : "";
    this.say(words);
    this.paint();
    return words;
  }

  // By keyboard

  /**
   * The pen by keyboard: in whole pixels.
   *
   * @param {KeyboardEvent} event
   */
  #steer(event) {
    const [dx, dy] = MOVES[event.key] ?? [0, 0];
    if (!dx && !dy && event.key !== " ") return;
    event.preventDefault();
    this.pen.hidden = false;
    const { place } = this;
    if (event.key === " " && place.down) this.lift();
    else if (event.key === " ") this.#lower();
    place.x = Math.min(PX - 1, Math.max(1, place.x + dx));
    place.y = Math.min(PX - 1, Math.max(1, place.y + dy));
    this.pen.style.left = `${(100 * place.x) / PX}%`;
    this.pen.style.top = `${(100 * place.y) / PX}%`;
    if (place.down && (dx || dy)) this.#draw([place.x * FINE, place.y * FINE]);
  }

  #lower() {
    this.place.down = true;
    this.pen.dataset.down = "";
    this.stroke = { colour: this.ink, points: [] };
    this.#draw([this.place.x * FINE, this.place.y * FINE]);
    this.say("The pen is down.");
  }

  /** Lift the pen, if it is down. */
  lift() {
    if (!this.place.down) return;
    this.place.down = false;
    delete this.pen.dataset.down;
    if (!this.finish()) this.say("The pen is up.");
  }

  // What is on it

  /** @param {() => unknown} act */
  #change(act) {
    this.lift();
    act();
    this.say("");
    this.paint();
  }

  /** Whether nothing has been drawn. */
  get empty() {
    return !this.items.length;
  }

  /** What is drawn as the machines see it, as the address of a PNG. */
  get address() {
    return this.seen.element.toDataURL("image/png");
  }

  /**
   * A picture over all that is drawn, whole, its longer side as long as the pad.
   *
   * @param {HTMLImageElement | ImageBitmap} picture
   */
  put(picture) {
    this.lift();
    const [width, height] =
      picture instanceof HTMLImageElement
        ? [picture.naturalWidth, picture.naturalHeight]
        : [picture.width, picture.height];
    let side = Math.max(width, height);
    let whole = square(side > PX * FINE ? PX * FINE : side, picture, width, height);
    while ((side = whole.width) > PX) {
      whole = square(Math.max(PX, Math.ceil(side / 2)), whole, side, side);
    }
    if (whole.width < PX) whole = square(PX, whole, whole.width, whole.width);
    this.items.push({ picture: whole });
    this.paint();
  }
}

/**
 * What is drawn, as large and central as the digits that the models know; a picture stays whole
 * where it was put, and so does what is drawn over it.
 *
 * @param {(Stroke | Pasted)[]} items
 */
function asSeen(items) {
  const strokes = items.filter((item) => "points" in item);
  if (!strokes.length || strokes.length < items.length) return items;
  const lines = strokes.map(({ points }) => points);
  const placed = asDigit(lines, LINE, BOX, PX * FINE);
  return strokes.map(({ colour }, i) => ({ colour, points: placed[i] }));
}

/**
 * @param {number} side
 * @param {CanvasRenderingContext2DSettings} settings
 * @returns {Canvas}
 */
function canvas(side, settings = {}) {
  const element = el("canvas", { width: side, height: side });
  const context = penOf(element, { willReadFrequently: true, ...settings });
  context.imageSmoothingQuality = "high";
  return { element, context };
}

/**
 * A picture in the middle of a square of transparent paper.
 *
 * @param {number} side
 * @param {CanvasImageSource} picture
 * @param {number} width of the picture
 * @param {number} height
 */
function square(side, picture, width, height) {
  const { context, element } = canvas(side);
  const scale = side / Math.max(width, height);
  context.drawImage(
    picture,
    (side - width * scale) / 2,
    (side - height * scale) / 2,
    width * scale,
    height * scale,
  );
  return element;
}
