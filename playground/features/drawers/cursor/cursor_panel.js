// One model in the drawer: its picker, its state, and the text with a bar under each piece.
import { failure, showEvent, showState, sourceOf } from "../../../web/kit/card_parts.js";
import { el, shape as kitShape } from "../../../web/kit/dom.js";

export class Panel {
  constructor(drawer, first, number) {
    this.drawer = drawer;

    this.model = first;
    this.data = null;
    this.picker = el("select", {
      class: "ghost cursor-model",
      "aria-label": `Model ${number + 1}`,
      onchange: this.choose.bind(this),
    });
    this.state = el("span", { class: "state" });
    this.flow = el("div", {
      class: "cursor-flow",
      tabindex: 0,
      role: "slider",
      "aria-label": "Letter under the cursor",
      "aria-valuemin": 1,
      "aria-valuenow": 1,
    });
    this.failure = el("div", { class: "cursor-failure" });
    this.shape = el("span", { class: "cursor-shape" });
    this.head = el("header", { class: "heading" }, this.shape, this.picker, this.state);
    this.parts = el("div", { class: "tools" });
    this.gates = el("div", { class: "cursor-gates" });
    const more = el(
      "details",
      { class: "details" },
      el("summary", {}, "More"),
      this.parts,
      this.gates,
    );
    this.element = el(
      "section",
      { class: "card family cursor-card" },
      this.head,
      this.failure,
      this.flow,
      more,
    );
    this.flow.addEventListener("keydown", this.drawer.key.bind(this.drawer));
    this.flow.addEventListener("pointerdown", this.drawer.point.bind(this.drawer));
    this.flow.addEventListener("pointermove", this.drawer.point.bind(this.drawer));
    for (const model of this.drawer.offered) this.offer(model);
    this.picker.value = this.model.id;
    this.dress();
  }

  offer(other) {
    this.picker.append(el("option", { value: other.id }, other.name));
  }

  name() {
    return this.model.name;
  }

  request(text) {
    const options = Object.fromEntries(
      [...this.parts.querySelectorAll("select")].map((select) => [
        select.name,
        select.disabled ? 0 : +select.value,
      ]),
    );
    return { model: this.model.id, task: "look", prompt: text, options };
  }

  clear() {
    this.data = null;
    this.failure.replaceChildren();
    this.gates.replaceChildren();
    this.flow.replaceChildren();
    showState(this.state, "waiting", "◔", "asked");
  }

  take(event) {
    showEvent(this.state, event);
    if (event.start) this.source = sourceOf(event.start);
    if (event.look) {
      showState(this.state, ...this.source);
      this.lay(this.drawer.read(event.look));
    }
    if (event.fail) this.fail(event.fail);
  }

  choose() {
    this.model = this.drawer.models.find(({ id }) => id === this.picker.value);
    this.dress();
    this.drawer.show();
  }

  dress() {
    this.element.dataset.family = this.head.dataset.family = this.model.family;
    this.element.setAttribute("aria-label", this.model.name);
    this.shape.replaceChildren(kitShape(this.model.family));
    this.parts.replaceChildren(...this.drawer.selects(this.model.inputs.look ?? []));
    this.gates.replaceChildren();
  }

  fail(failed) {
    this.failure.append(...failure(failed, this.drawer.show.bind(this.drawer)));
  }

  /** Every piece as an element of its own, whose bar alone changes from then on. */
  lay(data) {
    this.data = data;
    this.bars = data.pieces.map(() => -1);
    this.marks = data.pieces.map(({ text }) =>
      el("b", { class: text.startsWith("\n") && "n" }, text),
    );
    this.flow.replaceChildren(...this.marks);
    this.flow.setAttribute("aria-valuemax", this.drawer.page.letters.length);
    if (data.gates) this.gates.replaceChildren(...this.drawer.openings(this));
  }
}
