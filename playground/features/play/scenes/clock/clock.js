// The clock: the time in digits that three families draw, live once the engine is awake.
"use strict";

play.scene("clock", (root) => {
  const { colours, models } = JSON.parse(document.getElementById("clock-facts").textContent);
  const recorded = play.pack("clock");
  const line = root.querySelector(".clock-line");
  const field = root.querySelector("#clock-number");
  const button = root.querySelector("#clock-draw");
  const rows = models.map((model) => {
    const card = root.querySelector(`[data-model=${model.id}]`);
    return { model, state: card.querySelector(".state"), tiles: [...card.querySelectorAll(".tile")], figures: card.querySelector(".figures"), card };
  });
  let running = []; // what can be stopped
  let turn = 0; // of the digits that are shown: what comes of earlier ones comes too late
  let own = false; // the visitor's number is shown, not the time

  const now = () => new Date().toTimeString().slice(0, 5);
  const digitsOf = (text) => [...text].filter((c) => c >= "0" && c <= "9").map(Number);

  /** Leave so many tiles in every row, and none with a picture of what is not asked for now. */
  function prepare(digits) {
    for (const row of rows)
      row.tiles.forEach((tile, place) => {
        tile.hidden = place >= digits.length;
        if (tile.dataset.digit !== String(digits[place])) tile.replaceChildren();
        tile.dataset.digit = digits[place];
      });
  }

  function put(row, place, event) {
    const tile = row.tiles[place];
    const [ink, paper] = colours[tile.dataset.digit];
    const alt = `${ink} ${tile.dataset.digit} on ${paper}, ${row.model.name}`;
    const image = tile.querySelector("img") ?? play.el("img", { decoding: "sync" });
    image.src = event.frame.tiles[0];
    image.alt = alt;
    tile.replaceChildren(image);
  }

  /** One row's progress: how many of its tiles have come to an end, and how long they took. */
  function taker(row, digits) {
    let left = digits.length;
    let ms = 0;
    let source = play.LIVE;
    return (place, event) => {
      if (event.start) source = event.start.replayed ? play.REPLAYED : play.LIVE;
      if (event.frame) {
        put(row, place, event);
        ms += event.frame.ms;
      }
      const drawing = event.frame && !event.frame.last;
      play.showState(row.state, event, drawing ? play.at(source, event.frame.label) : source);
      row.card.toggleAttribute("data-busy", left > 0);
      if (event.fail) row.figures.textContent = event.fail.sentence;
      if (!event.end && !event.fail) return;
      left -= 1;
      if (left) return;
      row.card.removeAttribute("data-busy");
      if (event.end === "finished") row.figures.textContent = `${duration(ms / digits.length)} a picture`;
    };
  }

  const duration = (ms) => (ms < 1000 ? `${play.number(ms, 2)} ms` : `${play.number(ms / 1000, 2)} s`);

  /** Show recorded pictures of these digits. */
  async function replay(digits) {
    const mine = ++turn;
    const { runs } = await recorded;
    if (mine !== turn) return;
    prepare(digits);
    running = rows.flatMap((row) => {
      const take = taker(row, digits);
      return digits.map((digit, place) => play.replay(runs[`${row.model.id}-${digit}`], (event) => mine === turn && take(place, event)));
    });
    await Promise.all(running.map((run) => run.done));
  }

  /** Ask the engine; the same digits, the same minute and the same place give the same picture. */
  async function draw(digits, seed) {
    const mine = ++turn;
    const asked = rows.flatMap((row) => digits.map((digit, place) => [row, digit, place]));
    const requests = asked.map(([{ model }, digit, place]) => {
      const [ink, paper] = colours[digit];
      const labels = model.reads ? {} : { digit, ink, paper };
      const prompt = model.reads ? model.captions[digit] : "";
      return { model: model.id, prompt, options: { count: 1, ...labels }, seed: seed + place };
    });
    const takers = new Map(rows.map((row) => [row, taker(row, digits)]));
    let failed = false;
    let begun = false;
    const run = play.run(requests, (i, event) => {
      if (mine !== turn) return; // somebody has asked for other digits meanwhile
      const [row, , place] = asked[i];
      failed ||= Boolean(event.fail);
      if (!begun && event.frame) {
        begun = true;
        prepare(digits);
      }
      takers.get(row)(place, event);
    }, own);
    running = [run];
    await run.done;
    return !failed;
  }

  function busy(on) {
    button.textContent = on ? "Stop" : "Draw my number";
    button.dataset.running = on ? "yes" : "";
  }

  /** Live where that can be had; else what was recorded of these digits. */
  async function show(digits, seed) {
    if (!play.live || !(await draw(digits, seed))) await replay(digits);
  }

  /** Take the time on: its digits. */
  function begin() {
    const time = now();
    own = false;
    root.dataset.time = time;
    say("Drawn");
    return digitsOf(time);
  }

  const say = (how) => (line.textContent = `It is ${root.dataset.time}. ${how} three ways:`);

  /** The minute of the day decides the seed, so that all visitors share one run. */
  const seedOf = (time) => 4 * (60 * Number(time.slice(0, 2)) + Number(time.slice(3)));

  async function tick() {
    if (own || root.dataset.time === now() || document.hidden || button.dataset.running) return;
    const digits = begin();
    await show(digits, seedOf(root.dataset.time));
    if (!own && play.live) say("Drawn just now,");
  }

  async function drawNumber() {
    if (button.dataset.running) {
      running.forEach((run) => run.stop());
      return;
    }
    const digits = digitsOf(field.value).slice(0, 4);
    if (!digits.length) {
      line.textContent = "Write one to four digits first.";
      field.focus();
      return;
    }
    own = true;
    running.forEach((run) => run.stop()); // the time, if that is being drawn
    busy(true);
    line.textContent = `Your number, ${digits.join("")}, drawn three ways:`;
    const seed = Math.floor(Math.random() * 10000);
    await show(digits, seed);
    busy(false);
    play.say(`${digits.join("")} drawn by ${rows.map((row) => row.model.name).join(", ")}.`);
  }

  button.addEventListener("click", drawNumber);
  field.addEventListener("keydown", (event) => event.key === "Enter" && drawNumber());

  (async () => {
    const digits = begin();
    await replay(digits);
    root.dataset.moved = "";
    if (play.live && !own) await show(digits, seedOf(root.dataset.time));
    if (play.live && !own) say("Drawn just now,");
    setInterval(tick, 1000);
  })();
});
