// Memory: a made-up name comes three times in a text, and every model says how surprising each of
// its letters was. Below it stands what more context is worth, measured by an experiment in Claims.
"use strict";

looks.add("memory", (root, models) => {
  const MOST = 12; // letters of a name
  const CLAIM = root.parentElement.querySelector(".look-claim");
  const TIMES = ["1st time", "2nd time", "3rd time"];
  const words = (name) => `MARTIN:\nWho comes so late?\n\n${name}:\nA friend that means no harm.\n\nMARTIN:\nThen sit you by the fire.\n\n${name}:\nI thank you, sir.\n\nMARTIN:\nWhat news?\n\n${name}:\n`;

  const page = { running: null, asked: 0, cards: [] };
  const offered = [];

  const field = play.el("input", { id: "memory-name", type: "text", value: "ZORVANE", maxlength: MOST, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", oninput: check, onkeydown: (event) => event.key === "Enter" && press() });
  const wrong = play.el("p", { class: "failure", id: "memory-wrong", "aria-live": "polite" });
  const button = play.el("button", { type: "button", class: "ghost memory-read", onclick: press }, "Read it");
  const boxes = play.el("fieldset", { class: "memory-models" }, play.el("legend", {}, "Who reads it"));
  const text = play.el("p", { class: "memory-text" });
  const cards = play.el("div", { class: "memory-cards" });
  const table = play.el("div", { class: "table" });
  const later = play.el("p", { class: "says" });
  const said = play.el("p", { class: "memory-said", "aria-live": "polite" });

  root.append(
    play.el("div", { class: "memory-ask" }, play.el("label", { for: "memory-name" }, "A name that nobody has read"), field, button),
    wrong,
    boxes,
    later,
    text,
    cards,
    said,
    play.el("details", { class: "details" }, play.el("summary", {}, "Table"), table),
    play.el("p", { class: "says" }, "Bits a letter of the name: 0 is sure of it; 6 is as bad as drawing blindly from the 65 letters that the small models know. One text is one sample: try other names. Large transformers repeat what came before (Olsson et al. 2022); whether these do is what you see here."),
  );
  field.setAttribute("aria-describedby", "memory-wrong");
  if (CLAIM) CLAIM.append(repeating());
  root.closest("details").addEventListener("toggle", (event) => event.target.open && offer());
  models.filter((model) => !model.hub).forEach((model, i) => add(model, i < 2));
  offer();
  check();
  read();

  // Asking

  function add(model, ticked) {
    offered.push(model);
    const box = play.el("input", { type: "checkbox", value: model.id, checked: ticked });
    boxes.append(play.el("label", {}, box, model.name));
  }

  async function offer() {
    const here = await looks.here(models);
    here.filter((model) => !offered.includes(model)).forEach((model) => add(model, false));
    const missing = models.filter((model) => !here.includes(model)).map(({ name }) => name);
    later.textContent = missing.length ? `Not here yet: ${missing.join(", ")}. Fetch one on a card at the top, and it can read along.` : "";
  }

  /** The name in capitals; "" and a sentence while it cannot be used. */
  function check() {
    const name = field.value.trim().toUpperCase();
    const fits = /^[A-Z]{2,12}$/.test(name);
    wrong.textContent = fits ? "" : `Write a name of 2 to ${MOST} letters from A to Z, without spaces.`;
    field.setAttribute("aria-invalid", String(!fits));
    button.disabled = !fits && !page.running;
    if (fits) lay(name);
    return fits ? name : "";
  }

  /** The text with the name in its three places. */
  function lay(name) {
    const parts = words(name).split(name);
    text.replaceChildren(...parts.flatMap((part, i) => (i < parts.length - 1 ? [part, play.el("mark", {}, name)] : [part])));
  }

  function press() {
    if (page.running) page.running.stop();
    else read();
  }

  function read() {
    const name = check();
    const ids = [...boxes.querySelectorAll("input:checked")].map(({ value }) => value);
    if (!name) return field.focus();
    if (!ids.length) return (said.textContent = "Tick a model that is to read it.");
    const number = (page.asked += 1);
    page.cards = ids.map((id) => card(offered.find((model) => model.id === id), name));
    cards.replaceChildren(...page.cards.map(({ element }) => element));
    table.replaceChildren();
    said.textContent = "";
    button.textContent = "Stop";
    root.setAttribute("aria-busy", "true");
    const requests = ids.map((model) => ({ model, task: "score", prompt: words(name) }));
    page.running = play.run(requests, (i, event) => number === page.asked && page.cards[i].take(event));
    page.running.done.then(() => number === page.asked && rest(name));
  }

  function rest(name) {
    page.running = null;
    button.textContent = "Read it";
    root.removeAttribute("aria-busy");
    check();
    const done = page.cards.filter((one) => one.done());
    said.textContent = done.map((one) => one.sentence()).join(" ");
    if (done.length) table.replaceChildren(figures(done, name));
  }

  // One model

  function card(model, name) {
    const { element, state, stage } = play.card(model.family, model.name);
    const pieces = []; // [where it begins, event of a letter]
    let letters = 0;
    const whole = words(name);
    const places = [...whole.matchAll(new RegExp(name, "g"))].map(({ index }) => index);
    const rows = TIMES.map((time) => {
      const shown = play.el("span", { class: "memory-letters" }, play.el("span", { class: "hint" }, "…"));
      const figure = play.el("output", {});
      const bar = play.el("i", {});
      return { shown, figure, bar, element: play.el("div", { class: "memory-row" }, play.el("span", {}, time), shown, figure, play.el("span", { class: "memory-track" }, bar)) };
    });
    const axis = play.el("p", { class: "memory-axis", "aria-hidden": "true" }, play.el("span", {}, "0"), play.el("span", {}, ""));
    const sum = play.el("p", { class: "memory-sum" });
    stage.append(...rows.map((row) => row.element), axis, sum);
    element.classList.add("memory-card");

    /** Bits a letter of the name, each time; of a piece that lies across its edge, a part. */
    const bits = () =>
      places.map((start) => {
        const end = start + name.length;
        const own = pieces.map(([at, [piece, probability]]) => {
          const inside = Math.max(0, Math.min(end, at + piece.length) - Math.max(start, at));
          return inside ? (play.surprise(probability) * inside) / piece.length : 0;
        });
        return own.reduce((total, one) => total + one, 0) / name.length;
      });

    function take(event) {
      play.showState(state, event);
      if (event.fail) stage.replaceChildren(play.el("p", { class: "failure" }, event.fail.sentence), event.fail.again ? play.el("button", { type: "button", class: "ghost", onclick: read }, "Try again") : "");
      for (const letter of event.letters ?? []) {
        pieces.push([letters, letter]);
        letters += letter[0].length;
      }
      if (event.letters) draw();
    }

    function draw() {
      const all = bits();
      rows.forEach((row, time) => {
        const [start, end] = [places[time], places[time] + name.length];
        if (letters < end) return;
        const own = pieces.filter(([at, [piece]]) => at < end && at + piece.length > start);
        row.shown.replaceChildren(...own.map(([, letter]) => play.letter(letter)));
        row.figure.textContent = `${all[time].toFixed(1)} bits a letter`;
      });
      scale();
      if (done()) sum.textContent = sentence();
    }

    const done = () => letters === whole.length;
    const known = () => bits().filter((_, time) => letters >= places[time] + name.length);

    function sentence() {
      const [first, , third] = bits();
      const change = third / first;
      const verdict = change <= 0.5 ? "It has taken the name in." : change <= 0.85 ? "Some of it has stuck." : change < 1.15 ? "Next to nothing of it has stuck." : "It is more surprised than before.";
      return `${model.name}: ${first.toFixed(1)} bits a letter the first time, ${third.toFixed(1)} the third. ${verdict}`;
    }

    /** Bars of all models on one scale. */
    function size(most) {
      const all = known();
      rows.forEach((row, time) => row.bar.style.setProperty("width", `${all[time] === undefined ? 0 : (100 * all[time]) / most}%`));
      axis.lastChild.textContent = `${most} bits a letter`;
    }

    return { element, take, done, bits, known, sentence, size, name: model.name };
  }

  function scale() {
    const most = Math.max(1, Math.ceil(Math.max(...page.cards.flatMap((one) => one.known()), 0)));
    page.cards.forEach((one) => one.size(most));
  }

  function figures(done, name) {
    const head = play.el("tr", {}, ...["Bits a letter of " + name, ...TIMES].map((cell) => play.el("th", { scope: "col" }, cell)));
    const rows = done.map((one) => play.el("tr", {}, play.el("th", { scope: "row" }, one.name), ...one.bits().map((bits) => play.el("td", {}, bits.toFixed(2)))));
    return play.el("table", {}, play.el("thead", {}, head), play.el("tbody", {}, ...rows));
  }

  // The experiment

  function repeating() {
    const id = CLAIM.dataset.claim;
    const measure = () => {
      front.choose("claims");
      front.when(
        () => document.getElementById(`claims-run-${id}`),
        (run) => {
          document.getElementById(`claim-${id}`).scrollIntoView();
          if (![window.words.of("Stop"), "Stop"].includes(run.textContent.trim())) run.click();
          run.focus({ preventScroll: true });
        },
      );
    };
    const said = "In Claims this is measured again on this machine, with the time that is left, N, intervals and Stop.";
    return play.el("div", {}, play.el("button", { type: "button", class: "ghost", onclick: measure }, "Measure it here"), play.el("p", { class: "says" }, said));
  }
});
