// A student's side of a class: on the page to join, on lessons, and on the main page once a class
// has been joined. What it knows lies in localStorage under `playground_class`; `classroom.leave()`
// takes that and all else of this site out of the browser again.
"use strict";

(() => {
  const KEY = "playground_class";
  const site = new URL("../", document.currentScript.src); // this file lies in shipped/
  const POLL = { quick: 2000, hidden: 10_000, away: 5000 }; // milliseconds

  /** What browsers that keep nothing answer with is as good as nothing. */
  const stored = () => {
    try {
      const known = JSON.parse(localStorage.getItem(KEY));
      return known?.code && known?.token ? known : null;
    } catch {
      return null;
    }
  };
  let known = stored();
  const remember = (next) => {
    known = next;
    try {
      if (next) localStorage.setItem(KEY, JSON.stringify(next));
      else localStorage.removeItem(KEY);
    } catch {
      // a private window may refuse: the class then ends with this page
    }
  };

  const { el } = playground;

  /** An error whose message is a sentence for people; `status` is 0 where nobody answered. */
  class Said extends Error {
    constructor(sentence, status, closed = false) {
      super(sentence);
      this.status = status;
      this.closed = closed;
    }
  }

  const ask = async (path, { body, type = "application/json", method, token = known?.token } = {}) => {
    const headers = { ...(token && { "X-Classroom": token }), ...(body !== undefined && { "Content-Type": type }) };
    let answer;
    try {
      answer = await fetch(new URL(path, site), { method: method ?? (body === undefined ? "GET" : "POST"), headers, body, cache: "no-store" });
    } catch {
      throw new Said("The server does not answer. Try again in a moment.", 0);
    }
    if (answer.status === 204) return null;
    const content = await answer.json().catch(() => ({}));
    if (answer.ok) return content;
    throw new Said(content.sentence ?? content.detail ?? "The server could not do this.", answer.status, content.closed);
  };
  const send = (act, content) => {
    if (!known) return Promise.reject(new Said("You are in no class. Join one with its code.", 0));
    return ask(`class/${known.code}/${act}`, { body: JSON.stringify(content) });
  };

  const classroom = {
    now: null, // what the server last said, see Classroom.for_student
    state: "out", // or "in", or "away" while the class is not to be found
    site: site.href,
    el,
    watchers: [],

    get joined() {
      return Boolean(known);
    },
    get code() {
      return known?.code ?? "";
    },

    /** Into a class by its code; with the token of before, if it is the same class. */
    async join(code) {
      const token = known?.code === code ? known.token : "";
      const body = JSON.stringify({ code, token });
      const answer = await ask("join", { body, token: "" });
      remember({ code: answer.code, token: answer.token, seen: known?.code === answer.code ? known.seen : 0 });
      take(answer.now);
      poll();
    },

    /** Out of the class, and everything of this site out of the browser. */
    async leave() {
      const body = JSON.stringify(known ?? {});
      remember(null);
      clearTimeout(timer);
      take(null, "out");
      forget();
      try {
        await ask("leave", { body, token: "" });
      } catch {
        // the class itself may be gone already
      }
    },

    /** Tell the teacher's page how far this student is; at most once a second. */
    step(lesson, step, of) {
      if (!known) return;
      const waits = later !== null;
      later = { lesson, step, of };
      if (waits) return;
      setTimeout(() => {
        const told = later;
        later = null;
        send("step", told).catch(() => {});
      }, 300);
    },

    guess: (question, answer) => send("guess", { question, answer: String(answer) }),
    async tally(question) {
      if (!known) return {};
      return (await ask(`class/${known.code}/tally?question=${encodeURIComponent(question)}`)).answers;
    },
    ballot: (vote, side) => send("ballot", { vote, side }),
    hang: (content) => send("hang", content),
    handIn: (html) => ask(`class/${known.code}/sheet`, { body: html, type: "text/html" }),
    picture: (name) => new URL(`class/${known?.code}/picture/${name}`, site).href,

    /** Called when the teacher shows something: {number, kind, title, address}. */
    onpush: (preset) => notice(preset),

    /** Call back with what the server says whenever that changes, and once now. */
    watch(heard) {
      classroom.watchers.push(heard);
      if (known) heard(classroom.now, classroom.state);
    },

    /** Where a pushed preset is found. */
    address: (path) => new URL(path, site).href,

    /** Go where a pushed preset is; the same page with another end of its address is read anew. */
    open(path) {
      const target = new URL(path, site);
      const same = target.pathname === location.pathname && target.search === location.search;
      location.assign(target);
      if (same) location.reload();
    },
  };
  window.classroom = classroom;

  let timer = 0;
  let later = null;
  let asked = 0; // a number for each round, so that an old one does not go on beside a new one

  function take(now, state = now ? "in" : classroom.state) {
    const changed = now !== classroom.now || state !== classroom.state;
    [classroom.now, classroom.state] = [now, state];
    if (!changed) return;
    bar();
    for (const heard of classroom.watchers) heard(now, state);
    const push = now?.push;
    if (push && known && push.number !== known.seen) {
      remember({ ...known, seen: push.number });
      classroom.onpush(push);
    }
  }

  async function poll() {
    const mine = ++asked;
    clearTimeout(timer);
    if (!known) return;
    let wait = document.hidden ? POLL.hidden : POLL.quick;
    try {
      const now = await ask(`class/${known.code}/now?v=${encodeURIComponent(classroom.now?.v ?? "")}`);
      if (mine !== asked) return;
      if (now && "closed" in now) throw new Said(now.sentence, 404, now.closed);
      if (now) take(now);
      else if (classroom.state !== "in") take(classroom.now, "in");
    } catch (error) {
      if (mine !== asked) return;
      wait = POLL.away;
      if (error.closed || error.status === 403) {
        remember(null);
        take(null, "out");
        return;
      }
      take(classroom.now, "away");
    }
    timer = setTimeout(poll, wait * (0.9 + 0.2 * Math.random()));
  }

  /** Everything that this site keeps in a browser, for whoever uses it next. */
  function forget() {
    for (const store of ["localStorage", "sessionStorage"]) {
      try {
        for (const key of Object.keys(window[store])) if (key.startsWith("playground")) window[store].removeItem(key);
      } catch {
        // nothing is kept where nothing may be
      }
    }
    for (const cookie of document.cookie.split(";")) {
      const name = cookie.split("=")[0].trim();
      if (name.startsWith("playground")) document.cookie = `${name}=; path=/; max-age=0`;
    }
  }

  // The bar: on pages that are not the class's own

  const own = document.querySelector(".class-page") !== null;
  const still = new URLSearchParams(location.search).has("projector");
  let element = null;

  function bar() {
    if (own || still) return;
    if (!known) {
      element?.remove();
      element = null;
      return;
    }
    if (!element) build();
    const vote = classroom.now?.vote;
    const asks = vote?.open && vote.mine === null;
    element.querySelector(".classroom-bar-state").textContent = classroom.state === "away" ? `Class ${known.code}: not open just now` : `Class ${known.code}`;
    const page = element.querySelector(".classroom-bar-page");
    page.textContent = asks ? "Vote now: A or B" : "Class page";
    page.toggleAttribute("data-asks", Boolean(asks));
  }

  function build() {
    const says = el("span", { class: "classroom-bar-says", role: "status" });
    const main = document.querySelector("#front[data-class-script]"); // whose address holds its results
    const wall = main && el("button", { type: "button", class: "ghost", onclick: () => toWall(says) }, "Send to the wall");
    const page = el("a", { class: "ghost classroom-bar-page", href: classroom.address("join") }, "Class page");
    element = el("aside", { class: "classroom-bar", "aria-label": "Your class" }, el("span", { class: "classroom-bar-state" }), says, wall, page);
    style();
    const head = document.querySelector("#front > .masthead");
    if (head) head.after(element);
    else document.body.prepend(element);
  }

  /** The result that the address bar holds; every run puts its own there. */
  async function toWall(says) {
    const link = new URLSearchParams(location.search).get("recipe");
    if (!link) {
      says.textContent = "Write or draw something first.";
      return;
    }
    says.textContent = "Sending …";
    try {
      await classroom.hang({ link });
      says.textContent = "Sent. It shows once your teacher approves it.";
    } catch (error) {
      says.textContent = error.message;
    }
  }

  function notice(push) {
    if (own || still) return; // there it stands on the page anyway
    style();
    document.querySelector(".class-notice")?.remove();
    const away = () => shown.remove();
    const open = el("button", { type: "button", class: "primary", onclick: () => (away(), classroom.open(push.address)) }, "Open it");
    const later_ = el("button", { type: "button", class: "ghost", onclick: away }, "Not now");
    const words = el("p", {}, el("b", {}, "Your teacher shows: "), push.title);
    const shown = el("aside", { class: "class-notice", role: "status" }, words, el("div", { class: "class-row" }, open, later_));
    document.body.append(shown);
  }

  function style() {
    if (document.querySelector('link[href*="class.css"]')) return;
    document.head.append(el("link", { rel: "stylesheet", href: classroom.address("shipped/class.css") }));
  }

  document.addEventListener("visibilitychange", () => known && !document.hidden && poll());
  if (known) {
    classroom.state = "in";
    bar();
    poll();
  }
})();
