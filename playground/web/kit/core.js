// What every scene of the first page is made of. A scene is one file beside this one:
//
//   play.scene("clock", (root, scene) => { … })
//
// It builds its own elements into `root` when it comes near the screen. It gets its results by
// `play.run`, live from the engine or, where there is none, from the replay pack; both come as the
// same events, see recording.py. What models write becomes text nodes, never markup.
"use strict";

const play = {
  live: document.getElementById("front").hasAttribute("data-live"),
  visitor: Math.random().toString(36).slice(2) + Date.now().toString(36),
  still: matchMedia("(prefers-reduced-motion: reduce)").matches,
  replayLimit: 4000, // milliseconds
  bits: [1, 2, 4, 6], // from so many on a letter has a bar of class s1, s2, s3, s4
  packs: {},

  el: playground.el,

  /** The shape of a family, drawn in the current colour. */
  shape(family) {
    return document.getElementById(`shape-${family}`).content.firstElementChild.cloneNode(true);
  },

  /** Build a scene once it comes near the screen. */
  scene(name, build) {
    const root = document.getElementById(`scene-${name}`);
    if (!root) return;
    const begin = () => {
      root.dataset.ready = "";
      build(root);
    };
    if (root.hasAttribute("data-first")) return begin();
    const watch = new IntersectionObserver(
      (seen) => {
        if (!seen.some((entry) => entry.isIntersecting)) return;
        watch.disconnect();
        begin();
      },
      { rootMargin: "400px" },
    );
    watch.observe(root);
  },

  /** One part of the pack; fetched by a script element, which works without a server, too. */
  pack(part) {
    play.packs[part] ??= new Promise((resolve, reject) => {
      const inline = document.getElementById(`pack-${part}`);
      if (inline) return resolve(JSON.parse(inline.textContent));
      (play.unpacking ??= {})[part] = resolve;
      const script = play.el("script", { src: `${play.parts}${part}.js` });
      script.onerror = () => reject(new Error("This part of the page could not be fetched."));
      document.head.append(script);
    });
    return play.packs[part];
  },
  parts: document.getElementById("front").dataset.parts,

  /** Called by the script of a part. */
  unpack(part, content) {
    play.unpacking[part](content);
  },

  /**
   * Let models work. `requests` are {model, prompt, options, seed}; `take(i, event)` is called with
   * every event of each. Resolves when all have ended; `stop()` of what is returned ends them.
   * With `keep`, for what somebody asked for by hand, they go into the history and the lab sheet.
   */
  run(requests, take, keep = false) {
    const ending = new AbortController();
    const seen = keep && window.sitting?.watch();
    const told = (i, event) => {
      seen?.(i, event);
      take(i, event);
    };
    const done = play.request(requests, seen ? told : take, ending.signal, keep).catch((error) => {
      if (ending.signal.aborted) requests.forEach((_, i) => take(i, { end: "stopped" }));
      else requests.forEach((_, i) => take(i, { fail: { sentence: "The server does not answer. Try again in a moment.", again: true } }));
      return error;
    });
    return { done, stop: () => ending.abort() };
  },

  async request(requests, take, signal, keep = false) {
    const body = JSON.stringify({ visitor: play.visitor, runs: requests, ...(keep && { keep }) });
    const answer = await fetch("live", { method: "POST", headers: { "Content-Type": "application/json" }, body, signal });
    if (!answer.ok) {
      const { sentence } = await answer.json().catch(() => ({}));
      requests.forEach((_, i) => take(i, { fail: { sentence: sentence ?? "The server could not do this.", again: !sentence } }));
      return;
    }
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      for (const line of lines) take(...JSON.parse(line));
    }
  },

  /**
   * Show a recorded run again at the pace it had, in at most four seconds; at once for who wants no
   * motion. Returns the same as `run`.
   */
  replay(recorded, take) {
    let stopped = false;
    const events = [...play.paced(recorded.events)];
    const whole = events.reduce((sum, [ms]) => sum + ms, 0);
    const speed = play.still ? 0 : Math.min(1, play.replayLimit / Math.max(1, whole));
    const show = async () => {
      take({ start: recorded.start });
      for (const [ms, event] of events) {
        if (speed) await play.wait(ms * speed);
        if (stopped) return take({ end: "stopped" });
        take(event);
      }
      take({ end: "finished" });
    };
    return { done: show(), stop: () => (stopped = true) };
  },

  /** Events with the milliseconds before each; letters in the lumps that a screen can show. */
  *paced(events) {
    for (const event of events) {
      if (event.frame) yield [event.frame.ms, event];
      else if (event.letters) {
        let lump = [];
        let ms = 0;
        for (const letter of event.letters) {
          lump.push(letter);
          ms += Math.max(letter[3], 12); // a letter a frame at most would be too fast to follow
          if (ms < 83) continue;
          yield [ms, { letters: lump }];
          [lump, ms] = [[], 0];
        }
        if (lump.length) yield [ms, { letters: lump }];
      } else yield [0, event];
    }
  },

  wait(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  },

  /** The mark and the words of a card's state. */
  state(element, kind, mark, words) {
    element.dataset.state = kind;
    element.replaceChildren(...(mark ? [play.el("i", { "aria-hidden": "true" }, mark), " "] : []), words);
  },

  /** The state that an event puts a card into; true if it does. */
  showState(element, event, source) {
    if (event.start) play.state(element, ...(event.start.replayed ? play.REPLAYED : play.LIVE));
    else if (event.wait) play.state(element, "waiting", event.wait.mark, event.wait.words);
    else if (event.fail) play.state(element, "failed", "✕", "did not work");
    else if (event.end === "stopped") play.state(element, "stopped", "■", "stopped");
    else if ((event.letters || event.frame) && source) play.state(element, ...source);
  },
  LIVE: ["live", "●", "live"],
  REPLAYED: ["replayed", "↻", "replayed, recorded run"],

  /** The same with a word on how far it has come, which leaves room for few others. */
  at([kind, mark], label) {
    return [kind, mark, `${kind} · ${label}`];
  },

  /** Bits of surprise of an event of this probability. */
  surprise(probability) {
    return -Math.log2(Math.max(probability, 1e-12));
  },

  /** One letter with the bar of its surprise, as the text place shows it. */
  letter([piece, probability, rank]) {
    const level = play.bits.filter((limit) => play.surprise(probability) >= limit).length;
    const classes = ["t", level && `s${level}`, rank >= 10 && "r", piece === "\n" && "n"].filter(Boolean);
    return play.el("b", { class: classes.join(" ") }, piece);
  },

  /** A picture in a tile. */
  tile(source, alt) {
    return play.el("span", { class: "tile" }, play.el("img", { src: source, alt, decoding: "sync" }));
  },

  /** What saves a picture of a result with a code to scan; null where nobody can draw it. */
  postcard(link) {
    if (!play.live || !link) return null;
    const href = `postcard.png?recipe=${encodeURIComponent(link)}`;
    return play.el("a", { class: "ghost", href, download: `postcard-${link.slice(-8)}.png` }, "Postcard");
  },

  /** What can be done with a finished result; nothing without a link, as recorded runs are. */
  sharing(link) {
    const copy = link && play.el("button", { type: "button", class: "ghost", "data-link": link }, "Copy link");
    return play.live && link ? [copy, play.postcard(link)] : [];
  },

  /** A number with at most three significant digits. */
  number(value, digits = 3) {
    return Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 6 });
  },

  /** Tell a screen reader, once, what has ended. */
  say(words) {
    document.getElementById("page-said").textContent = words;
  },

  /** A heading and a line below it, which every scene begins with. */
  heading(title, line) {
    return play.el("header", { class: "scene-heading" }, play.el("h2", {}, title), play.el("p", {}, line));
  },

  /** A card of one family with its state; what is shown goes into `stage`. */
  card(family, name, about = "") {
    const state = play.el("span", { class: "state" });
    const stage = play.el("div", { class: "stage-of-play" });
    const head = play.el("header", { class: "heading", "data-family": family }, play.shape(family), play.el("h3", {}, name), state, about && play.el("p", { class: "about" }, about));
    const element = play.el("section", { class: "card family", "data-family": family, "aria-label": name }, head, stage);
    return { element, state, stage };
  },
};

window.play = play;
