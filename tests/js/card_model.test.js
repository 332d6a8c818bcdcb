// What a card knows of its run, from being asked for to its end.
import assert from "node:assert/strict";
import { test } from "node:test";

import { CardModel } from "../../playground/web/kit/card_model.js";
import { keptSource } from "../../playground/web/kit/sources.js";

const LSTM = { model: "char_lstm", kind: "text", family: "lstm", name: "LSTM", details: {} };
const GAN = { ...LSTM, model: "gan", kind: "image", family: "gan", name: "GAN", frames: 4 };
const RECIPE = { model: "char_lstm", prompt: "O, ", options: {}, seed: 7 };
const START = { recipe: RECIPE, key: "0123456789abcdef", replayed: false };
const letter = (piece, probability = 0.5, rank = 0, ms = 2) => [piece, probability, rank, ms];

function begun(facts = LSTM, start = START) {
  const model = new CardModel(facts);
  model.take({ start });
  return model;
}

function words({ state }) {
  return `${state.mark} ${state.words}`;
}

test("an empty card says nothing", () => {
  const model = new CardModel(LSTM);
  assert.equal(model.state, null);
  assert.deepEqual([model.figures, model.announcement, model.text], ["", "", ""]);
  assert.equal(model.started || model.busy || model.running, false);
});

test("a text is counted letter by letter", () => {
  const model = begun();
  assert.equal(words(model), "● live");
  assert.equal(model.busy, true);
  model.take({ letters: [letter("a"), letter("b", 0.25), letter("\u{1F469}", 0.25)] });
  assert.equal(model.text, "ab\u{1F469}");
  assert.equal(model.figures, "1.67 bits a letter · 2.0 ms a letter · seed 7");
  assert.equal(model.announcement, ""); // not before the end
  model.take({ end: "finished" });
  assert.equal(model.announcement, "LSTM finished, 3 letters, 1.67 bits a letter.");
  assert.equal(model.busy, false);
  assert.equal(words(model), "● live");
});

test("parts of a character cost bits and are no letters", () => {
  const model = begun();
  model.take({ letters: [letter("", 0.5), letter("é", 0.5)] });
  assert.equal(model.figures, "2.00 bits a letter · 4.0 ms a letter · seed 7");
});

test("every note is said once, and what the form has said comes first", () => {
  const model = new CardModel(LSTM);
  model.ask({ card: "left", model: "char_lstm", recipe: RECIPE, note: "Read so." });
  assert.equal(model.note, ""); // what stood there before stays
  model.take({ start: START });
  for (const note of ["Read so.", "The context was full.", "The context was full."]) {
    model.take({ note });
  }
  assert.equal(model.note, "Read so. The context was full.");
  model.ask({ card: "left", model: "char_lstm", recipe: RECIPE });
  model.take({ start: START });
  assert.equal(model.note, "");
});

test("what was made before says when", () => {
  const said = (start) => {
    const model = begun(LSTM, { ...START, ...start });
    model.take({ letters: [letter("a")] });
    return words(model);
  };
  assert.equal(said({ replayed: false, recorded: false }), "● live");
  assert.equal(said({ replayed: true, recorded: false }), "◷ from a minute ago");
  assert.equal(said({ replayed: true, recorded: true }), "↻ recorded");
});

test("what a run waits for is said until it goes on", () => {
  const model = begun();
  model.take({ wait: { mark: "◔", words: "loading 2 of 5 s" } });
  assert.equal(words(model), "◔ loading 2 of 5 s");
  assert.equal(model.busy, true);
  model.take({ letters: [letter("a")] });
  assert.equal(words(model), "● live");
});

test("a stopped text says where, and is announced as nothing", () => {
  const model = begun();
  model.take({ letters: [letter("ab"), letter("c")] });
  model.take({ end: "stopped" });
  assert.equal(words(model), "■ stopped at 3");
  assert.equal(model.announcement, "");
  assert.equal(model.text, "abc");
});

test("a failure keeps what was written, and nothing comes after it", () => {
  const model = begun();
  model.take({ letters: [letter("a")] });
  model.take({ fail: { sentence: "It broke.", again: true } });
  model.take({ end: "stopped" });
  model.take({ letters: [letter("b")] });
  assert.equal(words(model), "✕ did not work");
  assert.deepEqual(model.failure, { sentence: "It broke.", again: true });
  assert.equal(model.text, "a");
  assert.equal(model.busy, false);
});

test("what is refused before it began takes the place of the last text", () => {
  const model = begun();
  model.take({ letters: [letter("a")] });
  model.take({ end: "finished" });
  model.ask({ recipe: null });
  model.take({ fail: { sentence: "Never seen “ß”.", again: false } });
  assert.equal(model.text, "");
  assert.equal(model.started, false);
});

test("a text stays until the next one begins", () => {
  const model = begun();
  model.take({ letters: [letter("a")] });
  model.take({ end: "finished" });
  model.ask({ recipe: { ...RECIPE, seed: 8 }, key: "ff" });
  assert.equal(model.text, "a");
  model.take({ start: { ...START, recipe: { ...RECIPE, seed: 8 } } });
  assert.equal(model.text, "");
  model.take({ letters: [letter("b")] });
  assert.match(model.figures, /seed 8$/);
});

test("the sentence of a model is kept", () => {
  const model = begun();
  model.take({ note: "The context was full." });
  model.take({ letters: [letter("a")] });
  assert.equal(model.note, "The context was full.");
});

test("the next run begins without the last one's sentence", () => {
  const model = begun();
  model.take({ note: "The context was full." });
  model.take({ end: "finished" });
  model.ask({ recipe: RECIPE, key: "" });
  model.take({ start: START });
  assert.equal(model.note, "");
});

