// A lesson, one step at a time: keys and buttons, guesses before answers, and recipes carried out
// live. What models write becomes text nodes, never markup; what the lesson says was made into
// markup on the server, with everything escaped.
"use strict";

const lesson = {
  root: document.getElementById("front"),
  main: document.getElementById("lesson"),
  id: document.getElementById("front").dataset.lesson,
  world: JSON.parse(document.getElementById("lesson-world").textContent),
  projector: new URLSearchParams(location.search).has("projector"),
  steps: [],
  at: 0,
  presets: new Map(), // element -> what runs in it

  // What is kept: a lesson of one's own for as long as its tab is open, all others in this browser

  get key() {
    return `playground_lesson_${lesson.id}`;
  },

  get kept() {
    return memory.read(lesson.key) ?? {};
  },

  keep(changes) {
    memory.write(lesson.key, { ...lesson.kept, ...changes });
  },

  // Steps

  begin() {
    lesson.steps = [...lesson.main.querySelectorAll(".step")];
    lesson.main.querySelectorAll(".preset").forEach((element) => lesson.presets.set(element, buildPreset(element)));
    lesson.main.querySelectorAll(".question").forEach(ask);
    const asked = Number(new URLSearchParams(location.search).get("step") ?? lesson.kept.step ?? 1);
    const guesses = lesson.kept.guesses ?? {};
    for (const form of lesson.main.querySelectorAll(".question")) {
      if (form.dataset.id in guesses) reveal(form, guesses[form.dataset.id]);
    }
    lesson.show(Math.min(Math.max(1, Math.floor(asked) || 1), lesson.steps.length) - 1, false);
  },

  show(i, moved = true) {
    if (!lesson.steps[i]) return;
    lesson.at = i;
    lesson.steps.forEach((step, n) => (step.hidden = n !== i));
    const step = lesson.steps[i];
    const last = i === lesson.steps.length - 1;
    document.getElementById("lesson-back").disabled = i === 0;
    document.getElementById("lesson-next").textContent = last ? "Finish" : "Next";
    document.getElementById("lesson-place").textContent = `Step ${i + 1} of ${lesson.steps.length}`;
    document.getElementById("lesson-progress").value = (i + 1) / lesson.steps.length;
    const address = new URL(location.href);
    address.searchParams.set("step", i + 1);
    history.replaceState(history.state, "", address);
    lesson.keep({ step: i + 1 });
    setProjectorLink();
    step.querySelectorAll(".scene").forEach(startScene);
    if (moved) {
      scrollTo(0, 0);
      step.querySelector("h2").focus({ preventScroll: true });
    }
    if (window.classroom?.joined) window.classroom.step(lesson.id, i + 1, lesson.steps.length);
  },

  next() {
    const form = lesson.steps[lesson.at]?.querySelector(".question");
    if (lesson.projector && form && !form.dataset.done) return reveal(form, null);
    if (lesson.at === lesson.steps.length - 1) return location.assign(new URL("lessons", document.baseURI));
    lesson.show(lesson.at + 1);
  },

  back() {
    lesson.show(lesson.at - 1);
  },

  press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const ways = { PageDown: lesson.next, ArrowRight: lesson.next, PageUp: lesson.back, ArrowLeft: lesson.back };
    const way = ways[event.key];
    const writes = event.target.closest?.("input, select, textarea, [contenteditable], [role=listbox], [role=option]");
    const arrow = event.key.startsWith("Arrow");
    if (!way || !lesson.steps.length || (writes && (arrow || event.target.matches("textarea")))) return;
    if (arrow && event.target.closest?.(".scene, .stage, .table")) return; // these have arrows of their own
    event.preventDefault();
    way();
  },
};

/** What this browser keeps; one that keeps nothing still shows lessons. */
const memory = {
  own: "playground_own_lesson",
  level: "playground_level",

  store(key) {
    return key !== memory.level && lesson.id === "own" ? sessionStorage : localStorage;
  },

  read(key) {
    try {
      return JSON.parse(memory.store(key).getItem(key));
    } catch {
      return null;
    }
  },

  /** Keep a value; null forgets it. */
  write(key, value) {
    try {
      if (value === null) memory.store(key).removeItem(key);
      else memory.store(key).setItem(key, JSON.stringify(value));
    } catch {
      // it may refuse: nothing here depends on it
    }
  },
};

