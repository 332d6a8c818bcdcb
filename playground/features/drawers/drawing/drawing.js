// Your drawing: a pad of 32 × 32 pixels, a picture from above or from a file, and what five
// machines make of it. Only the 32 × 32 pixels are sent.
import { LIVE, failure, showEvent, showState } from "../../../web/kit/card_parts.js";
import { el, ghost } from "../../../web/kit/dom.js";
import { chance, number } from "../../../web/kit/numbers.js";
import { say as kitSay } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { askedConcept } from "../drawer_form.js";
import {
  NOISE,
  REDRAWN,
  canvas,
  card,
  critic,
  doubter,
  namer,
  redrawer,
  square,
  tiles,
} from "./drawing_cards.js";

const PX = 32;
const FINE = 8; // strokes are drawn so many times finer, then scaled down
const LINE = 2.5 * FINE; // as thick as the digits that the models know
const MOST_BYTES = 5_000_000;
const MOST_SIDE = 12_000;
const KINDS = ["image/png", "image/jpeg", "image/webp"];

export function build(root, models) {
  new Drawing(root, models);
}

class Drawing {
  constructor(root, models) {
    this.root = root;
    this.models = models;
    this.colours = this.models
      .flatMap(({ controls }) => controls)
      .find(({ name }) => name === "ink")?.choices ?? ["black", "white"];
    const asked = askedConcept();

    this.items = []; // strokes and pictures, the undermost first
    this.stroke = null; // the one being drawn
    this.ink = asked.ink;
    this.paper = asked.paper;
    this.running = null;
    this.taken = -1; // which of the pictures above was taken last

    // The pad

    this.small = canvas(PX, { alpha: false });
    this.fine = canvas(PX * FINE);
    this.pen = el("i", { class: "drawing-pen", "aria-hidden": "true", hidden: true });
    this.place = { x: PX / 2, y: PX / 2, down: false };
    this.small.element.className = "drawing-pad";
    const help = el(
      "p",
      { class: "says", id: "drawing-help" },
      "Finger or mouse. By keyboard: arrows move the pen, Space puts it down or lifts it.",
    );
    this.pad = el(
      "div",
      {
        class: "drawing-frame",
        tabindex: 0,
        role: "application",
        "aria-label": `Drawing pad, ${PX} by ${PX} pixels`,
        "aria-describedby": help.id,
        onkeydown: this.steer.bind(this),
        onblur: this.lift.bind(this),
      },
      this.small.element,
      this.pen,
    );
    this.small.element.addEventListener("pointerdown", this.begin.bind(this));
    this.small.element.addEventListener(
      "pointermove",
      (event) => this.stroke && !this.place.down && this.draw(...this.pointOf(event)),
    );
    for (const name of ["pointerup", "pointercancel"]) {
      this.small.element.addEventListener(name, () => this.place.down || this.finish());
    }

    this.remark = el("p", { class: "says drawing-remark", role: "status" });
    this.undo = ghost("Undo", () => this.change(() => this.items.pop()));
    this.clear = ghost("Clear", () => this.change(() => (this.items = [])));
    const above = ghost("Take a picture from above", this.takeAbove.bind(this));
    this.file = el("input", {
      type: "file",
      accept: KINDS.join(","),
      class: "drawing-input",
      onchange: this.takeFile.bind(this),
    });
    const upload = el("label", { class: "ghost drawing-file" }, "Choose a file", this.file);
    this.go = el(
      "button",
      { type: "button", class: "primary drawing-go", onclick: this.press.bind(this) },
      "Let them look",
    );

    const tools = el(
      "div",
      { class: "drawing-tools" },
      this.palette(
        "Pen",
        "ink",
        () => this.ink,
        (name) => (this.ink = name),
      ),
      this.palette(
        "Paper",
        "paper",
        () => this.paper,
        (name) => (this.paper = name),
      ),
      el("div", { class: "tools" }, this.undo, this.clear, above, upload),
      el(
        "p",
        { class: "says" },
        "PNG, JPEG or WebP up to 5 MB. It is made small here in your browser: only " +
          "32 × 32 pixels are sent, and they are not kept.",
      ),
      this.remark,
      this.go,
    );

    // The machines

    /** What is asked, and the cards that show it. */
    this.machines = [
      ...this.takes("look").map((model) => ({
        model,
        task: "look",
        options: {},
        cards: this.lookers(model),
      })),
      ...this.takes("redraw").map((model) => ({
        model,
        task: "redraw",
        options: { count: REDRAWN, strength: NOISE },
        cards: [redrawer(model)],
      })),
    ].filter(({ cards }) => cards.length);
    const order = ["vae", "gan", "contrastive", "diffusion"];
    this.machines.sort((a, b) => order.indexOf(a.model.family) - order.indexOf(b.model.family));
    this.cards = this.machines.flatMap((machine) => machine.cards);

    this.root.append(
      el("div", { class: "drawing-board" }, el("div", {}, this.pad, help), tools),
      el("div", { class: "drawing-cards" }, ...this.cards.map(({ element }) => element)),
    );
    this.paint();
    this.remark.textContent = "Draw a digit, or anything else, and press “Let them look”.";
  }

