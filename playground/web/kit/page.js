// The little that only a browser can do: the address bar, the clipboard, saving a picture,
// and suggesting names while one types.
"use strict";

const playground = {
  /** An element: playground.el("p", {class: "says", onclick: f}, "words", other). */
  el(name, settings = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(settings)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  },

  /** Put a link into the address bar, and tell the page around us when we are framed by a Space. */
  share(link) {
    if (!link) return;
    setTimeout(() => sitting.collect(link), 250); // Gradio is still drawing the last of it
    const address = playground.address(link);
    history.replaceState(history.state, "", address);
    if (window.parent !== window) {
      const message = { queryString: "?recipe=" + link };
      window.parent.postMessage(message, "https://huggingface.co");
    }
  },

  /** Tell a screen reader, once, that everything has ended. */
  say(words) {
    const place = document.getElementById("page-said");
    if (place && words) place.textContent = words;
  },

  /** The address of this page with another link. */
  address(link) {
    const address = new URL(window.location.href);
    address.searchParams.set("recipe", link);
    return address.href;
  },

  /** Fetch a script and carry it out, once; rejects when it cannot be had. */
  fetch(script) {
    playground.fetched[script] ??= new Promise((resolve, reject) => {
      const element = Object.assign(document.createElement("script"), { src: script, onload: resolve });
      element.onerror = () => {
        delete playground.fetched[script];
        reject(new Error("This could not be fetched. Try again in a moment."));
      };
      document.head.append(element);
    });
    return playground.fetched[script];
  },
  fetched: {},

  /** Press a button as soon as it is there. */
  press(id, tries = 100) {
    const button = id && document.getElementById(id);
    if (button) visitor.id();
    if (button) button.click();
    else if (id && tries) setTimeout(() => playground.press(id, tries - 1), 50);
  },

  /** Press a button that starts a run; if one is under way, stop that first. */
  async start(id) {
    const button = document.getElementById(id);
    const running = () => [words.of("Stop"), "Stop"].includes(button.textContent.trim());
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    if (running()) {
      button.click();
      for (let tries = 200; running() && tries; tries -= 1) await wait(50);
      await wait(250); // Gradio drops what is pressed before it has closed the old run
    }
    button.click();
  },

  /** Copy text; plain http addresses have no navigator.clipboard, so there the old way. */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return playground.copyByHand(text);
    }
  },

  copyByHand(text) {
    const area = document.createElement("textarea");
    const before = document.activeElement;
    area.value = text;
    area.setAttribute("readonly", "");
    area.style.cssText = "position:fixed;top:0;opacity:0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus();
    return done;
  },

  /** Say in place of a button's words what happened, for a moment. */
  answer(button, words) {
    const before = button.dataset.words ?? button.textContent;
    button.dataset.words = before;
    button.textContent = words;
    clearTimeout(button.timer);
    button.timer = setTimeout(() => (button.textContent = before), 2000);
  },

  /** Make radios of one question one group: one tab stop, arrows choose. Gradio names each alone. */
  groupRadios() {
    for (const group of document.querySelectorAll("fieldset[id]")) {
      const loose = `input[type=radio]:not([name="${group.id}"])`;
      for (const radio of group.querySelectorAll(loose)) radio.name = group.id;
    }
  },

  /** Show names that fit what stands in the prompt for emoji, whoever wrote it. */
  suggest(written) {
    suggestions.show(written);
  },

  /** Save a picture exactly as it was sent. */
  save(button) {
    const anchor = document.createElement("a");
    anchor.href = button.querySelector("img").src;
    anchor.download = button.dataset.save;
    anchor.click();
  },
};

