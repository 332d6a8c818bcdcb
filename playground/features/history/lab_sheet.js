// The lab sheet: what a sitting has shown, as one HTML document that needs nothing else. It is made
// here in the browser from what the page itself has shown, so it needs no history and no server.
import { pageLanguage, translated } from "../../web/kit/i18n.js";
import { keptSource } from "../../web/kit/sources.js";

/** @typedef {import("../../web/kit/session_log.js").Entry} Entry */

/**
 * @typedef {object} About
 * @property {string} [title]
 * @property {string} [who]
 * @property {string} [notes]
 * @property {Set<number>} [leftOut] moments of entries that shall not be in it
 */

/**
 * Makes elements of a document. Words become text, never markup.
 *
 * @typedef {(
 *   name: string,
 *   settings?: Record<string, string | number | null | undefined>,
 *   ...children: (Node | string | null | undefined | false)[]
 * ) => HTMLElement} Maker
 */

const PHRASES = {
  title: "Lab sheet",
  who: "Name or group",
  notes: "Notes",
  answers: "Answers",
  results: "Results",
  empty: "Nothing has been asked for yet.",
  legend:
    "The bar under a letter is the model’s surprise: none under 1 bit, then 1–2, 2–4, " +
    "4–6 and over 6 bits. A dotted line above: not among its ten favourites.",
  again: "Same recipe, same result: a link opens the page with it.",
};
/** @type {Intl.DateTimeFormatOptions} */
const DAY = { dateStyle: "long", timeStyle: "short" };
/** @type {Intl.DateTimeFormatOptions} */
const TIME = { hour: "2-digit", minute: "2-digit" };
/** What somebody wrote. */
const OWN = { translate: "no", class: "notranslate" };
/** Nothing in it is carried out or fetched, whatever models wrote. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * The whole document as a text.
 *
 * @param {Entry[]} entries
 * @param {About} about
 */
export function makeSheet(entries, { title = "", who = "", notes = "", leftOut } = {}) {
  const page = document.implementation.createHTMLDocument(title || of(PHRASES.title));
  const sheet = new LabSheet(makerOf(page));
  const shown = entries.filter((entry) => !leftOut?.has(entry.at));
  page.documentElement.lang = pageLanguage();
  page.head.append(...sheet.head());
  page.body.append(...sheet.body(shown, title, who, notes));
  return `<!doctype html>\n${page.documentElement.outerHTML}\n`;
}

/**
 * A phrase in the language of the page that makes the sheet.
 *
 * @param {string | undefined} phrase
 */
function of(phrase) {
  return phrase ? translated(phrase) : "";
}

/**
 * @param {Document} page
 * @returns {Maker}
 */
function makerOf(page) {
  return (name, settings = {}, ...children) => {
    const element = page.createElement(name);
    for (const [key, value] of Object.entries(settings)) {
      if (value != null && value !== "") element.setAttribute(key, String(value));
    }
    for (const child of children) if (child) element.append(child);
    return element;
  };
}

class LabSheet {
  /** @param {Maker} el */
  constructor(el) {
    this.el = el;
  }