  takes(task) {
    return this.models.filter(({ inputs }) =>
      (inputs[task] ?? []).some(({ kind }) => kind === "picture"),
    );
  }

  /** Eight colours to choose from, as radio buttons. */
  palette(title, name, chosen, choose) {
    const word = el("b", {}, chosen());
    const options = this.colours.map((colour) => {
      const input = el("input", {
        type: "radio",
        name: `drawing-${name}`,
        value: colour,
        checked: colour === chosen(),
        "aria-label": colour,
      });
      input.addEventListener("change", () => {
        choose(colour);
        word.textContent = colour;
        this.paint();
      });
      return el(
        "label",
        { class: "drawing-colour", "data-swatch": colour, title: colour },
        input,
        el("i", { "aria-hidden": "true" }),
      );
    });
    return el(
      "fieldset",
      { class: "drawing-palette" },
      el("legend", {}, `${title}: `, word),
      el("div", {}, ...options),
    );
  }

  /** A colour of the palette as the stylesheet has it. */
  rgb(colour) {
    return getComputedStyle(this.root.querySelector(`[data-swatch="${colour}"]`)).getPropertyValue(
      "--swatch",
    );
  }

  /** Everything anew: the paper, then all items in order. */
  paint() {
    const { context } = this.small;
    context.fillStyle = this.rgb(this.paper);
    context.fillRect(0, 0, PX, PX);
    for (const item of [...this.items, this.stroke].filter(Boolean)) {
      if (item.picture) context.drawImage(item.picture, 0, 0);
      else context.drawImage(this.lined(item), 0, 0, PX, PX);
    }
    for (const [other, empty] of [
      [this.undo, !this.items.length],
      [this.clear, !this.items.length],
    ]) {
      other.setAttribute("aria-disabled", String(empty));
    }
  }

  lined({ colour, points }) {
    const { context, element } = this.fine;
    context.clearRect(0, 0, PX * FINE, PX * FINE);
    Object.assign(context, {
      strokeStyle: this.rgb(colour),
      lineWidth: LINE,
      lineCap: "round",
      lineJoin: "round",
    });
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
    return element;
  }

  pointOf(event) {
    const { left, top, width, height } = this.small.element.getBoundingClientRect();
    return [
      ((event.clientX - left) / width) * PX * FINE,
      ((event.clientY - top) / height) * PX * FINE,
    ];
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.lift();
    this.pad.focus({ preventScroll: true });
    this.pen.hidden = true;
    this.small.element.setPointerCapture(event.pointerId);
    this.stroke = { colour: this.ink, points: [] };
    this.draw(...this.pointOf(event));
  }

  draw(x, y) {
    this.stroke.points.push([x, y]);
    this.paint();
  }

  finish() {
    if (this.stroke?.points.length) this.items.push(this.stroke);
    this.stroke = null;
    this.remark.textContent =
      this.ink === this.paper ? "Pen and paper have the same colour: nothing can be seen." : "";
    this.paint();
  }

