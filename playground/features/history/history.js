// The drawer of history and lab sheet. It is fetched when somebody first opens it. What models and
// visitors wrote becomes text nodes, never markup.
import { byId, el, ghost } from "../../web/kit/dom.js";
import { onLogged } from "../../web/kit/session_log.js";
import { compared } from "./history_compare.js";
import { askedOf, askServer, figuresOf, headingOf } from "./history_run.js";
import { opinionOf, resultOf, sureButton } from "./history_run.js";
import { SheetPanel } from "./sheet_panel.js";

/** @typedef {import("./history_run.js").Answer} Answer */
/** @typedef {import("./history_run.js").KeptRun} KeptRun */

const TYPING = 300; // milliseconds after which what is typed is looked for

/** @type {HistoryDrawer | null} */
let drawer = null;

/** Open the drawer, at what is kept. */
export function open() {
  drawer ??= new HistoryDrawer(byId("history", HTMLDialogElement));
  drawer.open();
}

class HistoryDrawer {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.runs = new RunsPanel(dialog);
    this.sheet = new SheetPanel();
    this.panels = {
      runs: panel("runs", this.runs.main, this.runs.beside),
      sheet: panel("sheet", ...this.sheet.parts),
    };
    this.tabs = [this.#tab("runs", "History"), this.#tab("sheet", "Lab sheet")];
    const close = ghost("Close", () => dialog.close(), { id: "history-close" });
    const title = el("h2", { id: "history-title" }, "History and lab sheet");
    const settings = {
      class: "history-tabs",
      role: "tablist",
      "aria-label": "What the drawer shows",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#move(event),
    };
    dialog.replaceChildren(
      el("header", {}, title, close),
      el("div", settings, ...this.tabs),
      this.panels.runs,
      this.panels.sheet,
    );
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    onLogged(() => dialog.open && this.sheet.show());
  }

  open() {
    this.runs.back();
    if (!this.dialog.open) this.dialog.showModal();
    this.#go("runs");
  }

  /**
   * @param {"runs" | "sheet"} name
   * @param {string} words
   */
  #tab(name, words) {
    const settings = {
      type: "button",
      role: "tab",
      id: `history-tab-${name}`,
      "aria-controls": `history-${name}`,
      "data-panel": name,
      onclick: () => this.#go(name),
    };
    return el("button", settings, words);
  }

  /** @param {string | undefined} name */
  #go(name) {
    for (const tab of this.tabs) {
      const chosen = tab.dataset.panel === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    this.panels.runs.hidden = name !== "runs";
    this.panels.sheet.hidden = name !== "sheet";
    if (name === "runs") this.runs.read();
    else this.sheet.show();
  }

  /**
   * Arrows go from tab to tab.
   *
   * @param {KeyboardEvent} event
   */
  #move(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = this.tabs.find((tab) => tab !== event.target);
    event.preventDefault();
    other?.focus();
    this.#go(other?.dataset.panel);
  }
}