/** The script of a scene is run when a step first shows it. */
function startScene(element) {
  const source = document.querySelector(`script[data-scene="${element.id.replace("scene-", "")}"]`);
  if (!source || element.dataset.started) return;
  element.dataset.started = "yes";
  document.body.append(Object.assign(document.createElement("script"), { textContent: source.textContent }));
  playground.startScenes();
}

function setProjectorLink() {
  const link = document.getElementById("lesson-projector");
  const address = new URL(location.href);
  if (lesson.projector) address.searchParams.delete("projector");
  else address.searchParams.set("projector", "1");
  link.href = address.href;
  link.textContent = lesson.projector ? "Leave projector" : "Projector";
}

// Guesses

function ask(form) {
  const slider = form.querySelector("input[type=range]");
  if (slider) {
    const about = JSON.parse(form.dataset.question);
    const output = form.querySelector("output");
    const show = () => (output.textContent = withUnit(slider.value, about.unit));
    slider.addEventListener("input", show);
    show();
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = slider ?? form.querySelector("input:checked");
    if (!chosen) return say(form, "Choose one first: a guess costs nothing.");
    guess(form, chosen.value);
  });
  form.querySelector(".question-skip").addEventListener("click", () => reveal(form, null));
}

function guess(form, answer) {
  lesson.keep({ guesses: { ...(lesson.kept.guesses ?? {}), [form.dataset.id]: answer } });
  const told = window.classroom?.joined ? window.classroom.guess(form.dataset.id, answer) : null;
  reveal(form, answer, told);
  if (!told) return;
  Promise.resolve(told).catch(() => null).then(() => showClass(form));
}

function say(form, words) {
  const box = form.querySelector(".question-answer");
  box.hidden = false;
  form.querySelector(".question-said").textContent = words;
  form.querySelector(".question-why").hidden = true;
}

const withUnit = (value, unit) => (unit ? `${value} ${unit}` : `${value}`);

/** Show the answer, and all that stands below it. Without a guess `answer` is null. */
function reveal(form, answer) {
  const about = JSON.parse(form.dataset.question);
  form.dataset.done = "yes";
  for (const input of form.querySelectorAll("input")) {
    if (input.type === "radio") input.checked = input.value === answer;
    else if (answer !== null) input.value = answer;
    input.disabled = true;
    input.dispatchEvent(new Event("input"));
    const label = input.closest("label");
    if (label && input.value === about.answer) label.dataset.mark = "right";
    else if (label && input.value === answer && about.answer) label.dataset.mark = "wrong";
  }
  form.querySelector(".question-ask").hidden = true;
  say(form, verdict(about, answer));
  form.querySelector(".question-why").hidden = false;
  const step = form.closest(".step");
  step.querySelectorAll(".preset").forEach((element) => lesson.presets.get(element)?.unblind());
  const after = step.querySelector(".after");
  after.hidden = false;
  after.querySelectorAll(".scene").forEach((scene) => step.hidden || startScene(scene));
  if (!step.hidden) after.querySelectorAll(".preset").forEach((element) => lesson.presets.get(element)?.start());
  if (window.classroom?.joined) showClass(form);
}

function verdict({ answer, unit, number }, guessed) {
  const right = withUnit(answer, unit);
  if (!answer) return guessed === null ? "There is no right or wrong here." : `You said “${guessed}”. There is no right or wrong here.`;
  if (number) return guessed === null ? `The answer: ${right}.` : `You said ${withUnit(guessed, unit)}. It is ${right}.`;
  if (guessed === null) return `The answer: “${right}”.`;
  return guessed === answer ? `✓ You were right: “${right}”.` : `You said “${guessed}”. The answer: “${right}”.`;
}

/** How the class guessed, where there is one. */
async function showClass(form) {
  const tally = await Promise.resolve(window.classroom.tally(form.dataset.id)).catch(() => null);
  const place = form.querySelector(".question-class");
  const entries = Object.entries(tally ?? {}).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  const whole = entries.reduce((sum, [, count]) => sum + count, 0);
  if (!whole) return place.replaceChildren();
  const bars = entries.map(([answer, count]) =>
    play.el("div", { class: "class-bar" }, play.el("span", { translate: "no" }, answer), play.el("progress", { max: whole, value: count, "aria-label": answer }), play.el("b", {}, `${count}`)),
  );
  place.replaceChildren(play.el("h3", {}, "How your class guessed"), ...bars);
}

// Recipes

