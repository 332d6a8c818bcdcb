// The drawer: what is kept of earlier runs, and the lab sheet of this sitting. It is fetched when
// somebody first opens it. What models and visitors wrote becomes text nodes, never markup.
"use strict";

const drawer = {
  dialog: document.getElementById("history"),
  before: null, // the page after this moment is the next
  asked: 0, // the number of the last question, whose answer alone counts
  chosen: [], // of the runs, those to compare
  ratings: 5,

  el: playground.el,

  /** Build everything once. */
  build() {
    const { el } = drawer;
    const close = el("button", { type: "button", class: "ghost", id: "history-close", onclick: () => drawer.dialog.close() }, "Close");
    const tabs = el("div", { class: "history-tabs", role: "tablist", "aria-label": "What the drawer shows", onkeydown: drawer.move }, drawer.tab("runs", "History"), drawer.tab("sheet", "Lab sheet"));
    drawer.panels = { runs: drawer.panel("runs", ...drawer.runsParts()), sheet: drawer.panel("sheet", ...drawer.sheetParts()) };
    drawer.dialog.replaceChildren(el("header", {}, el("h2", { id: "history-title" }, "History and lab sheet"), close), tabs, drawer.panels.runs, drawer.panels.sheet);
    drawer.dialog.addEventListener("click", (event) => event.target === drawer.dialog && drawer.dialog.close());
    document.addEventListener("sitting", () => drawer.dialog.open && drawer.showSheet());
  },

  tab(name, words) {
    const settings = { type: "button", role: "tab", id: `history-tab-${name}`, "aria-controls": `history-${name}`, "data-panel": name, onclick: () => drawer.go(name) };
    return drawer.el("button", settings, words);
  },

  panel(name, ...parts) {
    return drawer.el("section", { role: "tabpanel", id: `history-${name}`, "aria-labelledby": `history-tab-${name}` }, ...parts);
  },

  go(name) {
    for (const tab of drawer.dialog.querySelectorAll("[role=tab]")) {
      const chosen = tab.dataset.panel === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      drawer.panels[tab.dataset.panel].hidden = !chosen;
    }
    if (name === "runs") drawer.read();
    else drawer.showSheet();
  },

  /** Arrows go from tab to tab. */
  move(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = [...drawer.dialog.querySelectorAll("[role=tab]")].find((tab) => tab !== event.target);
    event.preventDefault();
    other.focus();
    drawer.go(other.dataset.panel);
  },

  /** Open it, at what is kept. */
  open() {
    if (!drawer.panels) drawer.build();
    drawer.back();
    if (!drawer.dialog.open) drawer.dialog.showModal();
    drawer.go("runs");
  },

  // What is kept

  runsParts() {
    const { el } = drawer;
    const ask = (event) => {
      event.preventDefault();
      drawer.read();
    };
    drawer.words = el("input", { type: "search", id: "history-words", autocomplete: "off", maxlength: "200" });
    drawer.words.addEventListener("input", () => {
      clearTimeout(drawer.typing);
      drawer.typing = setTimeout(() => drawer.read(), 300);
    });
    drawer.search = el("form", { class: "history-search", role: "search", onsubmit: ask }, el("label", { for: "history-words" }, "Search prompts, texts and notes"), drawer.words);
    drawer.status = el("p", { class: "says", role: "status" });
    drawer.trouble = el("p", { class: "failure", role: "alert", hidden: true });
    drawer.list = el("div", { class: "history-list" });
    drawer.more = el("button", { type: "button", class: "ghost", hidden: true, onclick: () => drawer.read(true) }, "Show older ones");
    const save = el("a", { class: "ghost", href: "history/export", download: "playground-history.jsonl" }, "Save all as JSON Lines");
    drawer.all = el("div", { class: "history-all", hidden: true }, save, drawer.sure("Delete all", "Delete all for good?", drawer.removeAll));
    drawer.tray = el("div", { class: "history-tray", hidden: true });
    drawer.main = el("div", {}, drawer.search, drawer.status, drawer.trouble, drawer.list, drawer.more, drawer.all, drawer.tray);
    drawer.beside = el("div", { class: "history-beside", hidden: true });
    return [drawer.main, drawer.beside];
  },

  /** Ask for the newest runs, or for those before the last that is shown. */
  async read(older = false) {
    const number = (drawer.asked += 1);
    const query = new URLSearchParams({ words: drawer.words.value, ...(older && { before: drawer.before }) });
    drawer.status.textContent = "Reading …";
    const found = await drawer.ask(`history?${query}`);
    if (number !== drawer.asked) return;
    if (found.sentence) return drawer.fail(found.sentence, () => drawer.read(older));
    drawer.warn(found.state === "on" ? found.trouble : "");
    const first = found.runs.map(drawer.run);
    if (older) drawer.list.append(...first);
    else drawer.list.replaceChildren(...first);
    if (older) first[0]?.querySelector("h3").focus();
    drawer.before = found.runs.at(-1)?.created ?? drawer.before;
    drawer.more.hidden = !found.more;
    drawer.all.hidden = !found.count;
    drawer.search.hidden = found.state !== "on" || !found.count;
    if (!older) drawer.choose([]);
    drawer.status.textContent = drawer.summary(found);
  },

  summary({ state, trouble, count, runs, more }) {
    if (state !== "on") return `${trouble} The lab sheet works all the same.`;
    if (!count) return "Nothing yet. What you let models write or draw is kept here, for this browser alone.";
    const words = drawer.words.value.trim();
    if (words && !drawer.list.children.length) return `None of ${count} runs has “${words}”.`;
    if (words) return more ? `The newest with “${words}”.` : `${drawer.list.children.length} of ${count} with “${words}”.`;
    return count === 1 ? "1 run is kept, for this browser alone." : `${count} runs are kept, for this browser alone.`;
  },

  /** An answer as JSON, or {sentence}. */
  async ask(address, body) {
    const headers = { "Content-Type": "application/json" };
    const settings = body ? { method: "POST", headers, body: JSON.stringify(body) } : {};
    try {
      const answer = await fetch(address, settings);
      const found = await answer.json();
      return answer.ok ? found : { sentence: found.sentence ?? "The server could not do this." };
    } catch {
      return { sentence: "The server does not answer." };
    }
  },

  fail(sentence, again) {
    drawer.status.textContent = "";
    drawer.warn(sentence, again);
  },

  /** Say what is wrong, with a button to try again where that may help; "" takes it back. */
  warn(sentence, again) {
    const button = again && drawer.el("button", { type: "button", class: "ghost", onclick: () => (drawer.warn(""), again()) }, "Try again");
    drawer.trouble.hidden = !sentence;
    drawer.trouble.replaceChildren(sentence, ...(button ? [" ", button] : []));
  },

  /** One run in the list. */
  run(run) {
    const { el } = drawer;
    const figures = el("p", { class: "figures" }, drawer.figures(run));
    const compare = el("button", { type: "button", class: "ghost", "aria-pressed": "false", onclick: () => drawer.pick(run) }, "Compare");
    const open = run.link ? el("a", { class: "ghost", href: `?recipe=${encodeURIComponent(run.link)}` }, "Open again") : null;
    const article = el("article", { class: "history-run", "data-run": run.run, "data-family": run.family });
    const more = el("details", { class: "history-more" }, el("summary", {}, "Rate, note, delete"), ...drawer.opinion(run, figures, article));
    article.append(drawer.heading(run), drawer.asking(run), drawer.result(run, 4), figures, el("div", { class: "history-tools" }, open, compare, more));
    article.run = run;
    return article;
  },

  heading(run, level = "h3") {
    const { el } = drawer;
    const shape = document.getElementById(`shape-${run.family}`) ? play.shape(run.family) : null;
    const moment = new Date(run.created / 1000);
    const time = el("time", { datetime: moment.toISOString() }, moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" }));
    return el("header", { class: "history-heading" }, shape, el(level, { tabindex: "-1" }, run.name), time);
  },

  asking(run) {
    return drawer.el("p", { class: "history-asked", title: run.asked.slice(0, 500) }, run.asked.trim() || "Without words");
  },

  /** Its text, or its pictures: so many of them, 0 for all. */
  result(run, most) {
    const { el } = drawer;
    if (!run.pictures) return el("p", { class: "history-text" }, run.text);
    const shown = Math.min(run.pictures, most || run.pictures);
    const tiles = Array.from({ length: shown }, (_, i) => {
      const alt = `${run.asked || "picture"}, ${run.name}, ${i + 1} of ${run.pictures}`;
      return el("span", { class: "tile" }, el("img", { src: `history/${run.run}/${i + 1}.png`, alt, loading: "lazy" }));
    });
    const rest = run.pictures - shown;
    return el("div", { class: "history-tiles" }, ...tiles, rest ? el("span", { class: "history-rest" }, `and ${rest} more`) : null);
  },

  figures(run) {
    const time = run.seconds < 1 ? `${play.number(run.seconds * 1000, 2)} ms` : `${play.number(run.seconds, 2)} s`;
    const parts = [`seed ${run.seed}`, `${time} of computing`];
    if (run.rating) parts.push(`rated ${run.rating} of ${drawer.ratings}`);
    if (run.times > 1) parts.push(`${run.times} times`);
    return run.note ? `${parts.join(" · ")} — ${run.note}` : parts.join(" · ");
  },

  // Rating, note, deleting

  opinion(run, figures, article) {
    const { el } = drawer;
    const said = el("p", { class: "says", role: "status" });
    const tell = async (address, change, words) => {
      const { sentence } = await drawer.ask(address, { run: run.run, ...change });
      if (!sentence) Object.assign(run, change);
      said.textContent = sentence ?? words;
      said.classList.toggle("failure", Boolean(sentence));
      figures.textContent = drawer.figures(run);
    };
    const rate = (points) => tell("history/rate", { rating: points }, points ? `Rated ${points} of ${drawer.ratings}.` : "Not rated.");
    const points = Array.from({ length: drawer.ratings + 1 }, (_, i) => drawer.point(run, i, rate));
    const note = el("textarea", { id: `history-note-${run.run}`, rows: "2", maxlength: "2000" });
    note.value = run.note;
    const save = el("button", { type: "button", class: "ghost", onclick: () => tell("history/note", { note: note.value }, "The note is saved.") }, "Save note");
    const remove = drawer.sure("Delete", "Delete for good?", () => drawer.remove(run, article, said));
    return [
      el("fieldset", { class: "history-points" }, el("legend", {}, "Rating"), ...points),
      el("label", { for: note.id }, "Note"),
      note,
      el("div", { class: "history-tools" }, save, remove),
      said,
    ];
  },

  point(run, points, rate) {
    const { el } = drawer;
    const settings = { type: "radio", name: `history-rating-${run.run}`, value: points, checked: run.rating === points, "aria-label": points ? `${points} of ${drawer.ratings}` : "no rating", onchange: () => rate(points) };
    return el("label", {}, el("input", settings), el("span", { "aria-hidden": "true" }, points || "–"));
  },

  /** A button that asks once more before it does what cannot be undone. */
  sure(words, question, act) {
    const button = drawer.el("button", { type: "button", class: "ghost" }, words);
    const calm = () => {
      button.textContent = words;
      delete button.dataset.sure;
    };
    button.addEventListener("click", () => {
      if ("sure" in button.dataset) return calm(), act();
      button.dataset.sure = "";
      button.textContent = question;
      setTimeout(calm, 5000);
    });
    button.addEventListener("blur", calm);
    return button;
  },

  async remove(run, article, said) {
    const { sentence } = await drawer.ask("history/delete", { run: run.run });
    if (sentence) return (said.textContent = sentence);
    const next = article.nextElementSibling ?? article.previousElementSibling;
    article.remove();
    (next?.querySelector("h3") ?? drawer.words).focus();
    drawer.read();
  },

  async removeAll() {
    const { sentence } = await drawer.ask("history/delete", { all: true });
    if (sentence) return drawer.fail(sentence, drawer.removeAll);
    drawer.words.value = "";
    drawer.read();
    document.getElementById("history-close").focus();
  },

  // Two side by side

  pick(run) {
    const known = drawer.chosen.some((other) => other.run === run.run);
    drawer.choose(known ? drawer.chosen.filter((other) => other.run !== run.run) : [...drawer.chosen, run].slice(-2));
  },

  choose(runs) {
    const { el } = drawer;
    drawer.chosen = runs;
    for (const article of drawer.list.children) {
      const on = runs.some(({ run }) => run === article.run.run);
      article.querySelector("[aria-pressed]").setAttribute("aria-pressed", String(on));
    }
    drawer.tray.hidden = !runs.length;
    const words = runs.length === 2 ? "Two are chosen." : "One is chosen. Choose another to compare it with.";
    const show = runs.length === 2 ? el("button", { type: "button", class: "primary", onclick: drawer.compare }, "Compare") : null;
    drawer.tray.replaceChildren(el("p", { role: "status" }, words), show ?? "");
  },

  compare() {
    const { el } = drawer;
    const [left, right] = drawer.chosen;
    const column = (run) => el("section", { class: "history-column", "data-family": run.family, "aria-label": run.name }, drawer.heading(run), drawer.asking(run), drawer.result(run, 0), el("p", { class: "figures" }, drawer.figures(run)));
    const back = el("button", { type: "button", class: "ghost", onclick: drawer.back }, "Back to the list");
    drawer.beside.replaceChildren(back, el("div", { class: "history-columns" }, column(left), column(right)), drawer.differences(left, right));
    drawer.main.hidden = true;
    drawer.beside.hidden = false;
    drawer.above = drawer.dialog.scrollTop;
    drawer.dialog.scrollTop = 0;
    back.focus({ preventScroll: true });
  },

  /** The list again, where it was. */
  back() {
    if (drawer.beside.hidden) return;
    drawer.main.hidden = false;
    drawer.beside.hidden = true;
    drawer.dialog.scrollTop = drawer.above;
    drawer.tray.querySelector(".primary")?.focus({ preventScroll: true });
  },

  /** What the two were asked differently, as a table. */
  differences(left, right) {
    const { el } = drawer;
    const facts = (run) => ({ model: run.name, prompt: run.asked, seed: run.seed, ...run.options, rating: run.rating || "–" });
    const [one, other] = [facts(left), facts(right)];
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((name) => String(one[name]) !== String(other[name]));
    if (!names.length) return el("p", { class: "says" }, "Both were asked exactly the same.");
    const cell = (value) => el("td", {}, String(value ?? "–").slice(0, 200));
    const rows = names.map((name) => el("tr", {}, el("th", { scope: "row" }, name.replace("_", " ")), cell(one[name]), cell(other[name])));
    return el("div", { class: "table" }, el("table", {}, el("caption", {}, "What differs"), el("tbody", {}, ...rows)));
  },

  // The lab sheet

  sheetParts() {
    const { el } = drawer;
    drawer.leftOut = new Set();
    drawer.who = el("input", { id: "sheet-who", autocomplete: "off", maxlength: "80" });
    drawer.notes = el("textarea", { id: "sheet-notes", rows: "4", maxlength: "5000" });
    drawer.seen = el("div", { class: "sheet-seen" });
    drawer.sheetSays = el("p", { class: "says", role: "status", id: "sheet-says" });
    drawer.save = el("button", { type: "button", class: "primary", id: "sheet-save", onclick: drawer.saveSheet }, "Save lab sheet");
    drawer.hand = el("button", { type: "button", class: "ghost", id: "sheet-hand-in", onclick: drawer.handIn, hidden: true }, "Hand in to the class");
    return [
      el("p", { class: "says" }, "One page with the prompts, seeds, pictures, figures and answers of this sitting. It is made here in your browser, and opens anywhere without a network."),
      el("label", { for: "sheet-who" }, "Name or group (may stay empty)"),
      drawer.who,
      el("label", { for: "sheet-notes" }, "What did you find out?"),
      drawer.notes,
      drawer.seen,
      drawer.save,
      drawer.hand,
      drawer.sheetSays,
    ];
  },

  showSheet() {
    const { el } = drawer;
    const rows = sitting.entries.map((entry) => {
      const box = el("input", { type: "checkbox", checked: !drawer.leftOut.has(entry.at) });
      box.addEventListener("change", () => drawer.leftOut[box.checked ? "delete" : "add"](entry.at));
      return el("label", {}, box, el("span", {}, drawer.line(entry)));
    });
    drawer.seen.replaceChildren(el("h3", {}, "On the sheet"), ...(rows.length ? rows : [el("p", { class: "says" }, "Nothing yet: let a model write or draw something first.")]));
    drawer.save.disabled = drawer.hand.disabled = !rows.length;
    drawer.hand.hidden = !window.classroom?.joined;
  },

  line({ at, name, question, said, recipe, asked }) {
    const { digit, ink, paper } = recipe?.options ?? {};
    const words = question ? `${question}: ${said}` : `${name}: ${(asked ?? recipe?.prompt) || (ink ? `${ink} ${digit} on ${paper}` : `seed ${recipe?.seed}`)}`;
    const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return `${time}  ${words.replace(/\s+/g, " ").slice(0, 90)}`;
  },

  /** The whole sheet, as one HTML document. */
  sheet() {
    return sitting.sheet({ who: drawer.who.value.trim(), notes: drawer.notes.value.trim(), leftOut: drawer.leftOut });
  },

  async handIn() {
    try {
      await classroom.handIn(await drawer.sheet());
      drawer.sheetSays.textContent = "Handed in. Your teacher has it.";
    } catch (error) {
      drawer.sheetSays.textContent = error.message;
    }
  },

  async saveSheet() {
    try {
      const html = await drawer.sheet();
      const day = new Date().toISOString().slice(0, 10);
      const address = URL.createObjectURL(new Blob([html], { type: "text/html" }));
      drawer.el("a", { href: address, download: `lab-sheet-${day}.html` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      drawer.sheetSays.textContent = "Saved. Open the file to read or print it.";
    } catch (error) {
      drawer.sheetSays.textContent = error.message;
    }
  },
};

window.drawer = drawer;
playground.modules.history = drawer;