  /** The pen by keyboard: in whole pixels. */
  steer(event) {
    const [dx, dy] = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    }[event.key] ?? [0, 0];
    if (!dx && !dy && event.key !== " ") return;
    event.preventDefault();
    this.pen.hidden = false;
    if (event.key === " ") this.place.down ? this.lift() : this.lower();
    this.place.x = Math.min(PX - 1, Math.max(1, this.place.x + dx));
    this.place.y = Math.min(PX - 1, Math.max(1, this.place.y + dy));
    Object.assign(this.pen.style, {
      left: `${(100 * this.place.x) / PX}%`,
      top: `${(100 * this.place.y) / PX}%`,
    });
    if (this.place.down && (dx || dy)) this.draw(this.place.x * FINE, this.place.y * FINE);
  }

  lower() {
    this.place.down = true;
    this.pen.dataset.down = "";
    this.stroke = { colour: this.ink, points: [] };
    this.draw(this.place.x * FINE, this.place.y * FINE);
    this.remark.textContent = "The pen is down.";
  }

  lift() {
    if (!this.place.down) return;
    this.place.down = false;
    delete this.pen.dataset.down;
    this.finish();
    this.remark.textContent ||= "The pen is up.";
  }

  change(act) {
    this.lift();
    act();
    this.remark.textContent = "";
    this.paint();
  }

  // Other people's pictures

  takeAbove() {
    const there = [...document.querySelectorAll("#images-grid .tile img")];
    if (!there.length) {
      return (this.remark.textContent = "Nothing is drawn above yet. Press “Draw” there first.");
    }
    this.taken = (this.taken + 1) % there.length;
    const { alt } = there[this.taken];
    this.put(there[this.taken]);
    const place = `${this.taken + 1} of ${there.length}`;
    this.remark.textContent = `${alt}: ${place}. Press again for the next.`;
  }

  async takeFile() {
    const [chosen] = this.file.files;
    this.file.value = "";
    if (!chosen) return;
    this.remark.textContent = "";
    if (!KINDS.includes(chosen.type)) {
      return (this.remark.textContent = "This file is no picture: choose a PNG, a JPEG or a WebP.");
    }
    if (chosen.size > MOST_BYTES) {
      return (this.remark.textContent =
        `This file has ${number(chosen.size / 1e6)} MB; ` + "5 MB are the most.");
    }
    const picture = await createImageBitmap(chosen).catch(() => null);
    if (!picture) {
      return (this.remark.textContent = "This file cannot be read as a picture. Choose another.");
    }
    if (Math.max(picture.width, picture.height) > MOST_SIDE) {
      return (this.remark.textContent =
        `This picture is ${picture.width} × ${picture.height} pixels large; ` +
        `${MOST_SIDE.toLocaleString("en")} a side are the most.`);
    }
    this.put(picture);
    this.remark.textContent = `${chosen.name}, made ${PX} × ${PX} pixels small.`;
  }

  /** A picture over all that is drawn, whole, its longer side as long as the pad. */
  put(picture) {
    this.lift();
    const [width, height] = [
      picture.naturalWidth ?? picture.width,
      picture.naturalHeight ?? picture.height,
    ];
    let side = Math.max(width, height);
    let whole = square(side > PX * FINE ? PX * FINE : side, picture, width, height);
    while ((side = whole.width) > PX) {
      whole = square(Math.max(PX, Math.ceil(side / 2)), whole, side, side);
    }
    if (whole.width < PX) whole = square(PX, whole, whole.width, whole.width);
    this.items.push({ picture: whole });
    this.paint();
  }

  lookers(model) {
    return (
      { vae: [this.keeper.bind(this), doubter], gan: [critic], contrastive: [namer] }[
        model.family
      ]?.map((make) => make(model)) ?? []
    );
  }

  keeper(model) {
    const parts = tiles(["yours", "kept", "lost"]);
    return card(
      model,
      `${model.name}: what it keeps`,
      "into 32 numbers and back",
      parts,
      ({ look }, say) => {
        const { tiles: found, figures, label } = look;
        const off = Math.round(100 * Math.sqrt(figures.error_white));
        parts.put(0, this.small.element.toDataURL("image/png"), "your drawing, 32 by 32 pixels");
        parts.put(1, found.kept, `what the VAE kept of it${label && `: it reads ${label}`}`);
        parts.put(
          2,
          found.error,
          `where it is wrong: black is right, white is off by ${off} % or more`,
        );
        say(
          `${label ? `It reads ${label}. ` : ""}A pixel is off by ` +
            `${chance(figures.rmse)} of the range (root mean square). White in “lost”: ` +
            `off by ${off} % or more.`,
        );
      },
    );
  }

  // A look

  press() {
    if (this.running) return this.running.stop();
    this.look();
  }

  async look() {
    this.lift();
    this.finish();
    const picture = this.small.element.toDataURL("image/png").split(",")[1];
    const { seed } = askedConcept();
    const requests = this.machines.map(({ model, task, options }) => ({
      model: model.id,
      task,
      options: { ...options, picture },
      seed,
    }));
    this.cards.forEach((one) => one.blank());
    this.remark.textContent = this.items.length
      ? ""
      : "An empty sheet: they look at it all the same.";
    this.go.textContent = "Stop";
    this.go.dataset.running = "yes";
    this.root.setAttribute("aria-busy", "true");
    this.running = run(requests, this.take.bind(this));
    await this.running.done;
    this.running = null;
    this.go.textContent = "Let them look";
    delete this.go.dataset.running;
    this.root.removeAttribute("aria-busy");
    for (const one of this.cards) one.element.removeAttribute("data-busy");
    const said = this.cards.filter(({ words }) => words.textContent);
    if (said.length) {
      kitSay(
        said
          .map(
            ({ element, words }) => `${element.getAttribute("aria-label")}. ${words.textContent}`,
          )
          .join(" "),
      );
    }
  }

  take(i, event) {
    for (const one of this.machines[i].cards) {
      if (event.start) one.source = event.start.replayed ? ["replayed", "↻", "replayed"] : LIVE;
      const { frame } = event;
      const [kind, mark] = one.source;
      showEvent(one.state, event, frame && !frame.last ? [kind, mark, frame.label] : one.source);
      one.element.toggleAttribute("data-busy", Boolean(frame && !frame.last));
      if (event.look) showState(one.state, ...one.source);
      if (event.look || frame) one.show(event);
      if (event.fail) this.fail(one, event.fail);
    }
  }

  fail(one, failed) {
    one.failure.replaceChildren(...failure(failed, this.press.bind(this)));
  }
}
