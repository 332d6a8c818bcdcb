// A plane of seeds: four at the corners of a square, and what lies between them under the finger.
import {
  LIVE,
  card as kitCard,
  failure,
  showEvent,
  showState,
} from "../../../web/kit/card_parts.js";
import { el } from "../../../web/kit/dom.js";
import { run } from "../../../web/kit/runs.js";
import { askedConcept } from "../drawer_form.js";

const CORNERS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
];
const MOST_SEED = 2 ** 32 - 1;

export function build(root, models) {
  new Plane(root, models);
}

class Plane {
  constructor(root, models) {
    this.models = models;
    const [STEP, STRIDE] = [0.05, 0.2];

    this.spot = { x: 0.5, y: 0.5 };
    this.wanted = null; // the newest place nobody has been asked for yet
    this.running = null;
    let dragged = false;

    this.mark = el("span", { class: "plane-mark", "aria-hidden": "true" });
    this.names = CORNERS.map(([x, y]) =>
      el("span", { class: `plane-corner ${x ? "right" : ""} ${y ? "low" : ""}` }),
    );
    this.pad = el(
      "div",
      {
        class: "plane-pad",
        role: "slider",
        tabindex: 0,
        "aria-roledescription": "square to move in",
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-describedby": "plane-help",
      },
      ...this.names,
      this.mark,
    );
    const help = el(
      "p",
      { class: "says", id: "plane-help" },
      "Drag with the finger or the mouse, or use the arrow keys; with Shift in " +
        "strides, Home for the middle.",
    );
    this.request = el("p", { class: "plane-request" });
    this.answered = el("p", { class: "plane-answered" }, "Nothing asked yet.");
    this.stop = el(
      "button",
      { type: "button", class: "ghost", hidden: true, onclick: () => this.running?.stop() },
      "Stop",
    );
    this.failure = el("div", { "aria-live": "polite" });
    this.cards = this.models.map(shown);

    root.classList.add("plane");
    root.append(
      this.request,
      help,
      el(
        "div",
        { class: "plane-field" },
        this.pad,
        el(
          "div",
          { class: "plane-cards" },
          ...this.cards.map(({ card }) => card.element),
          this.answered,
          this.stop,
          this.failure,
        ),
      ),
    );
    this.place();
    this.ask();

    // Pointer, finger and keys

    this.pad.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      this.pad.setPointerCapture(event.pointerId);
      dragged = true;
      this.at(event);
    });
    this.pad.addEventListener("pointermove", (event) => dragged && this.at(event));
    for (const name of ["pointerup", "pointercancel"]) {
      this.pad.addEventListener(name, () => (dragged = false));
    }

    this.pad.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const by = event.shiftKey ? STRIDE : STEP;
      const moves = {
        ArrowLeft: [-by, 0],
        ArrowRight: [by, 0],
        ArrowUp: [0, -by],
        ArrowDown: [0, by],
      };
      if (event.key in moves) {
        this.move(this.spot.x + moves[event.key][0], this.spot.y + moves[event.key][1]);
      } else if (event.key === "Home") {
        this.move(0.5, 0.5);
      } else {
        return;
      }
      event.preventDefault();
    });

    // Another request in the form above is another plane.
    document.getElementById("images-digits")?.addEventListener("change", (event) => {
      if (root.contains(event.target) || !root.closest("details").open) return;
      this.place();
      this.ask();
    });
  }

  // Where it is

  at({ clientX, clientY }) {
    const box = this.pad.getBoundingClientRect();
    this.move((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  }

  move(x, y) {
    const within = (value) => Math.round(1000 * Math.max(0, Math.min(1, value))) / 1000;
    this.spot = { x: within(x), y: within(y) };
    this.place();
    this.ask();
  }

  place() {
    const { ink, digit, paper } = askedConcept();
    const seed = first();
    [this.mark.style.left, this.mark.style.top] = [
      `${100 * this.spot.x}%`,
      `${100 * this.spot.y}%`,
    ];
    this.names.forEach((name, i) => (name.textContent = `seed ${seed + i}`));
    this.request.textContent =
      `A ${ink} ${digit} on ${paper}, as in the form above, between the seeds ` +
      `${seed} to ${seed + 3}.`;
    this.pad.setAttribute("aria-label", `Place between the seeds ${seed} to ${seed + 3}`);
    this.pad.setAttribute("aria-valuenow", Math.round(100 * this.spot.x));
    this.pad.setAttribute("aria-valuetext", this.where());
  }

  where() {
    const { x, y } = this.spot;
    const corner = CORNERS.findIndex(([right, down]) => x === right && y === down);
    if (corner >= 0) return `seed ${first() + corner}`;
    const nearest = first() + (x > 0.5) + 2 * (y > 0.5);
    return (
      `${Math.round(100 * x)} % to the right, ${Math.round(100 * y)} % down, ` +
      `nearest to seed ${nearest}`
    );
  }

  // Asking: one request at a time, always for the newest place

  ask() {
    this.wanted = { ...this.spot };
    if (!this.running) this.next();
  }

  next() {
    if (!this.wanted) return;
    const [{ x, y }, words, begun] = [this.wanted, this.where(), performance.now()];
    this.wanted = null;
    this.failure.replaceChildren();
    const form = askedConcept();
    let left = this.models.length;
    let ended = false;
    this.running = run(
      this.models.map((model) => recipe(model, form, x, y)),
      (i, event) => {
        this.cards[i].take(event, words);
        if (event.wait) this.stop.hidden = false;
        if (event.frame?.last && --left === 0) this.tell(performance.now() - begun);
        if (event.fail && !ended) {
          this.failure.replaceChildren(...failure(event.fail, this.ask.bind(this)));
        }
        ended ||= Boolean(event.fail) || event.end === "stopped";
      },
    );
    this.running.done.then(() => {
      this.running = null;
      this.stop.hidden = true;
      if (ended) this.wanted = null;
      this.next();
    });
  }

  tell(milliseconds) {
    this.answered.textContent = `answered in ${Math.round(milliseconds)}\u2009ms`;
    this.answered.dataset.ms = milliseconds.toFixed(1);
  }
}

/** The first of the four seeds; all must be seeds. */
function first() {
  const { seed } = askedConcept();
  return Number.isInteger(seed) && seed >= 0 ? Math.min(seed, MOST_SEED - 3) : 0;
}

/** A recipe of what a model declares it can be told, and no more. */
function recipe(model, form, x, y) {
  const options = { x, y };
  for (const { name } of model.controls) {
    if (["digit", "ink", "paper"].includes(name)) options[name] = form[name];
  }
  return { model: model.id, task: "plane", prompt: "", options, seed: first() };
}

function shown(model) {
  const card = kitCard(model.family, model.name);
  const tile = el("span", { class: "tile plane-tile" });
  const image = el("img", { decoding: "sync" });
  card.stage.append(tile);
  let source = LIVE;
  const take = (event, words) => {
    showEvent(card.state, event);
    if (event.start) source = event.start.replayed ? ["replayed", "↻", "replayed"] : LIVE;
    if (!event.frame) return;
    showState(card.state, ...source);
    [image.src, image.alt] = [event.frame.tiles[0], `${model.name}, ${words}`];
    if (image.parentNode !== tile) tile.replaceChildren(image);
  };
  return { card, take };
}