const FRAME = { index: 0, total: 3, last: false, label: "step 1 of 3", ms: 30, tiles: ["a", "b"] };

test("pictures say how far they are, and what they cost", () => {
  const recipe = { model: "gan", prompt: "", options: { count: 2 }, seed: 3 };
  const model = begun(GAN, { ...START, recipe });
  model.take({ frame: FRAME });
  assert.equal(words(model), "● live · step 1 of 3");
  assert.equal(model.fileName(0), "");
  model.take({ frame: { ...FRAME, index: 2, last: true, label: "step 3 of 3", ms: 10 } });
  assert.equal(words(model), "● live");
  assert.equal(model.figures, "20 ms a picture · seed 3");
  assert.equal(model.fileName(1), "gan-seed-3-2-01234567.png");
  model.take({ end: "finished" });
  assert.equal(model.announcement, "GAN finished, 2 pictures.");
});

test("stopped pictures say at which step", () => {
  const model = begun(GAN);
  model.take({ frame: FRAME });
  model.take({ end: "stopped" });
  assert.equal(words(model), "■ stopped at step 1 of 3");
  const other = begun(GAN);
  other.take({ end: "stopped" });
  assert.equal(words(other), "■ stopped at the start");
});

test("a picture that was held back is saved by nobody, and says why", () => {
  const model = begun(GAN);
  model.take({ frame: { ...FRAME, last: true, label: "Held back.", held: [1] } });
  assert.equal(model.note, "Held back.");
  assert.deepEqual([model.fileName(0) !== "", model.fileName(1)], [true, ""]);
});

test("a model's arrival is shown until it is here", () => {
  const model = new CardModel(LSTM);
  model.take({ arrive: { words: "arriving, 12 %", said: "1 MB of 8 MB", done: 1, total: 8 } });
  assert.equal(words(model), "◔ arriving, 12 %");
  assert.equal(model.arrival.done, 1);
  assert.equal(model.busy, true);
  model.take({ end: "finished" });
  assert.deepEqual([model.state, model.arrival, model.started], [null, null, false]);
});

test("a model that does not come says why", () => {
  const model = new CardModel(LSTM);
  model.take({ arrive: { words: "arriving", said: "", done: 1, total: 8 } });
  model.take({ fail: { sentence: "The hub is in trouble.", again: true } });
  assert.equal(words(model), "✕ did not work");
  assert.equal(model.arrival, null);
});

test("the lab sheet is told what stands there", () => {
  const model = begun();
  model.take({ letters: [letter("a", 0.5, 0), letter("b", 0.9, 12), letter("c", 0.9)] });
  const { name, family, recipe, letters, figures, source } = model.entry;
  assert.deepEqual([name, family, recipe], ["LSTM", "lstm", RECIPE]);
  assert.deepEqual(letters, [
    ["a", "s1"],
    ["b", "r"],
    ["c", ""],
  ]);
  assert.equal(figures, model.figures);
  assert.equal(source, "live");
});

test("the lab sheet is told where it came from, in the words of the card", () => {
  const cases = [
    [{ replayed: true, recorded: false }, "from a minute ago"],
    [{ replayed: true, recorded: true }, "recorded"],
  ];
  for (const [from, said] of cases) {
    const model = new CardModel(LSTM);
    model.take({ start: { ...START, ...from } });
    model.take({ letters: [letter("a", 0.5, 0)] });
    assert.equal(keptSource(model.entry.source)?.[2], said);
    assert.ok(words(model).endsWith(said));
  }
  assert.equal(keptSource(undefined), undefined);
});

test("the lab sheet is told of pictures that can be saved, and of no others", () => {
  const model = begun(GAN);
  model.take({ frame: FRAME });
  assert.deepEqual([model.files, model.entry.tiles], [[], []]); // they are guesses
  model.take({ frame: { ...FRAME, last: true, label: "Held back.", held: [0] } });
  assert.deepEqual(model.files, [{ name: model.fileName(1), source: "b" }]);
  assert.deepEqual(model.entry.tiles, ["b"]);
});

test("a picture is described by what it is of, who drew it, and how far it is", () => {
  const model = begun({ ...GAN, subject: "red 7 on black" });
  assert.equal(model.alt, "red 7 on black, GAN");
  model.take({ frame: FRAME });
  assert.equal(model.alt, "red 7 on black, GAN, step 1 of 3");
  model.take({ frame: { ...FRAME, last: true } });
  assert.equal(model.alt, "red 7 on black, GAN");
  assert.equal(begun(GAN).alt, "GAN");
});

test("a run that waits no longer is at work before its first step", () => {
  const model = begun(GAN, { ...START, replayed: true });
  model.take({ wait: { mark: "◔", words: "loading 2 of 5 s" } });
  model.take({ wait: { mark: "", words: "" } });
  assert.equal(words(model), "◷ from a minute ago");
  assert.equal(model.busy, true);
});

test("earlier pictures go when nothing comes of what is asked for next", () => {
  const model = begun(GAN);
  model.take({ frame: { ...FRAME, last: true } });
  model.take({ end: "finished" });
  model.ask({ card: "gan", model: "gan", recipe: { ...RECIPE, seed: 8 }, key: "fedcba98" });
  assert.deepEqual(model.tiles, ["a", "b"]); // until something comes
  model.take({ end: "stopped" });
  assert.deepEqual([model.tiles, model.files, model.figures], [[], [], ""]);
  assert.equal(words(model), "■ stopped at the start");
});
