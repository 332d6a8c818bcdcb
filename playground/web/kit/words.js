// The page's language. All words of the page are written in English where they are needed; what a
// catalogue (`web/locales/`) knows of them is shown in the visitor's language instead, whoever
// writes it: this page, its scripts or Gradio. What models write is never touched.
"use strict";

const words = {
  offered: JSON.parse(document.getElementById("front").dataset.words || "{}"),
  named: null, // the language that an address in this tab has asked for
  language: "en",
  table: {},
  patterns: [],
  shown: new WeakMap(), // text node or element -> what has been written into it

  apart: "pre, code, textarea, script, style, template, .flow, [translate=no]",
  attributes: ["aria-label", "placeholder", "title", "alt"],
  kinds: { count: "[\\d.,\\s]*\\d", all: "[\\d.,\\s]*\\d", side: "[AB]", code: "[A-Z]{4}" }, // all a place can hold
  longest: 200, // of what is compared with patterns
  end: /(?<=[.?!]) (?=[\p{Lu}“✓])/u, // of a sentence that another one follows; no place holds it

  /** An English phrase in the page's language. */
  of(phrase) {
    return words.found(phrase) ?? phrase;
  },

  /** The first language of the visitor that there is a catalogue for, or English. */
  choose() {
    const wanted = words.named ? [words.named] : (navigator.languages ?? [navigator.language]);
    const known = ["en", ...Object.keys(words.offered)];
    const fits = (tag) => known.find((code) => code.split("-")[0] === tag.split("-")[0].toLowerCase());
    return wanted.map(fits).find(Boolean) ?? "en";
  },

  async start() {
    words.named = words.remember();
    const code = words.choose();
    if (words.named) words.persuade(code);
    if (code === "en") return;
    try {
      const answer = await fetch(words.offered[code]);
      if (answer.ok) words.learn(code, await answer.json());
    } catch {
      // then the page stays in English
    }
  },

  /** A language in the address holds for all pages of this tab, whichever way leads to them. */
  remember() {
    const named = new URLSearchParams(location.search).get("lang");
    try {
      if (named) sessionStorage.setItem(words.key, named);
      return named ?? sessionStorage.getItem(words.key);
    } catch {
      return named; // a browser that keeps nothing
    }
  },
  key: "playground_language",

  /** Gradio goes by the browser's language alone: let it hear of the one in the address. */
  persuade(code) {
    Object.defineProperty(navigator, "language", { value: code, configurable: true });
    Object.defineProperty(navigator, "languages", { value: [code], configurable: true });
  },

  learn(code, table) {
    words.language = document.documentElement.lang = code;
    words.table = table;
    words.patterns = Object.entries(table).filter(([phrase]) => phrase.includes("{")).map(words.pattern);
    document.title = words.of(document.title);
    words.visit(document.body);
    const observer = new MutationObserver((changes) => changes.forEach(words.see));
    observer.observe(document.body, { childList: true, characterData: true, subtree: true, attributeFilter: words.attributes });
  },

  /**
   * A phrase with places for what changes, such as “seed {seed}”, as something to match. What stands
   * at {label} is of the page itself, and has a translation of its own.
   */
  pattern([phrase, said]) {
    const plain = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const place = (name) => `(?<${name}>${words.kinds[name] ?? ".+?"})`;
    const parts = phrase.split(/(\{\w+\})/).map((part) => (/^\{\w+\}$/.test(part) ? place(part.slice(1, -1)) : plain(part)));
    const [first, last] = [phrase.slice(0, phrase.indexOf("{")), phrase.slice(phrase.lastIndexOf("}") + 1)];
    return { match: new RegExp(`^${parts.join("")}$`), first, last, said };
  },

  /**
   * What the catalogue has for a phrase, or for each part of it between dots, or for each of its
   * sentences when it knows them all; undefined for nothing.
   */
  found(phrase) {
    if (Object.hasOwn(words.table, phrase)) return words.table[phrase];
    if (phrase.includes(" · ")) {
      const parts = phrase.split(" · ");
      const known = parts.map(words.found);
      return known.some(Boolean) ? parts.map((part, i) => known[i] ?? part).join(" · ") : undefined;
    }
    return words.matched(phrase) ?? words.sentences(phrase);
  },

  matched(phrase) {
    if (phrase.length > words.longest) return undefined;
    for (const { match, first, last, said } of words.patterns) {
      if (!phrase.startsWith(first) || !phrase.endsWith(last)) continue; // most end here, which is fast
      const places = match.exec(phrase)?.groups;
      if (places && !Object.values(places).some((text) => words.end.test(text))) return words.fill(said, places);
    }
    return undefined;
  },

  fill(said, places) {
    return said.replace(/\{(\w+)\}/g, (_, name) => (name === "label" ? words.of(places.label) : places[name]));
  },

  sentences(phrase) {
    const parts = phrase.split(words.end);
    if (parts.length === 1) return undefined;
    const known = [];
    for (const part of parts) {
      const said = words.table[part] ?? words.matched(part);
      if (!said) return undefined;
      known.push(said);
    }
    return known.join(words.language.startsWith("zh") ? "" : " ");
  },

  /** Something on the page has changed. */
  see({ type, target, addedNodes, attributeName }) {
    if (type === "characterData") words.write(target);
    else if (type === "attributes") words.name(target, attributeName);
    else for (const node of addedNodes) words.visit(node);
  },

  /** Everything in a part of the page. */
  visit(node) {
    if (node.nodeType === Node.TEXT_NODE) return words.write(node);
    if (node.nodeType !== Node.ELEMENT_NODE || node.closest(words.apart)) return;
    const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) words.write(texts.currentNode);
    const named = words.attributes.map((attribute) => `[${attribute}]`).join();
    for (const element of [node, ...node.querySelectorAll(named)])
      for (const attribute of words.attributes) words.name(element, attribute);
  },

  write(node) {
    if (words.shown.get(node) === node.data || !node.parentElement || node.parentElement.closest(words.apart)) return;
    const said = words.found(node.data.trim().replace(/\s+/g, " "));
    if (said === undefined) return;
    const [before, after] = [/^\s*/.exec(node.data)[0], /\s*$/.exec(node.data)[0]];
    words.shown.set(node, before + said + after);
    node.data = before + said + after;
  },

  name(element, attribute) {
    if (!element.hasAttribute(attribute) || element.parentElement?.closest(words.apart)) return;
    const said = words.found(element.getAttribute(attribute));
    if (said && said !== element.getAttribute(attribute)) element.setAttribute(attribute, said);
  },
};

window.words = words;
words.ready = words.start(); // resolves once the page's words are there
