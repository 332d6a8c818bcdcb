// What the drawers of looks inside have in common; fetched before the first of them.
"use strict";

Object.assign(looks, {
  /** Of models, those whose weights are here; the hub's may yet have to be fetched. */
  async here(models) {
    if (!models.some((model) => model.hub)) return models;
    try {
      const headers = { "Content-Type": "application/json" };
      const asked = await fetch("gradio_api/call/models_list", { method: "POST", headers, body: '{"data": []}' });
      const { event_id } = await asked.json();
      const answer = await (await fetch(`gradio_api/call/models_list/${event_id}`)).text();
      const [listed] = JSON.parse(/^data: (.*)$/m.exec(answer)[1]);
      const there = new Set(listed.filter(({ state }) => state === "ready" || state === "not_loaded").map(({ id }) => id));
      return models.filter((model) => there.has(model.id));
    } catch {
      return models.filter((model) => !model.hub);
    }
  },

  /** What the form of the digits says: {digit, ink, paper, seed, prompt}. */
  asked() {
    const chosen = (name) => document.querySelector(`#images-${name} input:checked`)?.value;
    const [ink, paper] = [chosen("ink") ?? "red", chosen("paper") ?? "black"];
    const seed = Number(document.querySelector("#images-seed input")?.value ?? 7);
    const prompt = document.querySelector("#images-prompt :is(textarea, input)")?.value ?? "";
    return { digit: Number(chosen("digit") ?? 7), ink, paper, seed, prompt };
  },

  /** The plain caption of a concept, as worlds.py words it. */
  caption({ digit, ink, paper }) {
    return `a ${ink} ${looks.digits[digit]} on a ${paper} background`;
  },
  digits: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],

  button(words, onclick, settings = {}) {
    return play.el("button", { type: "button", class: "ghost", onclick, ...settings }, words);
  },

  /** What stands in place of a result that failed: the sentence, and a button where it helps. */
  failure({ sentence, again }, start) {
    return [play.el("p", { class: "failure" }, sentence), ...(again ? [looks.button("Try again", start)] : [])];
  },

  /** A table whose first column names the rows. */
  table(heads, rows) {
    const line = ([first, ...others], kind, scope) => play.el("tr", {}, play.el("th", { scope }, String(first)), ...others.map((cell) => play.el(kind, {}, String(cell))));
    const body = play.el("tbody", {}, ...rows.map((cells) => line(cells, "td", "row")));
    return play.el("div", { class: "table", tabindex: 0 }, play.el("table", {}, play.el("thead", {}, line(heads, "th", "col")), body));
  },

  /** Red, green and blue of every pixel of a picture. */
  async pixels(image) {
    await image.decode();
    const canvas = play.el("canvas", { width: image.naturalWidth, height: image.naturalHeight });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return Float64Array.from(data.filter((_, i) => i % 4 !== 3));
  },

  /** Root of the mean squared difference of the colour values, of 255. */
  difference(some, others) {
    let squares = 0;
    for (let i = 0; i < some.length; i += 1) squares += (some[i] - others[i]) ** 2;
    return Math.sqrt(squares / some.length);
  },
});