/** What the button of a preset says, at first and from then on, and what an empty text says of it. */
const ACTS = {
  read: { first: "Read", again: "Read again", empty: "Press Read." },
  write: { first: "Write", again: "Write again", empty: "Press Write." },
  draw: { first: "Draw", again: "Draw again", empty: "" },
};

/** One preset: what can be changed, one button, and a card for each recipe. */
function buildPreset(root) {
  const preset = JSON.parse(root.dataset.preset);
  const writes = preset.runs.some(({ kind }) => kind === "text");
  const act = ACTS[preset.runs.every(({ task }) => task === "score") ? "read" : writes ? "write" : "draw"];
  const asked = { seed: preset.runs[0].seed, prompt: preset.runs[0].prompt, concept: preset.concept && { ...preset.concept }, options: {} };
  let blind = preset.blind;
  let running = null;

  const cards = preset.runs.map((run, i) => card(run, "ABCDEF"[i]));
  const button = play.el("button", { type: "button", class: "primary", onclick: () => (running ? running.stop() : start()) }, act.first);
  const controls = [...new Set([...preset.show, ...preset.lock])].map(control).filter(Boolean);
  root.append(
    play.el("div", { class: "preset-ask" }, ...controls, button),
    play.el("div", { class: `grid preset-grid of-${cards.length}` }, ...cards.map(({ element }) => element)),
  );
  const own = { start: () => running || root.dataset.ran || start(), unblind };
  return own;

  function request(run) {
    const names = run.controls.map(({ name }) => name);
    const options = { ...run.options };
    for (const [name, value] of Object.entries(asked.options)) if (names.includes(name)) options[name] = value;
    const { concept } = asked;
    if (concept && names.includes("digit")) Object.assign(options, concept);
    const changed = (name) => preset.show.includes(name);
    const prompt = run.reads && changed("prompt") ? asked.prompt : run.reads && concept && changed("concept") ? caption(concept) : run.prompt;
    return { model: run.model, task: run.task, prompt, options, seed: changed("seed") ? asked.seed : run.seed };
  }

  function start() {
    root.dataset.ran = "yes";
    const requests = preset.runs.map(request);
    cards.forEach((each, i) => each.clear(requests[i]));
    button.textContent = "Stop";
    root.setAttribute("aria-busy", "true");
    running = play.run(requests, (i, event) => cards[i].take(event));
    running.done.then(() => {
      running = null;
      button.textContent = act.again;
      root.removeAttribute("aria-busy");
      if (!root.closest("[hidden]")) play.say(cards.map((each) => each.said()).join(" "));
    });
  }

  function unblind() {
    blind = false;
    cards.forEach((each) => each.name());
  }

  // One control, shown or locked

  function control(name) {
    const locked = !preset.show.includes(name);
    if (name === "concept") return concept(locked);
    const known = preset.runs.flatMap(({ controls: all }) => all).find((each) => each.name === name);
    if (name === "seed") return field("Seed", play.el("input", { type: "number", min: 0, max: 4294967295, step: 1, value: asked.seed, disabled: locked, oninput: ({ target }) => target.value && (asked.seed = +target.value) }), locked);
    if (name === "prompt") return field("Prompt", play.el("input", { type: "text", value: asked.prompt, maxlength: 300, disabled: locked, oninput: ({ target }) => (asked.prompt = target.value) }), locked, "wide");
    if (!known) return null;
    const value = preset.runs.find(({ options }) => name in options)?.options[name];
    if (known.kind === "choice") return field(known.label, choice(known.choices, value, locked, (chosen) => (asked.options[name] = chosen)), locked);
    return field(known.label, number(known, value, locked, name), locked);
  }

  function number({ low, high, step, label }, value, locked, name) {
    const output = play.el("output", {}, `${value}`);
    const take = ({ target }) => {
      output.textContent = target.value;
      asked.options[name] = +target.value;
    };
    const input = play.el("input", { type: "range", min: low, max: high, step: step ?? "any", value, disabled: locked, "aria-label": label, oninput: take });
    return play.el("span", { class: "preset-range" }, input, output);
  }

  function choice(choices, value, locked, take) {
    const options = choices.map((each) => play.el("option", { value: each, selected: `${each}` === `${value}` }, `${each}`));
    return play.el("select", { disabled: locked, onchange: ({ target }) => take(target.value) }, ...options);
  }

  function concept(locked) {
    const { digit, ink, paper } = asked.concept;
    const all = [["Digit", lesson.world.digits.map((_, i) => `${i}`), `${digit}`, (chosen) => (asked.concept.digit = +chosen)], ["Ink", lesson.world.colours, ink, (chosen) => (asked.concept.ink = chosen)], ["Paper", lesson.world.colours, paper, (chosen) => (asked.concept.paper = chosen)]];
    return play.el("span", { class: "preset-concept" }, ...all.map(([words, choices, value, take]) => field(words, choice(choices, value, locked, take), locked)));
  }

  function field(words, input, locked, more = "") {
    return play.el("label", { class: `preset-field ${more}` }, play.el("span", {}, locked ? `${words} · locked here` : words), input);
  }

  function caption({ digit, ink, paper }) {
    return `a ${ink} ${lesson.world.digits[digit]} on a ${paper} background`;
  }

  // One card

  function card(run, letter) {
    const text = run.kind === "text";
    const short = run.task === "score" || run.options.length <= 80;
    const state = play.el("span", { class: "state" });
    const head = play.el("header", { class: "heading" });
    const flow = play.el("div", { class: "flow" });
    const stage = text ? play.el("div", { class: "stage", tabindex: 0, role: "group", "aria-label": "Text", "data-short": short }, flow) : play.el("div", { class: "tiles" });
    const figures = play.el("p", { class: "figures" });
    const about = play.el("p", { class: "about" }); // what sets it apart from others of the same model
    const element = play.el("section", { class: `card family preset-card ${text ? "writes" : "draws"}` }, head, stage, figures);
    let request = null;
    let letters = [];
    let frame = null;
    let waiting = []; // what is drawn at the end for who wants no motion
    let failure = "";
    name();
    empty();
    tellApart(run.options);
    return { element, clear, take, name, said };

    function name() {
      const known = !blind;
      const words = known ? run.name : letter;
      const shape = known && document.getElementById(`shape-${run.family}`) ? play.shape(run.family) : play.el("span");
      for (const each of [element, head]) known ? (each.dataset.family = run.family) : delete each.dataset.family;
      element.setAttribute("aria-label", words);
      head.replaceChildren(shape, play.el("h3", {}, preset.blind && known ? `${letter} · ${run.name}` : words), state, about);
    }

    function tellApart(options) {
      const others = preset.runs.filter(({ model }) => model === run.model);
      const differs = ({ name: option }) => others.some((other) => `${other.options[option]}` !== `${run.options[option]}`);
      const facts = run.controls.filter(differs).map(({ label, name: option }) => play.el("span", {}, play.el("span", {}, label), ` ${options[option]}`));
      about.replaceChildren(...facts.flatMap((fact, i) => (i ? [" · ", fact] : [fact])));
      about.hidden = !facts.length;
    }

    function empty() {
      if (text) flow.replaceChildren(play.el("span", { class: "hint" }, act.empty));
      else stage.replaceChildren(...Array.from({ length: count() }, () => play.el("span", { class: "tile" })));
      stage.dataset.count = count();
    }

    function count() {
      const options = request?.options ?? run.options;
      return Number(options.frames ?? options.count ?? 4);
    }

    function clear(next) {
      request = next;
      tellApart(request.options);
      [letters, frame, waiting, failure] = [[], null, [], ""];
      figures.textContent = "";
      element.dataset.busy = "yes";
      play.state(state, "waiting", "◔", "waiting");
      if (!text) return empty();
      const prompt = request.task === "score" ? "" : request.prompt;
      flow.replaceChildren(...(prompt ? [play.el("span", { class: "prompt" }, prompt), play.el("i", { class: "rule" })] : []));
    }

    function take(event) {
      play.showState(state, event, play.LIVE);
      if (event.letters) write(event.letters);
      if (event.frame && (event.frame.last || !play.still)) draw(event.frame);
      if (event.fail) fail(event.fail.sentence);
      if (event.end || event.fail) finish(event);
    }

    function write(some) {
      letters.push(...some);
      if (play.still) waiting.push(...some);
      else flow.append(...some.map(play.letter));
    }

    function draw(shown) {
      frame = shown;
      stage.replaceChildren(...shown.tiles.map((source, i) => play.tile(source, alt(i))));
    }

    function alt(i) {
      const what = request.prompt || (asked.concept ? caption(asked.concept) : "a picture");
      return blind ? `${what}, ${letter}, picture ${i + 1}` : `${what}, ${run.name}, picture ${i + 1}`;
    }

    function fail(sentence) {
      failure = sentence;
      const words = play.el("p", { class: "failure" }, sentence);
      text ? flow.replaceChildren(words) : stage.replaceChildren(words);
    }

    function finish(event) {
      delete element.dataset.busy;
      flow.append(...waiting.splice(0).map(play.letter));
      if (event.end) figures.textContent = facts().join(" · ");
    }

    function facts() {
      const seed = `seed ${request.seed}`;
      if (text && letters.length) return [`${play.number(bits())} bits a letter`, `${play.number(mean(letters.map((each) => each[3])))} ms a letter`, ...(request.task === "score" ? [] : [seed])];
      return frame ? [frame.total === 1 ? "1 step" : `${frame.total} steps`, seed] : [];
    }

    function bits() {
      return mean(letters.flatMap(([piece, probability]) => (piece ? [play.surprise(probability)] : [])));
    }

    function said() {
      const words = blind ? letter : run.name;
      if (failure) return `${words}: ${failure}`;
      if (text) return letters.length ? `${words} finished, ${letters.length} letters, ${play.number(bits())} bits a letter.` : `${words} stopped.`;
      return frame?.last ? `${words} finished, ${frame.tiles.length} pictures.` : `${words} stopped.`;
    }
  }
}