  head() {
    const { el } = this;
    const width = "width=device-width, initial-scale=1";
    return [
      el("meta", { charset: "utf-8" }),
      el("meta", { name: "viewport", content: width }),
      el("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }),
      el("style", {}, STYLE + inks()),
    ];
  }

  /**
   * @param {Entry[]} entries
   * @param {string} title
   * @param {string} who
   * @param {string} notes
   */
  body(entries, title, who, notes) {
    const { el } = this;
    const answers = entries.filter(({ question }) => question);
    const results = entries.filter(({ question }) => !question);
    return [
      this.#top(title, who),
      ...(notes ? [this.#section("notes", "notes", el("p", OWN, notes))] : []),
      ...(answers.length ? [this.#section("answers", "", this.#answers(answers))] : []),
      this.#section("results", "", this.#legend(results), this.#results(results)),
      ...(results.length ? [el("footer", { class: "small" }, of(PHRASES.again))] : []),
    ];
  }

  /**
   * @param {string} title
   * @param {string} who
   */
  #top(title, who) {
    const { el } = this;
    const day = new Date().toLocaleString(pageLanguage(), DAY);
    const line = el("p", {}, `Generative Playground · ${day} · ${location.host}`);
    const whose = el("span", OWN, who);
    const name = who && el("p", { class: "who" }, `${of(PHRASES.who)}: `, whose);
    return el(
      "header",
      {},
      title ? el("h1", OWN, title) : el("h1", {}, of(PHRASES.title)),
      line,
      name,
    );
  }

  /**
   * @param {"notes" | "answers" | "results"} title
   * @param {string} kind
   * @param {...(Node | null)} parts
   */
  #section(title, kind, ...parts) {
    return this.el("section", { class: kind }, this.el("h2", {}, of(PHRASES[title])), ...parts);
  }

  /** @param {Entry[]} results */
  #legend(results) {
    const texts = results.some(({ letters }) => letters?.length);
    return texts ? this.el("p", { class: "small" }, of(PHRASES.legend)) : null;
  }

  /** @param {Entry[]} answers */
  #answers(answers) {
    const { el } = this;
    const rows = answers.map(({ at, question, said, right }) =>
      el(
        "tr",
        {},
        ...[timeOf(at), of(question), of(said), of(mark(right))].map((cell) => el("td", {}, cell)),
      ),
    );
    const heads = ["Time", "Question", "Answer", ""];
    const head = heads.map((word) => el("th", { scope: "col" }, of(word)));
    return el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
  }

  /** @param {Entry[]} results */
  #results(results) {
    const { el } = this;
    if (!results.length) return el("p", {}, of(PHRASES.empty));
    return el("div", { class: "results" }, ...results.map((entry) => this.#result(entry)));
  }

  /** @param {Entry} entry */
  #result(entry) {
    const { el } = this;
    const { at, name, family, recipe, link, letters = [], tiles = [], figures } = entry;
    const small = (/** @type {(Node | string)[]} */ words) => el("p", { class: "small" }, ...words);
    const again = link && el("a", { href: addressOf(link) }, of("Open again"));
    return el(
      "article",
      { class: tiles.length && !letters.length ? "pictures" : "text", "data-family": family },
      el("h3", {}, this.#shape(family), of(name), el("time", {}, timeOf(at))),
      letters.length
        ? this.#text(entry)
        : el("p", { ...OWN, class: "asked notranslate" }, askedOf(entry)),
      tiles.length ? this.#pictures(entry) : null,
      small([...this.#source(entry), of(figures)]),
      recipe ? small([of(recipeLine(recipe))]) : null,
      again ? small([again]) : null,
    );
  }

  /** Where it came from, as its card said. @param {Entry} entry */
  #source({ source }) {
    const state = keptSource(source);
    if (!state) return [];
    const [, sign, words] = state;
    return [this.el("i", { "aria-hidden": "true" }, sign), ` ${of(words)} · `];
  }

  /** @param {Entry} entry */
  #text({ recipe, letters = [] }) {
    const { el } = this;
    const pieces = letters.map(([piece, classes]) => {
      const all = [classes, piece === "\n" ? "n" : ""].filter(Boolean);
      return all.length ? el("b", { class: ["t", ...all].join(" ") }, piece) : piece;
    });
    const prompt = el("span", { class: "prompt" }, recipe?.prompt ?? "");
    const flow = { ...OWN, class: "flow notranslate" };
    return el("p", flow, prompt, el("i", { class: "rule" }), ...pieces);
  }

  /** @param {Entry} entry */
  #pictures(entry) {
    const { el } = this;
    const { tiles = [], name } = entry;
    const width = tiles.length > 1 ? 96 : 128;
    const pictures = tiles.map((src, i) => {
      const asked = askedOf(entry);
      const alt = translated(`${asked || name}, picture ${i + 1}`, asked);
      return el("img", { src, alt, width });
    });
    return el("p", { class: "tiles" }, ...pictures);
  }

  /**
   * The shape of a family, as the page has it; it carries no name of its own where there is none.
   *
   * @param {string | undefined} family
   */
  #shape(family) {
    const template = document.getElementById(`shape-${family}`);
    if (!(template instanceof HTMLTemplateElement)) return null;
    const drawn = template.content.firstElementChild?.cloneNode(true);
    return drawn ? this.el("span", { class: "shape" }, drawn) : null;
  }
}

/** @param {boolean | undefined} right */
function mark(right) {
  if (right === undefined || right === null) return "";
  return right ? "✓ right" : "✕ not right";
}