/** What is kept: search, list, and two side by side. */
class RunsPanel {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    /** @type {number | null} the page after this moment is the next */
    this.before = null;
    this.asked = 0; // the number of the last question, whose answer alone counts
    /** @type {KeptRun[]} those to compare */
    this.chosen = [];
    /** @type {{ run: KeptRun, element: HTMLElement, compare: HTMLElement }[]} */
    this.listed = [];
    this.above = 0; // how far the list was scrolled
    this.words = this.#field();
    this.search = this.#form();
    this.status = el("p", { class: "says", role: "status" });
    this.trouble = el("p", { class: "failure", role: "alert", hidden: true });
    this.list = el("div", { class: "history-list" });
    this.more = ghost("Show older ones", () => this.read(true), { hidden: true });
    this.all = this.#all();
    this.tray = el("div", { class: "history-tray", hidden: true });
    this.main = el(
      "div",
      {},
      ...[this.search, this.status, this.trouble, this.list, this.more, this.all, this.tray],
    );
    this.beside = el("div", { class: "history-beside", hidden: true });
  }

  #field() {
    const settings = { type: "search", autocomplete: "off", maxlength: "200" };
    const field = el("input", { id: "history-words", ...settings });
    let typing = 0;
    field.addEventListener("input", () => {
      clearTimeout(typing);
      typing = window.setTimeout(() => this.read(), TYPING);
    });
    return field;
  }

  #form() {
    const label = el("label", { for: "history-words" }, "Search prompts, texts and notes");
    const form = el("form", { class: "history-search", role: "search" }, label, this.words);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.read();
    });
    return form;
  }

  #all() {
    const download = "playground-history.jsonl";
    const save = el(
      "a",
      { class: "ghost", href: "history/export", download },
      "Save all as JSON Lines",
    );
    const remove = sureButton("Delete all", "Delete all for good?", () => this.#removeAll());
    return el("div", { class: "history-all", hidden: true }, save, remove);
  }

  /** Ask for the newest runs, or for those before the last that is shown. */
  async read(older = false) {
    const number = (this.asked += 1);
    const query = new URLSearchParams({ words: this.words.value });
    if (older) query.set("before", String(this.before));
    this.status.textContent = "Reading …";
    const found = await askServer(`history?${query}`);
    if (number !== this.asked) return;
    if (found.sentence) {
      this.#fail(found.sentence, () => this.read(older));
      return;
    }
    this.#warn(found.state === "on" ? found.trouble : "");
    this.#list(found.runs, older);
    this.more.hidden = !found.more;
    this.all.hidden = !found.count;
    this.search.hidden = found.state !== "on" || !found.count;
    if (!older) this.#choose([]);
    this.status.textContent = this.#summary(found);
  }

  /**
   * @param {KeptRun[]} runs
   * @param {boolean} older
   */
  #list(runs, older) {
    const listed = runs.map((run) => this.#listed(run));
    const elements = listed.map(({ element }) => element);
    if (older) this.list.append(...elements);
    else this.list.replaceChildren(...elements);
    this.listed = older ? [...this.listed, ...listed] : listed;
    if (older) elements[0]?.querySelector("h3")?.focus();
    this.before = runs.at(-1)?.created ?? this.before;
  }

  /** @param {Answer} found */
  #summary({ state, trouble, count, more }) {
    if (state !== "on") return `${trouble} The lab sheet works all the same.`;
    const nothing =
      "Nothing yet. What you let models write or draw is kept here, for this browser alone.";
    if (!count) return nothing;
    const words = this.words.value.trim();
    const shown = this.list.children.length;
    if (words && !shown) return `None of ${count} runs has “${words}”.`;
    if (words && more) return `The newest with “${words}”.`;
    if (words) return `${shown} of ${count} with “${words}”.`;
    if (count === 1) return "1 run is kept, for this browser alone.";
    return `${count} runs are kept, for this browser alone.`;
  }

  /**
   * @param {string} sentence
   * @param {() => void} again
   */
  #fail(sentence, again) {
    this.status.textContent = "";
    this.#warn(sentence, again);
  }

  /**
   * Say what is wrong, with a button to try again where that may help; "" takes it back.
   *
   * @param {string} sentence
   * @param {(() => void) | undefined} again
   */
  #warn(sentence, again = undefined) {
    const retry = () => {
      this.#warn("");
      again?.();
    };
    this.trouble.hidden = !sentence;
    this.trouble.replaceChildren(sentence, ...(again ? [" ", ghost("Try again", retry)] : []));
  }

  /**
   * One run in the list.
   *
   * @param {KeptRun} run
   */
  #listed(run) {
    const figures = el("p", { class: "figures" }, ...figuresOf(run));
    const compare = ghost("Compare", () => this.#pick(run), { "aria-pressed": "false" });
    const href = `?recipe=${encodeURIComponent(run.link)}`;
    const again = run.link ? el("a", { class: "ghost", href }, "Open again") : null;
    const settings = { class: "history-run", "data-run": run.run, "data-family": run.family };
    const element = el("article", settings);
    const opinion = opinionOf(run, figures, (said) => this.#remove(run, element, said));
    const summary = el("summary", {}, "Rate, note, delete");
    const more = el("details", { class: "history-more" }, summary, ...opinion);
    const tools = el("div", { class: "history-tools" }, again, compare, more);
    element.append(headingOf(run), askedOf(run), resultOf(run, 4), figures, tools);
    return { run, element, compare };
  }

  /**
   * @param {KeptRun} run
   * @param {HTMLElement} article
   * @param {HTMLElement} said where it is said what went wrong
   */
  async #remove(run, article, said) {
    const { sentence } = await askServer("history/delete", { run: run.run });
    if (sentence) {
      said.textContent = sentence;
      return;
    }
    const next = article.nextElementSibling ?? article.previousElementSibling;
    article.remove();
    (next?.querySelector("h3") ?? this.words).focus();
    this.read();
  }

  async #removeAll() {
    const { sentence } = await askServer("history/delete", { all: true });
    if (sentence) {
      this.#fail(sentence, () => this.#removeAll());
      return;
    }
    this.words.value = "";
    this.read();
    document.getElementById("history-close")?.focus();
  }

  // Two side by side

  /** @param {KeptRun} run */
  #pick(run) {
    const others = this.chosen.filter((other) => other.run !== run.run);
    const known = others.length < this.chosen.length;
    this.#choose(known ? others : [...this.chosen, run].slice(-2));
  }

  /** @param {KeptRun[]} runs */
  #choose(runs) {
    this.chosen = runs;
    for (const { run, compare } of this.listed) {
      const on = runs.some((other) => other.run === run.run);
      compare.setAttribute("aria-pressed", String(on));
    }
    this.tray.hidden = !runs.length;
    const both = runs.length === 2;
    const words = both ? "Two are chosen." : "One is chosen. Choose another to compare it with.";
    const show = { type: "button", class: "primary", onclick: () => this.#compare() };
    const button = both ? [el("button", show, "Compare")] : [];
    this.tray.replaceChildren(el("p", { role: "status" }, words), ...button);
  }

  #compare() {
    const [left, right] = this.chosen;
    const back = ghost("Back to the list", () => this.back());
    this.beside.replaceChildren(back, ...compared(left, right));
    this.main.hidden = true;
    this.beside.hidden = false;
    this.above = this.dialog.scrollTop;
    this.dialog.scrollTop = 0;
    back.focus({ preventScroll: true });
  }

  /** The list again, where it was. */
  back() {
    if (this.beside.hidden) return;
    this.main.hidden = false;
    this.beside.hidden = true;
    this.dialog.scrollTop = this.above;
    const button = this.tray.querySelector(".primary");
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
  }
}

/**
 * @param {string} name
 * @param {...Node} parts
 */
function panel(name, ...parts) {
  const settings = {
    role: "tabpanel",
    id: `history-${name}`,
    "aria-labelledby": `history-tab-${name}`,
  };
  return el("section", settings, ...parts);
}