const mean = (numbers) => numbers.reduce((sum, each) => sum + each, 0) / Math.max(1, numbers.length);

// A lesson of one's own

const own = {
  form: document.getElementById("lesson-own"),

  async open(name, text) {
    const answer = await fetch("lesson/own", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name, text }) }).catch(() => null);
    const content = await answer?.json().catch(() => null);
    if (!content?.html) return own.complain(name, content?.problems ?? [{ line: 0, sentence: content?.detail ?? "The server does not answer. Try again in a moment." }]);
    memory.write(memory.own, { name, text });
    document.getElementById("lesson-problems").replaceChildren();
    const heading = document.querySelector(".lesson-head h1");
    Object.assign(heading, { textContent: content.title, translate: false, lang: "" });
    document.getElementById("lesson-deeper").hidden = !content.deeper;
    lesson.main.innerHTML = content.html; // made by the server, with everything escaped
    lesson.presets.clear();
    lesson.root.dataset.open = "yes";
    lesson.begin();
  },

  complain(name, problems) {
    memory.write(memory.own, null);
    delete lesson.root.dataset.open;
    const lines = problems.map(({ line, sentence }) => play.el("li", {}, line ? `${name}, line ${line}: ${sentence}` : sentence));
    document.getElementById("lesson-problems").replaceChildren(play.el("p", {}, "This cannot be shown yet:"), play.el("ul", {}, ...lines));
  },

  start() {
    const input = document.getElementById("lesson-file");
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file) return;
      lesson.keep({ step: 1, guesses: {} });
      const address = new URL(location.href);
      address.searchParams.delete("step");
      history.replaceState(history.state, "", address);
      if (file.size > 100000) own.complain(file.name, [{ line: 0, sentence: "A lesson has at most 100 KB." }]);
      else await own.open(file.name, await file.text());
      input.value = ""; // so that the same file, mended, can be chosen again
    });
    const before = memory.read(memory.own);
    if (before) own.open(before.name, before.text);
  },
};

// The page

function setDeeper(deeper) {
  lesson.root.toggleAttribute("data-deeper", deeper);
  document.getElementById("lesson-deeper").setAttribute("aria-pressed", String(deeper));
  memory.write(memory.level, deeper ? "deeper" : "plain");
}

function startLesson() {
  if (lesson.projector) document.body.dataset.projector = "yes";
  document.getElementById("lesson-next").addEventListener("click", () => lesson.next());
  document.getElementById("lesson-back").addEventListener("click", () => lesson.back());
  document.getElementById("lesson-deeper").addEventListener("click", () => setDeeper(!lesson.root.hasAttribute("data-deeper")));
  document.getElementById("lesson-anew").addEventListener("click", () => {
    memory.write(lesson.key, null);
    const address = new URL(location.href);
    address.searchParams.delete("step");
    location.replace(address);
  });
  setDeeper(memory.read(memory.level) === "deeper");
  setProjectorLink();
  document.addEventListener("keydown", (event) => lesson.press(event));
  if (own.form) own.start();
  else lesson.begin();
}

document.getElementById("lesson-print")?.addEventListener("click", () => window.print());
if (lesson.id) startLesson();
window.lesson = lesson;
