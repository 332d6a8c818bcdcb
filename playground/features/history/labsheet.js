// The lab sheet: what a sitting has shown, as one HTML document that needs nothing else. It is made
// here in the browser from what the page itself has shown, so it needs no history and no server.
"use strict";

const labsheet = {
  phrases: {
    title: "Lab sheet",
    who: "Name or group",
    notes: "Notes",
    answers: "Answers",
    results: "Results",
    empty: "Nothing has been asked for yet.",
    legend: "The bar under a letter is the model’s surprise: none under 1 bit, then 1–2, 2–4, 4–6 and over 6 bits. A dotted line above: not among its ten favourites.",
    again: "Same recipe, same result: a link opens the page with it.",
  },

  /** A phrase in the language of the page that makes the sheet. */
  of: (phrase) => (phrase && window.words?.of(`${phrase}`)) || phrase,

  get language() {
    return document.documentElement.lang || "en";
  },

  /** The whole document as a text. `leftOut` holds the moments of entries that shall not be in it. */
  make(entries, { title = "", who = "", notes = "", leftOut = new Set() } = {}) {
    const page = document.implementation.createHTMLDocument(title || labsheet.of(labsheet.phrases.title));
    const shown = entries.filter((entry) => !leftOut.has(entry.at));
    labsheet.el = labsheet.maker(page);
    page.documentElement.lang = labsheet.language;
    page.head.append(...labsheet.head());
    page.body.append(...labsheet.body(shown, { title, who, notes }));
    return `<!doctype html>\n${page.documentElement.outerHTML}\n`;
  },

  /** Elements of a document: el("p", {class: "x"}, "words", other). Words become text, never markup. */
  maker(page) {
    return (name, settings = {}, ...children) => {
      const element = page.createElement(name);
      for (const [key, value] of Object.entries(settings)) if (value != null && value !== "") element.setAttribute(key, value);
      element.append(...children.filter((child) => child != null && child !== ""));
      return element;
    };
  },

  head() {
    const { el } = labsheet;
    return [
      el("meta", { charset: "utf-8" }),
      el("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      // Nothing in it is carried out or fetched, whatever models wrote.
      el("meta", { "http-equiv": "Content-Security-Policy", content: "default-src 'none'; img-src data:; style-src 'unsafe-inline'" }),
      el("style", {}, labsheet.style),
    ];
  },

  body(entries, { title, who, notes }) {
    const { el, language } = labsheet;
    const said = Object.fromEntries(Object.entries(labsheet.phrases).map(([name, phrase]) => [name, labsheet.of(phrase)]));
    const answers = entries.filter(({ question }) => question);
    const results = entries.filter(({ question }) => !question);
    const texts = results.some(({ letters }) => letters?.length);
    const day = new Date().toLocaleString(language, { dateStyle: "long", timeStyle: "short" });
    return [
      el("header", {}, el("h1", {}, title || said.title), el("p", {}, `Generative Playground · ${day} · ${location.host}`), who && el("p", { class: "who" }, `${said.who}: ${who}`)),
      notes && el("section", { class: "notes" }, el("h2", {}, said.notes), el("p", {}, notes)),
      answers.length && el("section", {}, el("h2", {}, said.answers), labsheet.answers(answers)),
      el("section", {}, el("h2", {}, said.results), texts ? el("p", { class: "small" }, said.legend) : "", labsheet.results(results)),
      results.length ? el("footer", { class: "small" }, said.again) : "",
    ].filter(Boolean);
  },

  answers(answers) {
    const { el, of } = labsheet;
    const mark = { true: "✓ right", false: "✕ not right" };
    const row = ({ at, question, said, right }) => el("tr", {}, el("td", {}, labsheet.time(at)), el("td", {}, of(question)), el("td", {}, of(said)), el("td", {}, of(mark[right] ?? "")));
    const heads = ["Time", "Question", "Answer", ""].map((word) => el("th", { scope: "col" }, of(word)));
    return el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...answers.map(row)));
  },

  results(results) {
    const { el } = labsheet;
    if (!results.length) return el("p", {}, labsheet.of(labsheet.phrases.empty));
    return el("div", { class: "results" }, ...results.map(labsheet.result));
  },

  result(entry) {
    const { el, of } = labsheet;
    const { at, name, family, recipe, link, letters = [], tiles = [], figures } = entry;
    const asked = labsheet.asked(entry);
    const pictures = tiles.map((src, i) => el("img", { src, alt: of(`${asked || name}, picture ${i + 1}`), width: tiles.length > 1 ? 96 : 128 }));
    const options = Object.entries(recipe?.options ?? {}).map(([key, value]) => `${key} ${String(value).slice(0, 40)}`);
    return el(
      "article",
      { class: tiles.length && !letters.length ? "pictures" : "text", "data-family": family },
      el("h3", {}, labsheet.shape(family), of(name), el("time", {}, labsheet.time(at))),
      letters.length ? el("p", { class: "flow", translate: "no" }, el("span", { class: "prompt" }, recipe?.prompt ?? ""), el("i", { class: "rule" }), ...letters.map(labsheet.letter)) : el("p", { class: "asked" }, asked),
      pictures.length ? el("p", { class: "tiles" }, ...pictures) : "",
      el("p", { class: "small" }, of(figures)),
      recipe ? el("p", { class: "small" }, of([...options, `weights ${recipe.weights}`].join(" · "))) : "",
      link ? el("p", { class: "small" }, el("a", { href: labsheet.address(link) }, of("Open again"))) : "",
    );
  },

  /** What was asked for in words; models without words go by labels. */
  asked({ asked, recipe }) {
    const { digit, ink, paper } = recipe?.options ?? {};
    return asked ?? (recipe?.prompt || (ink ? `${ink} ${digit} on ${paper}` : ""));
  },

  letter([piece, classes]) {
    const line = piece === "\n" ? "n" : "";
    return classes || line ? labsheet.el("b", { class: ["t", classes, line].filter(Boolean).join(" ") }, piece) : piece;
  },

  /** The shape of a family, as the page has it; it carries no name of its own where there is none. */
  shape(family) {
    const drawn = document.getElementById(`shape-${family}`)?.content.firstElementChild;
    return drawn ? labsheet.el("span", { class: "shape" }, drawn.cloneNode(true)) : "";
  },

  address(link) {
    const address = new URL(".", document.baseURI);
    address.searchParams.set("recipe", link);
    return address.href;
  },

  time(at) {
    return new Date(at).toLocaleTimeString(labsheet.language, { hour: "2-digit", minute: "2-digit" });
  },

  style: `
:root { color-scheme: light; --line: #868D98; }
[data-family=lstm] { --f: #7A5C10; } [data-family=transformer] { --f: #2F5BD3; } [data-family=gan] { --f: #B5305F; }
[data-family=vae] { --f: #14493A; } [data-family=diffusion] { --f: #64106E; }
* { box-sizing: border-box; }
body { max-width: 960px; margin: 0 auto; padding: 24px 16px; background: #fff; color: #14171C; font: 16px/24px system-ui, sans-serif; }
h1 { margin: 0; font-size: 28px; line-height: 34px; font-weight: 650; }
h2 { margin: 32px 0 8px; font-size: 18px; line-height: 26px; font-weight: 650; }
h3 { display: flex; align-items: center; gap: 8px; margin: 0 0 8px; font-size: 16px; line-height: 24px; font-weight: 650; }
h3 time { margin-left: auto; font-weight: 400; font-size: 12px; color: #565D68; }
.shape { display: inline-flex; color: var(--f); }
p { margin: 0 0 8px; overflow-wrap: anywhere; }
.who { font-weight: 650; }
.notes p { white-space: pre-wrap; }
.small { font-size: 12px; line-height: 16px; color: #565D68; font-variant-numeric: tabular-nums; }
.small a { color: inherit; }
.results { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 12px; }
article { max-width: 100%; padding: 12px; border: 1px solid #B9BEC5; border-top: 3px solid var(--f, #14171C); border-radius: 8px; break-inside: avoid; }
article.text { flex: 1 1 100%; }
article.pictures { flex: 0 1 230px; }
.flow { font: 16px/32px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre-wrap; }
.flow b { font-weight: 400; }
.prompt { color: #565D68; }
.asked { font-size: 14px; line-height: 20px; }
.rule { display: inline-block; width: 1px; height: 20px; margin: 0 3px; background: var(--line); vertical-align: text-bottom; }
.t { padding-bottom: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; background:
  linear-gradient(var(--f), var(--f)) 0 100% / calc(100% - 2px) var(--bar, 0px) no-repeat,
  repeating-linear-gradient(90deg, var(--dots, transparent) 0 1px, transparent 1px 2px) 0 0 / 100% 1px no-repeat; }
.s1 { --bar: 2px; } .s2 { --bar: 5px; } .s3 { --bar: 8px; } .s4 { --bar: 11px; } .r { --dots: #14171C; }
.n::before { content: "↵"; color: #565D68; }
.tiles { display: flex; flex-wrap: wrap; gap: 8px; }
.tiles img { aspect-ratio: 1; height: auto; border: 1px solid #B9BEC5; border-radius: 4px; image-rendering: pixelated; }
table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 20px; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid #B9BEC5; text-align: left; vertical-align: top; font-weight: 400; }
th { color: #565D68; }
footer { margin-top: 24px; }
@media print {
  @page { margin: 16mm; }
  body { max-width: none; padding: 0; color: #000; }
  h2, h3 { break-after: avoid; }
  tr { break-inside: avoid; }
  a[href]::after { content: ""; }
}
`,
};

window.labsheet = labsheet;
