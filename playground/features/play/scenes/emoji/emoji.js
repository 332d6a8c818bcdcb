// This emoji does not exist: one model invents a name, another draws it. Then the nearest real one.
// A recorded invention plays at first, and where a live one does not come about.
import {
  LIVE,
  at,
  card as kitCard,
  heading,
  letter,
  showEvent,
  showState,
  sourceOf,
} from "../../../../web/kit/card_parts.js";
import { el, ghost } from "../../../../web/kit/dom.js";
import { sharing } from "../../../../web/kit/links.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { replay, run as kitRun } from "../../../../web/kit/runs.js";

const PICTURES = 8;
const MOST_LETTERS = 80;
const TRIES = 3; // a name of a single letter is none
const INVENTION = { temperature: 0.8, length: MOST_LETTERS };
const NEW = "There is no emoji of this name.";
const KNOWN = "There is a real emoji of this name.";

export function build(root) {
  new EmojiScene(root);
}

class EmojiScene {
  constructor(root) {
    this.turn = 0; // which recorded invention comes next
    this.running = null; // what can be stopped
    this.stopped = false;
    this.names = null; // of all real emoji, once somebody needs them

    this.writer = kitCard("lstm", "LSTM", "invents names, letter by letter");
    this.painter = kitCard("diffusion", "Diffusion", "draws whatever it is called");
    this.name = el("p", { class: "emoji-name" });
    this.existence = el("p", { class: "emoji-existence" });
    this.field = el("input", {
      id: "emoji-own",
      autocomplete: "off",
      autocapitalize: "none",
      maxlength: MOST_LETTERS,
      placeholder: "robot cat",
    });
    this.draw = el("button", { type: "submit", class: "ghost" }, "Draw it");
    this.form = el(
      "form",
      { class: "emoji-form", hidden: true, onsubmit: this.drawOwn.bind(this) },
      el("label", { for: this.field.id }, "A name of your own"),
      this.field,
      this.draw,
    );
    this.another = ghost("Another", this.pressAnother.bind(this), { id: "emoji-another" });
    this.own = ghost("Write my own", this.openForm.bind(this), {
      id: "emoji-write",
      "aria-expanded": "false",
    });
    this.remark = el("p", { class: "says emoji-remark", role: "status" });
    this.tiles = Array.from({ length: PICTURES }, () => el("span", { class: "tile" }));
    this.nearest = el("p", { class: "emoji-nearest" });
    this.share = el("div", { class: "tools" });

    this.writer.stage.append(this.name);
    this.writer.element.append(
      this.form,
      this.existence,
      el("div", { class: "emoji-tools" }, this.another, this.own),
    );
    this.painter.stage.append(el("div", { class: "emoji-tiles" }, ...this.tiles));
    this.painter.element.append(this.nearest, this.share);
    root.append(
      heading("This emoji does not exist", "One network makes up a name, another draws it."),
      el("div", { class: "emoji-cards" }, this.writer.element, this.painter.element),
      this.remark,
    );
    this.source = LIVE; // of what is shown now
    this.opening = this.replay();
  }

  /** As before a run: nothing said, nothing drawn. */
  blank(written = "") {
    this.name.replaceChildren(written);
    for (const place of [this.existence, this.nearest, this.remark, this.share]) {
      place.replaceChildren();
    }
    this.tiles.forEach((tile) => tile.replaceChildren());
    for (const card of [this.writer, this.painter]) showState(card.state, "", "", "");
  }

  /**
   * Carry out a thing while the button says Stop; whatever plays on the page's own account ends.
   */
  async perform(work) {
    this.busy(true);
    this.stop();
    await this.opening;
    this.stopped = false;
    try {
      await work();
    } finally {
      this.busy(false);
    }
  }

  stop() {
    this.stopped = true;
    this.running?.stop();
  }

  busy(on) {
    this.another.textContent = on ? "Stop" : "Another";
    this.another.dataset.running = on ? "yes" : "";
    // Not disabled: whoever has pressed one of them would lose the place on the page.
    for (const other of [this.own, this.draw]) other.setAttribute("aria-disabled", String(on));
  }

  pressAnother() {
    if (this.another.dataset.running) {
      this.stop();
    } else if (this.form.hidden) {
      this.perform(isLive() ? this.invent.bind(this) : this.replay.bind(this));
    } else {
      this.drawOwn();
    }
  }

  // Recorded

  /** Show the next recorded invention, and say why if it stands for a live one. */
  async replay(why = "") {
    const recorded = await pack("emoji").catch(() => null);
    if (!recorded) return this.remark.replaceChildren("The recorded emoji could not be fetched.");
    const drawings = Object.keys(recorded.found);
    const drawing = drawings[this.turn++ % drawings.length];
    const found = recorded.found[drawing];
    this.blank();
    this.unfold(false);
    this.remark.textContent = why;
    if (
      !(await this.follow(
        replay(recorded.runs[drawing.replace("drawing", "name")], this.takeLetters.bind(this)),
      ))
    ) {
      return;
    }
    this.showExistence(found.exists);
    if (
      !(await this.follow(
        replay(recorded.runs[drawing], (event) => this.takeFrame(found.name, event)),
      ))
    ) {
      return;
    }
    this.showNearest(found.nearest);
  }