/** Names of emoji below the prompt: the arrow keys reach them out of it, Enter takes one. */
const suggestions = {
  most: 8,
  names: null, // fetched when somebody first comes to the prompt

  get input() {
    return document.querySelector("#emoji-prompt input");
  },

  get list() {
    return document.getElementById("emoji-names");
  },

  /** Those that can be seen: the list shows whole ones only, and as many as have room. */
  get shown() {
    const { list } = suggestions;
    return [...(list?.children ?? [])].filter((option) => option.offsetTop < list.clientHeight);
  },

  /** Tell what the prompt is, and fetch the names; they are not part of the page. */
  wake() {
    const { input, list } = suggestions;
    if (!input || !list) return;
    const roles = { role: "combobox", "aria-controls": list.id, "aria-expanded": "true", "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(roles)) input.setAttribute(name, value);
    suggestions.starters ??= [...list.children];
    suggestions.names ??= fetch("shipped/names.json").then((answer) => (answer.ok ? answer.json() : []), () => []);
  },

  /** The best names for what is written: those that begin so, have it, or share a word with it. */
  fitting(names, written) {
    const said = written.trim().toLowerCase();
    const holds = (name, part) => ` ${name}`.includes(part);
    const words = said.split(/\s+/);
    const rank = (name) =>
      [
        name.startsWith(said),
        holds(name, ` ${said}`),
        holds(name, said),
        words.some((word) => holds(name, ` ${word}`)),
      ].indexOf(true);
    const fits = said ? names.filter((name) => name !== said && rank(name) >= 0) : [];
    return fits.sort((a, b) => rank(a) - rank(b) || a.length - b.length).slice(0, suggestions.most);
  },

  /** Show names that fit what is written, or some to begin with. */
  async show(written = suggestions.input?.value) {
    suggestions.wake();
    const { list, starters } = suggestions;
    if (!starters) return;
    const fits = suggestions.fitting(await suggestions.names, written);
    const texts = (options) => options.map((option) => option.textContent).join("\n");
    const options = fits.length ? fits.map(suggestions.option) : starters;
    if (texts(options) === texts([...list.children])) return; // what is marked stays marked
    list.replaceChildren(...options);
    suggestions.choose(-1);
  },

  option(name, number) {
    const option = suggestions.starters[0].cloneNode();
    option.id = `emoji-name-${number}`;
    option.textContent = option.dataset.name = name;
    return option;
  },

  /** Mark one of the names that can be seen; -1 for none. */
  choose(number) {
    const { input, list, shown } = suggestions;
    for (const option of list.children) option.setAttribute("aria-selected", "false");
    shown[number]?.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", shown[number]?.id ?? "");
  },

  /** Write a name into the prompt as if it had been typed. */
  take(name) {
    const { input } = suggestions;
    input.value = name;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  },

  /** Arrows go through the names and past their ends to none, Enter takes, Escape leaves them. */
  press(event) {
    const { shown } = suggestions;
    const now = shown.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const places = shown.length + 1;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves && shown.length)
      suggestions.choose(((now + 1 + moves[event.key] + places) % places) - 1);
    else if (event.key === "Enter" && now >= 0) suggestions.take(shown[now].dataset.name);
    else if (event.key === "Escape" && now >= 0) suggestions.choose(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
};

/**
 * Look inside: drawers whose script is fetched when they are first opened. A script says
 *
 *   looks.add("denoise", (root, models) => { … })
 *
 * and builds its elements into `root`; `models` are those that can show it, see looks.py.
 */
const looks = {
  async open(drawer) {
    if (drawer.dataset.asked) return;
    drawer.dataset.asked = "";
    const { script, style } = drawer.dataset;
    if (style) document.head.append(playground.el("link", { rel: "stylesheet", href: style }));
    try {
      await playground.fetch(drawer.closest(".looks").dataset.shared);
      await playground.fetch(script);
    } catch {
      delete drawer.dataset.asked;
      drawer.querySelector(".look-inside").textContent = "This could not be fetched. Close the drawer and open it again.";
    }
  },
};

/**
 * The visitor id: 32 hexadecimal digits that say only that two requests come from one browser, see
 * visitor.py. It is made when somebody first presses something, and kept here and as a cookie.
 */
const visitor = {
  name: "playground_visitor",
  seconds: 365 * 86400,

  /** The id of this browser, made if there is none; "" where nothing can be sent to. */
  id() {
    if (!/^https?:$/.test(location.protocol)) return "";
    visitor.now ||= visitor.known() || visitor.made();
    try {
      localStorage.setItem(visitor.name, visitor.now);
    } catch {} // a browser that keeps nothing has the cookie, or this page alone
    visitor.send(visitor.now, visitor.seconds);
    return visitor.now;
  },

  /** The id from an earlier visit; "" when there is none. */
  known() {
    let stored = "";
    try {
      stored = localStorage.getItem(visitor.name) ?? "";
    } catch {}
    const sent = document.cookie.split("; ").find((pair) => pair.startsWith(`${visitor.name}=`));
    return [stored, sent?.slice(visitor.name.length + 1) ?? ""].find((id) => /^[0-9a-f]{32}$/.test(id)) ?? "";
  },

  made() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  },

  /** Within a frame of another site a cookie is sent only if it says that it may be. */
  send(id, seconds) {
    const framed = window.parent !== window && location.protocol === "https:";
    const policy = framed ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax";
    document.cookie = `${visitor.name}=${id}; Path=/; Max-Age=${seconds}; ${policy}`;
  },

  /** Be somebody new from now on, and leave nothing of this sitting to whoever comes next. */
  forget() {
    visitor.now = "";
    try {
      localStorage.removeItem(visitor.name);
    } catch {}
    visitor.send("", 0);
    sitting.clear();
  },
};

/**
 * What this tab has shown since it was opened, for the lab sheet. It stays in the browser, and ends
 * with the tab. An entry is {at, name, family, asked, recipe, link, letters, tiles, figures}, or
 * {at, question, said, right} for an answer that somebody gave.
 */
const sitting = {
  key: "playground_sitting",
  most: 200,
  entries: [],

  /** One more thing that was seen. */
  add(entry) {
    const same = JSON.stringify(entry.recipe);
    if (same) sitting.entries = sitting.entries.filter(({ recipe }) => JSON.stringify(recipe) !== same);
    const at = Math.max(Date.now(), (sitting.entries.at(-1)?.at ?? 0) + 1); // no two are at one moment
    sitting.entries.push({ at, ...entry });
    sitting.entries.splice(0, sitting.entries.length - sitting.most);
    clearTimeout(sitting.timer);
    sitting.timer = setTimeout(sitting.save, 200);
    document.dispatchEvent(new Event("sitting"));
  },

  /** An answer to a question: sitting.answer({question, said, right: true, false or undefined}). */
  answer({ question, said, right }) {
    sitting.add({ question, said, right });
  },

  /** Take down runs by their events, see recording.py: give each event to what is returned. */
  watch() {
    const runs = new Map();
    return (i, { start, letters, frame, end }) => {
      if (start) runs.set(i, { ...start, letters: [], tiles: [], ms: 0 });
      const run = runs.get(i);
      if (!run) return;
      for (const [piece, probability, rank, ms] of letters ?? []) {
        run.letters.push([piece, sitting.classes(probability, rank)]);
        run.bits = (run.bits ?? 0) - Math.log2(Math.max(probability, 1e-12));
        run.ms += ms;
      }
      run.ms += frame?.ms ?? 0;
      if (frame?.last) run.tiles = frame.tiles;
      if (end === "finished" && (run.letters.length || run.tiles.length)) sitting.add(sitting.entry(run));
    };
  },

  entry({ name, family, recipe, link, letters, tiles, bits, ms }) {
    const figures = [`seed ${recipe.seed}`, `${(ms / 1000).toPrecision(2)} s of computing`];
    if (bits !== undefined) figures.unshift(`${(bits / letters.length).toPrecision(3)} bits a letter`);
    return { name, family, recipe, link, letters, tiles, figures: figures.join(" · ") };
  },

  /** The classes of a letter, as in play.letter. */
  classes(probability, rank) {
    const bits = -Math.log2(Math.max(probability, 1e-12));
    const level = [1, 2, 4, 6].filter((limit) => bits >= limit).length;
    return [level && `s${level}`, rank >= 10 && "r"].filter(Boolean).join(" ");
  },

  /** Take down what the places that Gradio serves show now, by the link that stands below it. */
  collect(link) {
    for (const button of document.querySelectorAll(`[data-link="${CSS.escape(link)}"]`)) {
      const tools = button.closest(".tools");
      if (!tools) continue;
      if (tools.closest("#text-score-parting")) sitting.seeScore();
      const recipes = [...tools.querySelectorAll(".details pre")].map((pre) => JSON.parse(pre.textContent));
      const grid = document.getElementById(tools.closest("[id$=-tools]")?.id.replace(/tools$/, "grid"));
      const cards = grid ? [...grid.querySelectorAll(".card")] : [button.closest(".text-card")];
      for (const card of cards) if (card) sitting.see(card, recipes, link);
    }
  },

  /** Take down what two models make of a text that somebody gave. */
  seeScore() {
    const asked = document.querySelector("#text-score-text textarea")?.value ?? "";
    const figures = document.querySelector("#text-score-totals")?.innerText.replace(/\s*\n\s*/g, " · ") ?? "";
    sitting.add({ name: "A text, scored", family: "", asked, figures });
  },

  /** Take down one card: a text with its letters, or pictures. */
  see(card, recipes, link) {
    const tiles = [...card.querySelectorAll("button.tile")];
    const letters = sitting.lettersOf(card.querySelector(".flow"));
    const recipe = tiles.length ? recipes.find(({ model }) => tiles[0].dataset.save.startsWith(`${model}-seed-`)) : recipes[0];
    if (!recipe || !(tiles.length || letters.length)) return;
    const name = card.querySelector(".heading h3")?.textContent ?? recipe.model;
    const family = card.querySelector(".heading")?.dataset.family ?? "";
    const figures = card.querySelector(".figures")?.textContent ?? "";
    sitting.add({ name, family, recipe, link, letters, tiles: tiles.map((tile) => tile.querySelector("img").src), figures });
  },

  /** The letters after the rule, each piece with its classes. */
  lettersOf(flow) {
    const found = [];
    for (let node = flow?.querySelector(":scope > .rule")?.nextSibling; node; node = node.nextSibling) {
      if (node.nodeType === Node.TEXT_NODE) found.push([node.data, ""]);
      else if (node.matches("b.t")) found.push([node.textContent, node.className.replace(/\b[tn]\b/g, "").trim()]);
    }
    return found;
  },

  /** Write it down for the next page of this tab; more than a browser takes stays on this one. */
  save() {
    try {
      sessionStorage.setItem(sitting.key, JSON.stringify(sitting.entries));
    } catch {}
  },

  load() {
    try {
      sitting.entries = JSON.parse(sessionStorage.getItem(sitting.key)) ?? [];
    } catch {}
  },

  clear() {
    clearTimeout(sitting.timer);
    sitting.entries = [];
    try {
      sessionStorage.removeItem(sitting.key);
    } catch {}
    document.dispatchEvent(new Event("sitting"));
  },

  /** The lab sheet as a whole HTML document; `more` are {title, who, notes, leftOut}, see labsheet.js. */
  async sheet(more = {}) {
    await playground.fetch("shipped/labsheet.js");
    return labsheet.make(sitting.entries, more);
  },
};

sitting.load();
if (visitor.known()) visitor.id(); // a cookie lives no longer than from one visit to the next
for (const press of ["pointerdown", "keydown"]) document.addEventListener(press, () => visitor.id(), { capture: true, once: true });

window.playground = playground;
window.looks = looks;
window.visitor = visitor;
window.sitting = sitting;
new MutationObserver(playground.groupRadios).observe(document, {
  childList: true,
  subtree: true,
  attributeFilter: ["name"], // Gradio gives new names with every choice
});

const inPrompt = (event) => event.target === suggestions.input;
const nameIn = (event) => event.target.closest?.("#emoji-names [role=option]")?.dataset.name;

document.addEventListener("toggle", (event) => event.target.open && event.target.matches("details.look") && looks.open(event.target), true);
document.addEventListener("focusin", (event) => inPrompt(event) && suggestions.show());
document.addEventListener("input", (event) => {
  if (inPrompt(event)) suggestions.show();
});
// Before Gradio hears of it, for which Enter is "draw".
document.addEventListener("keydown", (event) => inPrompt(event) && suggestions.press(event), true);
// A press on a name leaves the keyboard of a phone as it is: open or closed.
document.addEventListener("mousedown", (event) => nameIn(event) && event.preventDefault());

document.addEventListener("click", (event) => {
  if (nameIn(event)) suggestions.take(nameIn(event));
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-link],[data-save],[data-press]");
  if (!button) return;
  if (button.dataset.save) playground.save(button);
  else if (button.dataset.press) playground.press(button.dataset.press);
  else {
    const copied = await playground.copy(playground.address(button.dataset.link));
    playground.answer(button, copied ? "Copied" : "Copy it from the address bar");
  }
});
