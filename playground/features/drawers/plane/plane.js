// A plane of seeds: four at the corners of a square, and what lies between them under the finger.
import { card as kitCard, failure, showEvent, showState } from "../../../web/kit/card_parts.js";
import { el, ghost, target } from "../../../web/kit/dom.js";
import { showPicture } from "../../../web/kit/picture_viewer.js";
import { run } from "../../../web/kit/runs.js";
import { LIVE, sourceOf } from "../../../web/kit/sources.js";
import { askedConcept, drawerOf } from "../drawer_form.js";
import { CORNERS, MIDDLE, firstSeed, moved, request, where, within } from "./plane_square.js";

/**
 * @import { RunEvent, Running } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 * @import { Spot } from "./plane_square.js"
 */

/**
 * @param {HTMLElement} root
 * @param {Model[]} models
 */
export function build(root, models) {
  new Plane(root, models);
}

class Plane {
  spot = MIDDLE;
  /** @type {Spot | null} the newest place nobody has been asked for yet */
  wanted = null;
  /** @type {Running | null} */
  running = null;
  dragged = false;
  mark = el("span", { class: "plane-mark", "aria-hidden": "true" });
  names = CORNERS.map(({ x, y }) =>
    el("span", { class: `plane-corner ${x ? "right" : ""} ${y ? "low" : ""}` }),
  );
  request = el("p", { class: "plane-request" });
  answered = el("p", { class: "plane-answered" }, "Nothing asked yet.");
  stop = ghost("Stop", () => this.running?.stop(), { hidden: true });
  failure = el("div", { "aria-live": "polite" });

  /**
   * @param {HTMLElement} root
   * @param {Model[]} models
   */
  constructor(root, models) {
    this.models = models;
    this.pad = this.#pad();
    this.cards = models.map((model) => new PlaneCard(model));
    const help = el(
      "p",
      { class: "says", id: "plane-help" },
      "Drag with the finger or the mouse, or use the arrow keys; with Shift in " +
        "strides, Home for the middle.",
    );
    const elements = this.cards.map(({ card }) => card.element);
    const below = [...elements, this.answered, this.stop, this.failure];
    const cards = el("div", { class: "plane-cards" }, ...below);
    root.classList.add("plane");
    root.append(this.request, help, el("div", { class: "plane-field" }, this.pad, cards));
    this.place();
    this.ask();
    this.#followForm(root);
  }

  #pad() {
    const release = () => (this.dragged = false);
    const settings = {
      class: "plane-pad",
      role: "slider",
      tabindex: 0,
      "aria-roledescription": "square to move in",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-describedby": "plane-help",
      onpointerdown: (/** @type {PointerEvent} */ event) => this.#press(event),
      onpointermove: (/** @type {PointerEvent} */ event) => this.dragged && this.#at(event),
      onpointerup: release,
      onpointercancel: release,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    };
    return el("div", settings, ...this.names, this.mark);
  }

  /**
   * Another request in the form above is another plane.
   *
   * @param {HTMLElement} root
   */
  #followForm(root) {
    document.getElementById("images-digits")?.addEventListener("change", (event) => {
      if (root.contains(target(event)) || !drawerOf(root).open) return;
      this.place();
      this.ask();
    });
  }

  // Where it is

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button) return;
    this.pad.setPointerCapture(event.pointerId);
    this.dragged = true;
    this.#at(event);
  }

  /** @param {PointerEvent} event */
  #at({ clientX, clientY }) {
    const box = this.pad.getBoundingClientRect();
    this.#move(within((clientX - box.left) / box.width, (clientY - box.top) / box.height));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const spot = moved(this.spot, event.key, event.shiftKey);
    if (!spot) return;
    this.#move(spot);
    event.preventDefault();
  }

  /** @param {Spot} spot */
  #move(spot) {
    this.spot = spot;
    this.place();
    this.ask();
  }

  place() {
    const { ink, digit, paper, seed } = askedConcept();
    const first = firstSeed(seed);
    const { x, y } = this.spot;
    [this.mark.style.left, this.mark.style.top] = [`${100 * x}%`, `${100 * y}%`];
    this.names.forEach((name, i) => (name.textContent = `seed ${first + i}`));
    this.request.textContent =
      `A ${ink} ${digit} on ${paper}, as in the form above, between the seeds ` +
      `${first} to ${first + 3}.`;
    this.pad.setAttribute("aria-label", `Place between the seeds ${first} to ${first + 3}`);
    this.pad.setAttribute("aria-valuenow", String(Math.round(100 * x)));
    this.pad.setAttribute("aria-valuetext", where(this.spot, first));
  }

  // Asking: one request at a time, always for the newest place

  ask() {
    this.wanted = this.spot;
    if (!this.running) this.next();
  }

  next() {
    if (!this.wanted) return;
    const [spot, form, begun] = [this.wanted, askedConcept(), performance.now()];
    const words = where(spot, firstSeed(form.seed));
    this.wanted = null;
    this.failure.replaceChildren();
    let left = this.models.length;
    let ended = false;
    /** @param {RunEvent} event */
    const follow = (event) => {
      if (event.wait) this.stop.hidden = false;
      if (event.frame?.last && --left === 0) this.tell(performance.now() - begun);
      if (event.fail && !ended) {
        this.failure.replaceChildren(...failure(event.fail, () => this.ask()));
      }
      ended ||= Boolean(event.fail) || event.end === "stopped";
    };
    this.running = run(
      this.models.map((model) => request(model, form, spot)),
      (i, event) => {
        this.cards[i].take(event, words);
        follow(event);
      },
    );
    this.running.done.then(() => {
      this.running = null;
      this.stop.hidden = true;
      if (ended) this.wanted = null;
      this.next();
    });
  }

  /** @param {number} milliseconds */
  tell(milliseconds) {
    this.answered.textContent = `answered in ${Math.round(milliseconds)}\u202fms`;
    this.answered.dataset.ms = milliseconds.toFixed(1);
  }
}

/** What one model draws at the place. */
class PlaneCard {
  tile = el("span", { class: "tile plane-tile" });
  image = el("img", { decoding: "sync" });
  source = LIVE;

  /** @param {Model} model */
  constructor({ family, name }) {
    this.name = name;
    this.card = kitCard(family, name);
    this.card.stage.append(this.tile);
  }

  /**
   * @param {RunEvent} event
   * @param {string} words of the place that is asked for
   */
  take(event, words) {
    showEvent(this.card.state, event);
    if (event.start) this.source = sourceOf(event.start);
    if (!event.frame) return;
    showState(this.card.state, ...this.source);
    [this.image.src, this.image.alt] = [event.frame.tiles[0], `${this.name}, ${words}`];
    showPicture(this.tile, this.image);
  }
}
