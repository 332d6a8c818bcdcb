// Contact sheet: 64 pictures of one concept from every family, and how different they are. Distances
// are worked out here from the pixels; what real digits would have comes as numbers, see alike.py.
"use strict";

looks.add("sheet", (root, models) => {
  const [SIDE, LOT, LOTS] = [8, 16, 4];
  const SHEET = LOT * LOTS;
  const has = (model, name) => model.controls.some((control) => control.name === name);
  const real = fetch("shipped/alike.json").then((answer) => (answer.ok ? answer.json() : null), () => null);
  const sheets = models.filter((model) => has(model, "count")).map(sheetOf);

  let running = null;
  let asked = null;
  const slow = sheets.some(({ model }) => has(model, "steps"));
  const steps = play.el("select", { id: "sheet-steps", class: "ghost" }, ...[4, 8, 20].map((count) => play.el("option", { value: count, selected: count === 20 }, count)));
  const begin = play.el("button", { type: "button", class: "ghost sheet-begin", onclick: () => (running ? running.stop() : start()) }, "Draw the sheets");
  const progress = play.el("p", { class: "hint sheet-progress" }, `Nothing yet: ${SHEET} pictures each, of the digit and colours chosen above.`);
  const answers = play.el("div", { class: "sheet-answers" });
  root.append(
    play.el("div", { class: "sheet-ask" }, begin, slow ? play.el("label", { class: "sheet-choice", for: "sheet-steps" }, "Diffusion steps", steps) : null, progress),
    play.el("div", { class: "sheet-cards" }, ...sheets.map(({ card }) => card.element), answers),
  );

  // A sheet: its tiles are one tab stop, arrows move, Enter enlarges

  function sheetOf(model) {
    const card = play.card(model.family, model.name);
    const sheet = { model, card, place: 0, done: new Set(), failed: false, pair: [], measured: null };
    sheet.tiles = Array.from({ length: SHEET }, (_, i) => play.el("button", { type: "button", class: "tile", tabindex: i ? -1 : 0, disabled: true, "aria-label": `Picture ${i + 1}, nothing yet`, onclick: () => enlarge(sheet, i), onfocus: () => settle(sheet, i) }));
    sheet.failure = play.el("div", { "aria-live": "polite" });
    sheet.large = play.el("div", { class: "sheet-large" }, play.el("p", { class: "hint" }, "Press a picture to enlarge it."));
    const grid = play.el("div", { class: "sheet-grid", role: "group", "aria-label": `${SHEET} pictures by ${model.name}`, onkeydown: (event) => move(sheet, event) }, ...sheet.tiles);
    sheet.figure = play.el("p", { class: "figures sheet-figure" });
    card.stage.append(sheet.figure, sheet.failure, grid, sheet.large);
    return sheet;
  }

  function settle(sheet, place) {
    sheet.tiles[sheet.place].tabIndex = -1;
    sheet.place = place;
    sheet.tiles[place].tabIndex = 0;
  }

  function move(sheet, event) {
    const { place, tiles } = sheet;
    const row = place - (place % SIDE);
    const moves = { ArrowRight: place + 1, ArrowLeft: place - 1, ArrowDown: place + SIDE, ArrowUp: place - SIDE, Home: row, End: row + SIDE - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const to = moves[event.key];
    if (tiles[to] && !tiles[to].disabled) tiles[to].focus();
  }

  function enlarge(sheet, place) {
    const { model, measured, tiles } = sheet;
    const source = tiles[place].querySelector("img")?.src;
    if (!source) return;
    const about = [`Picture ${place + 1} of ${SHEET}, seed ${seedOf(place)}.`];
    const near = measured?.nearest.get(place);
    if (near) about.push(`Nearest to it is picture ${near.other + 1}, ${play.number(near.away)} of 255 away.`);
    const image = play.el("img", { src: source, alt: altOf(model, place) });
    sheet.large.replaceChildren(play.el("span", { class: "tile" }, image), play.el("p", {}, about.join(" ")));
    tiles.forEach((tile, i) => tile.setAttribute("aria-pressed", String(i === place)));
  }

  function seedOf(place) {
    return asked.seed + place;
  }

  function altOf({ name }, place) {
    return `${asked.digit}, ${asked.ink} on ${asked.paper}, ${name}, seed ${seedOf(place)}`;
  }

  // A run

  function start() {
    if (running) return;
    const form = looks.asked();
    asked = { ...form, seed: Math.min(form.seed, 2 ** 32 - SHEET), caption: looks.caption(form) };
    const requests = sheets.flatMap(({ model }) => Array.from({ length: LOTS }, (_, lot) => request(model, lot)));
    sheets.forEach(clear);
    answers.replaceChildren();
    begin.textContent = "Stop";
    root.setAttribute("aria-busy", "true");
    tell();
    running = play.run(requests, (i, event) => take(sheets[Math.floor(i / LOTS)], i % LOTS, event));
    running.done.then(conclude);
  }

  function request(model, lot) {
    const { digit, ink, paper } = asked;
    const wished = { count: LOT, steps: +steps.value, digit, ink, paper };
    const options = Object.fromEntries(Object.entries(wished).filter(([name]) => has(model, name)));
    return { model: model.id, prompt: model.can.includes("prompt") ? asked.caption : "", options, seed: asked.seed + lot * LOT };
  }

  function clear(sheet) {
    sheet.done.clear();
    Object.assign(sheet, { failed: false, measured: null });
    sheet.failure.replaceChildren();
    sheet.figure.textContent = "";
    sheet.large.replaceChildren(play.el("p", { class: "hint" }, "Press a picture to enlarge it."));
    for (let i = 0; i < SHEET; i += 1) empty(sheet, i);
    settle(sheet, 0);
  }

  function empty({ tiles }, place) {
    tiles[place].replaceChildren();
    tiles[place].disabled = true;
    tiles[place].classList.remove("alike");
    tiles[place].removeAttribute("aria-pressed");
    tiles[place].setAttribute("aria-label", `Picture ${place + 1}, nothing yet`);
  }

  function take(sheet, lot, event) {
    if (!event.end && !event.fail && !event.frame) play.showState(sheet.card.state, event);
    if (event.frame) draw(sheet, lot, event.frame);
    if (event.fail) fail(sheet, event.fail);
  }

  function draw(sheet, lot, frame) {
    frame.tiles.forEach((source, i) => {
      const place = lot * LOT + i;
      const tile = sheet.tiles[place];
      const image = tile.querySelector("img") ?? tile.appendChild(play.el("img", { alt: "", decoding: "sync" }));
      image.src = source;
      if (!frame.last) return;
      tile.disabled = false;
      tile.setAttribute("aria-label", `Picture ${place + 1}: ${altOf(sheet.model, place)}`);
      sheet.done.add(place);
    });
    play.state(sheet.card.state, "live", "●", `live · ${sheet.done.size} of ${SHEET}`);
    if (frame.last) tell();
  }

  function fail(sheet, failed) {
    sheet.failed = true;
    sheet.failure.replaceChildren(...looks.failure(failed, start));
  }

  function tell() {
    const there = sheets.reduce((sum, { done }) => sum + done.size, 0);
    progress.textContent = `${there} of ${SHEET * sheets.length} pictures are there.`;
  }

  async function conclude() {
    running = null;
    begin.textContent = "Draw the sheets";
    root.removeAttribute("aria-busy");
    tell();
    const known = await real;
    for (const sheet of sheets) await finish(sheet, known);
    if (sheets.some(({ measured }) => measured)) answers.replaceChildren(...answer(known));
    play.say(progress.textContent);
  }

  /** Keep what is finished, measure it, and mark the two most alike. */
  async function finish(sheet, known) {
    for (let i = 0; i < SHEET; i += 1) if (!sheet.done.has(i)) empty(sheet, i);
    const count = sheet.done.size;
    if (sheet.failed) play.state(sheet.card.state, "failed", "✕", "did not work");
    else if (count === SHEET) play.state(sheet.card.state, "live", "●", `finished · ${SHEET}`);
    else play.state(sheet.card.state, "stopped", "■", `stopped at ${count} of ${SHEET}`);
    if (count < 2) return;
    const places = [...sheet.done].sort((a, b) => a - b);
    const limit = known ? known.digits[asked.digit].limit * contrast(known) : 0;
    sheet.measured = measure(await Promise.all(places.map((i) => looks.pixels(sheet.tiles[i].querySelector("img")))), places, limit);
    sheet.measured.pair.forEach((place) => sheet.tiles[place].classList.add("alike"));
    sheet.figure.replaceChildren(...says(sheet.measured, known).map((words) => play.el("span", {}, words)));
  }

  function says({ count, different, mean, pair, least }, known) {
    const counted = known ? `${different} of ${count} different · ` : "";
    const twins = `Most alike, outlined: ${pair[0] + 1} and ${pair[1] + 1}, ${play.number(least)} apart`;
    return [`${counted}nearest other ${play.number(mean)} of 255 away on average`, twins];
  }

  // Figures

  /** Of pictures as colour values: how far each is from its nearest, and how many are different. */
  function measure(pictures, places, limit) {
    const nearest = pictures.map(() => ({ away: Infinity, other: -1 }));
    const part = pictures.map((_, i) => i);
    for (let a = 0; a < pictures.length; a += 1)
      for (let b = a + 1; b < pictures.length; b += 1) {
        const away = looks.difference(pictures[a], pictures[b]);
        if (away < nearest[a].away) nearest[a] = { away, other: b };
        if (away < nearest[b].away) nearest[b] = { away, other: a };
        if (away < limit) join(part, part[a], part[b]);
      }
    const away = nearest.map((near) => near.away);
    const least = Math.min(...away);
    const first = away.indexOf(least);
    return {
      count: places.length,
      different: new Set(part).size,
      mean: away.reduce((sum, value) => sum + value, 0) / away.length,
      least,
      pair: [places[first], places[nearest[first].other]],
      nearest: new Map(places.map((place, i) => [place, { away: away[i], other: places[nearest[i].other] }])),
    };
  }

  function join(part, one, other) {
    for (let i = 0; i < part.length; i += 1) if (part[i] === other) part[i] = one;
  }

  /** How far ink and paper are apart: what distances of strokes have to be multiplied by. */
  function contrast({ palette }) {
    return looks.difference(palette[asked.ink], palette[asked.paper]);
  }

  // The answer: a sentence on what is counted, and the table with real digits beside

  function answer(known) {
    const rows = sheets.filter(({ measured }) => measured).map(({ model, measured }) => [model.name, measured.count, known ? measured.different : "–", play.number(measured.mean), play.number(measured.least)]);
    if (known) rows.push(realRow(known));
    const heads = ["Family", "pictures", "different", "mean distance to the nearest", "the two most alike"];
    const counted = known
      ? `Pictures nearer to each other than ${play.number(known.digits[asked.digit].limit * contrast(known))} of 255 count as one, and so do chains of them: in these colours all but ${known.limit_percent} in 100 real ${plural()} are farther than that from their nearest.`
      : "What real digits would have could not be fetched, so nothing is counted as the same.";
    const careful = "Distance is the root of the mean squared difference of all colour values. It sees a shift as a change, and blurred pictures lie nearer to each other.";
    const real = known && `Real: ${known.sets} sheets drawn from ${known.digits[asked.digit].of.toLocaleString("en").replaceAll(",", "\u2009")} test ${plural()}, in brackets where 95 in 100 sheets lie.`;
    const says = [counted, careful, real].filter(Boolean).map((words) => play.el("p", { class: "says" }, words));
    return [play.el("h3", {}, `How many different ${plural()}?`), looks.table(heads, rows), ...says];
  }

  function realRow(known) {
    const { different, nearest } = known.digits[asked.digit];
    const range = ([mean, low, high], unit) => `${play.number(mean * unit)} (${play.number(low * unit)}–${play.number(high * unit)})`;
    return ["Real test digits", known.pictures, range(different, 1), range(nearest, contrast(known)), "–"];
  }

  function plural() {
    return ["zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines"][asked.digit];
  }
});
