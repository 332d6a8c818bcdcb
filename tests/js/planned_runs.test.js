// What a form asks for: which runs are sent, and which card each event is for.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { CardModel } from "../../playground/web/kit/card_model.js";
import { carryOutPlan } from "../../playground/web/kit/planned_runs.js";
import { isRunning } from "../../playground/web/kit/run_buttons.js";

const { document, fetch } = globalThis;
const FACTS = { kind: "image", family: "gan", name: "GAN", details: {}, frames: 4 };
const FAR = { words: "arriving, 12 %", said: "1 MB of 8 MB", done: 1, total: 8 };

/** A card without elements: what a card does with its model. */
class Card {
  model = new CardModel(FACTS);
  told = [];

  ask(run) {
    this.model.ask(run);
    if (run.refused) this.take({ fail: { sentence: run.refused, again: false } });
  }

  take(event) {
    this.told.push(Object.keys(event)[0]);
    this.model.take(event);
  }
}

/** Answer the next request with these lines; what it asked for is in what is returned. */
function answering(...lines) {
  const asked = [];
  globalThis.document = { getElementById: () => null };
  globalThis.fetch = async (address, { body }) => {
    asked.push([address, JSON.parse(body)]);
    return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  };
  return asked;
}

function planned(...cards) {
  const recipe = (model) => ({ model, prompt: "", options: { count: 1 }, seed: 7 });
  const runs = cards.map((card) => ({ card, model: card, recipe: recipe(card), key: "0123" }));
  return { link: "a.b", runs };
}

afterEach(() => Object.assign(globalThis, { document, fetch }));

test("each event is for the card of its run, and a refusal is asked of nobody", async () => {
  const start = { recipe: {}, key: "0123", replayed: false };
  const asked = answering([0, { start }], [1, { start }], [1, { end: "finished" }]);
  const cards = new Map(["gan", "vae", "diffusion"].map((id) => [id, new Card()]));
  const plan = planned("gan", "vae", "diffusion");
  plan.runs[1] = { card: "vae", model: "vae", refused: "Pictures must lie between 1 and 16." };
  const done = carryOutPlan(plan, (id) => cards.get(id), "images-draw");
  assert.equal(isRunning("images-draw"), true);
  await done;
  assert.equal(isRunning("images-draw"), false);
  const [[address, body]] = asked;
  assert.equal(address, "live");
  assert.deepEqual(
    body.runs.map(({ model }) => model),
    ["gan", "diffusion"],
  );
  assert.deepEqual([body.keep, body.candidates, "fetch" in body], [true, 0, false]);
  const told = [...cards.values()].map((card) => card.told);
  assert.deepEqual(told, [["start"], ["fail"], ["start", "end"]]);
});

test("a model that is not here is let arrive first", async () => {
  const asked = answering([0, { arrive: FAR }], [0, { fail: { sentence: "No.", again: true } }]);
  const card = new Card();
  await carryOutPlan({ ...planned("sd"), fetch: "sd" }, () => card, "originals-draw");
  assert.equal(asked[0][1].fetch, "sd");
  assert.deepEqual(card.told, ["arrive", "fail"]);
});

test("where all is refused nobody is asked", async () => {
  const asked = answering();
  const card = new Card();
  const runs = [{ card: "gan", model: "gan", refused: "No." }];
  await carryOutPlan({ link: "", runs }, () => card, "images-draw");
  assert.deepEqual([asked, card.told], [[], ["fail"]]);
});