/** @param {{ options?: Record<string, unknown>, weights?: string }} recipe */
function recipeLine({ options, weights }) {
  const parts = Object.entries(options ?? {}).map(
    ([key, value]) => `${key} ${String(value).slice(0, 40)}`,
  );
  return [...parts, `weights ${weights}`].join(" · ");
}

/**
 * What was asked for in words; models without words go by labels.
 *
 * @param {Entry} entry
 * @returns {string}
 */
function askedOf({ asked, recipe }) {
  const { digit, ink, paper } = recipe?.options ?? {};
  return asked ?? (recipe?.prompt || (ink ? `${ink} ${digit} on ${paper}` : ""));
}

/** @param {string} link */
function addressOf(link) {
  const address = new URL(".", document.baseURI);
  address.searchParams.set("recipe", link);
  return address.href;
}

/** @param {number} at */
function timeOf(at) {
  return new Date(at).toLocaleTimeString(pageLanguage(), TIME);
}

/** The families' inks on white paper, which their shapes on this page bring. */
function inks() {
  const shapes = document.querySelectorAll("template[data-light]");
  return [...shapes]
    .filter((shape) => shape instanceof HTMLElement)
    .map(({ id, dataset }) => `[data-family="${id.slice(6)}"] { --f: ${dataset.light}; }\n`)
    .join("");
}

const STYLE = `
:root { color-scheme: light; --line: #868D98; }
* { box-sizing: border-box; }
body { max-width: 960px; margin: 0 auto; padding: 24px 16px; background: #fff; color: #14171C;
  font: 16px/24px system-ui, sans-serif; }
h1 { margin: 0; font-size: 28px; line-height: 34px; font-weight: 650; }
h2 { margin: 32px 0 8px; font-size: 18px; line-height: 26px; font-weight: 650; }
h3 { display: flex; align-items: center; gap: 8px; margin: 0 0 8px; font-size: 16px;
  line-height: 24px; font-weight: 650; }
h3 time { margin-left: auto; font-weight: 400; font-size: 12px; color: #565D68; }
.shape { display: inline-flex; color: var(--f); }
p { margin: 0 0 8px; overflow-wrap: anywhere; }
.who { font-weight: 650; }
.notes p { white-space: pre-wrap; }
.small { font-size: 12px; line-height: 16px; color: #565D68; font-variant-numeric: tabular-nums; }
.small a { color: inherit; }
.results { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 12px; }
article { max-width: 100%; padding: 12px; border: 1px solid #B9BEC5;
  border-top: 3px solid var(--f, #14171C); border-radius: 8px; break-inside: avoid; }
article.text { flex: 1 1 100%; }
article.pictures { flex: 0 1 230px; }
.flow { font: 16px/32px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono",
  monospace; white-space: pre-wrap; }
.flow b { font-weight: 400; }
.prompt { color: #565D68; }
.asked { font-size: 14px; line-height: 20px; }
.rule { display: inline-block; width: 1px; height: 20px; margin: 0 3px; background: var(--line);
  vertical-align: text-bottom; }
.t { padding-bottom: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact;
  background:
  linear-gradient(var(--f), var(--f)) 0 100% / calc(100% - 2px) var(--bar, 0px) no-repeat,
  repeating-linear-gradient(90deg, var(--dots, transparent) 0 1px,
    transparent 1px 2px) 0 0 / 100% 1px no-repeat; }
.s1 { --bar: 2px; } .s2 { --bar: 5px; } .s3 { --bar: 8px; } .s4 { --bar: 11px; }
.r { --dots: #14171C; }
.n::before { content: "↵"; color: #565D68; }
.tiles { display: flex; flex-wrap: wrap; gap: 8px; }
.tiles img { aspect-ratio: 1; height: auto; border: 1px solid #B9BEC5; border-radius: 4px;
  image-rendering: pixelated; }
table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 20px; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid #B9BEC5; text-align: left;
  vertical-align: top; font-weight: 400; }
th { color: #565D68; }
i { font-style: normal; }
footer { margin-top: 24px; }
@media print {
  @page { margin: 16mm; }
  body { max-width: none; padding: 0; color: #000; }
  h2, h3 { break-after: avoid; }
  tr { break-inside: avoid; }
  a[href]::after { content: ""; }
}
`;