  /** Wait for a run; false if it was stopped on the way. */
  async follow(run) {
    this.running = run;
    await run.done;
    this.running = null;
    return !this.stopped;
  }

  // Live

  async invent() {
    for (let i = 0; i < TRIES; i++) {
      this.blank();
      const [written, failed] = await this.write(Math.floor(Math.random() * 10000));
      if (this.stopped) return;
      if (failed) return this.replay(`${failed} Here is one from before.`);
      if (written.length < 2) continue;
      return this.depict(written);
    }
    return this.replay("No name came of it. Here is one from before.");
  }

  /** Ask for one name; what it is, or what went wrong. */
  async write(seed) {
    let failed = "";
    let written = "";
    const request = { model: "char_lstm_emoji", prompt: "", options: INVENTION, seed };
    await this.follow(
      kitRun(
        [request],
        (_, event) => {
          this.takeLetters(event);
          if (event.letters) written += event.letters.map(([piece]) => piece).join("");
          if (event.fail) failed = event.fail.sentence;
        },
        true,
      ),
    );
    return [written.trim().split(/\s+/).join(" "), failed];
  }

  /** Let a name be drawn, then look for what it is nearest to. */
  async depict(asked) {
    this.showExistence(await this.exists(asked));
    let failed = null;
    let first = "";
    let link = "";
    const request = {
      model: "diffusion_emoji",
      prompt: asked,
      options: { count: PICTURES },
      seed: Math.floor(Math.random() * 10000),
    };
    await this.follow(
      kitRun(
        [request],
        (_, event) => {
          this.takeFrame(asked, event);
          if (event.start) link = event.start.link;
          if (event.frame?.last) first = event.frame.tiles[0];
          if (event.fail) failed = event.fail;
        },
        true,
      ),
    );
    if (this.stopped) return;
    if (failed) {
      return failed.again
        ? this.replay(`${failed.sentence} Here is one from before.`)
        : this.remark.replaceChildren(failed.sentence);
    }
    this.share.replaceChildren(...sharing(link));
    this.showNearest(first && (await look(first)));
  }

  /** Whether there is an emoji of this name; undefined where the names cannot be had. */
  async exists(asked) {
    this.names ??= fetch("shipped/names.json").then(
      (answer) => (answer.ok ? answer.json() : []),
      () => [],
    );
    const known = await this.names;
    return known.length ? known.includes(asked.toLowerCase()) : undefined;
  }

  // The visitor's own

  openForm() {
    if (!isLive()) {
      return this.remark.replaceChildren(
        "To draw a name of yours, the models must be awake: run the app.",
      );
    }
    if (this.another.dataset.running) return;
    this.stop();
    const opens = this.form.hidden;
    this.unfold(opens);
    if (opens) this.field.focus();
    else this.perform(this.invent.bind(this));
  }

  /** Show the field for a name in place of the invented one, or the other way round. */
  unfold(opens) {
    if (this.form.hidden === opens) this.existence.replaceChildren();
    this.form.hidden = !opens;
    this.writer.stage.hidden = opens;
    this.own.setAttribute("aria-expanded", String(opens));
    this.own.textContent = opens ? "Let it invent" : "Write my own";
  }

  drawOwn(event) {
    event?.preventDefault();
    const asked = this.field.value.trim().split(/\s+/).join(" ");
    if (!asked || this.another.dataset.running) return this.field.focus();
    this.perform(() => {
      this.blank(asked);
      showState(this.writer.state, "", "", "your words");
      return this.depict(asked);
    });
  }

  takeLetters(event) {
    if (event.start) this.source = sourceOf(event.start);
    showEvent(this.writer.state, event, this.source);
    this.writer.element.toggleAttribute("data-busy", Boolean(event.letters));
    if (event.letters) {
      this.name.append(
        ...event.letters.filter(([piece]) => piece.trim() || piece === " ").map(letter),
      );
    }
  }

  takeFrame(asked, event) {
    const { frame } = event;
    if (event.start) this.source = sourceOf(event.start);
    showEvent(
      this.painter.state,
      event,
      frame && !frame.last ? at(this.source, frame.label) : this.source,
    );
    this.painter.element.toggleAttribute("data-busy", Boolean(frame && !frame.last));
    frame?.tiles.forEach((tile, i) =>
      put(
        this.tiles[i],
        tile,
        `${asked}, diffusion, ${frame.last ? "finished" : frame.label}, picture ${i + 1}`,
      ),
    );
  }

  showExistence(known) {
    this.existence.textContent = known === undefined ? "" : known ? KNOWN : NEW;
  }

  showNearest(found) {
    if (!found) return;
    const sign =
      found.character &&
      el("span", { class: "emoji-sign", "aria-hidden": "true" }, found.character);
    this.nearest.replaceChildren(
      ...[
        sign,
        el("span", {}, "Nearest real one to the first picture: ", el("strong", {}, found.name)),
      ].filter(Boolean),
    );
    say(`${this.name.textContent}, drawn ${PICTURES} times. Nearest real one: ${found.name}.`);
  }
}

async function look(tile) {
  const body = JSON.stringify({ tile });
  const answer = await fetch("nearest", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

function put(tile, address, alt) {
  const image = tile.querySelector("img") ?? el("img", { decoding: "sync" });
  image.src = address;
  image.alt = alt;
  tile.replaceChildren(image);
}
