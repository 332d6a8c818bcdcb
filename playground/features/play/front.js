// The front door: the places of the page, and when Gradio, which serves all but the first of them,
// is fetched. Until then everything here works without it.
"use strict";

const front = {
  root: document.getElementById("front"),
  patience: 1500, // milliseconds that the first page has for itself

  /** Show one of the places. */
  go(place) {
    front.root.dataset.place = document.body.dataset.place = place;
    for (const tab of front.tabs()) {
      const chosen = tab.dataset.place === place;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    if (place === "play") return;
    front.fetchGradio();
    front.when(() => document.querySelector(`#page-places [role=tab][aria-controls="page-${place}"]`), (tab) => tab.click());
  },

  tabs() {
    return [...front.root.querySelectorAll("#places [role=tab]")];
  },

  /** Call back with what `find` finds, as soon as it finds something. */
  when(find, then, tries = 600) {
    const found = find();
    if (found) then(found);
    else if (tries) setTimeout(() => front.when(find, then, tries - 1), 50);
  },

  /** Fetch Gradio's script and styles, once; how its page would have fetched them is in `parts`. */
  fetchGradio() {
    const parts = document.getElementById("gradio-parts");
    if (!parts) return;
    const { script, style } = parts.dataset;
    parts.remove();
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: style, crossOrigin: "" });
    const module = Object.assign(document.createElement("script"), { type: "module", src: script, crossOrigin: "" });
    document.head.append(link, module);
  },

  /** Arrows go from place to place, as in every row of tabs. */
  move(event) {
    const tabs = front.tabs();
    const now = tabs.indexOf(event.target);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (now < 0 || to === undefined) return;
    event.preventDefault();
    const tab = tabs[(to + tabs.length) % tabs.length];
    tab.focus();
    front.choose(tab.dataset.place);
  },

  /** Go to a place and say so in the address; the first page has no recipe in its. */
  choose(place) {
    front.go(place);
    const address = new URL(window.location.href);
    if (place === "play") address.searchParams.delete("recipe");
    address.hash = place === "play" ? "" : place;
    history.replaceState(history.state, "", address);
  },

  /** Open the drawer of history and lab sheet; what it is made of is fetched the first time. */
  async openHistory(button) {
    const { script, style } = button.dataset;
    const sheet = document.querySelector(`link[href="${style}"]`) ?? Object.assign(document.createElement("link"), { rel: "stylesheet", href: style });
    try {
      if (!sheet.isConnected) {
        const styled = new Promise((resolve) => (sheet.onload = sheet.onerror = resolve));
        document.head.append(sheet);
        await styled;
      }
      await playground.fetch(script);
      drawer.open();
    } catch {
      playground.answer(button, "Try again");
    }
  },

  /** Who is in a class has its bar on this page, too; nobody else fetches its script. */
  joinClass() {
    const { classScript } = front.root.dataset;
    let joined = null;
    try {
      joined = localStorage.getItem("playground_class");
    } catch {
      // a browser that keeps nothing has joined nothing
    }
    if (joined && classScript) document.head.append(Object.assign(document.createElement("script"), { src: classScript }));
  },

  start() {
    const places = front.tabs().map((tab) => tab.dataset.place);
    const [named, part] = window.location.hash.slice(1).split("/"); // "claims", or "claims/bias"
    front.go(front.root.dataset.place || (places.includes(named) ? named : "play"));
    if (part) front.when(() => document.getElementById(`claim-${part}`), (claim) => claim.scrollIntoView());
    front.joinClass();
    const row = front.root.querySelector("#places");
    if (!row) return; // the static page has one place, and no engine
    row.addEventListener("keydown", front.move);
    row.addEventListener("click", (event) => {
      const tab = event.target.closest("[role=tab]");
      if (tab) front.choose(tab.dataset.place);
    });
    document.getElementById("history-open").addEventListener("click", (event) => front.openHistory(event.currentTarget));
    const later = window.requestIdleCallback ?? setTimeout;
    addEventListener("load", () => setTimeout(() => later(front.fetchGradio), front.patience));
  },
};

window.front = front;
front.start();
