// A button that starts something and, while that goes on, stops it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { runButton } from "../../playground/web/kit/buttons.js";

/** As much of a button as is needed. */
class Button {
  textContent = "Draw";
  addEventListener(_, press) {
    this.press = press;
  }
}

/** As much of an element as is needed. */
class Box {
  setAttribute() {
    this.busy = true;
  }
  removeAttribute() {
    this.busy = false;
  }
}

/** Something that goes on until it is stopped or ended. */
function running() {
  const made = { stopped: false };
  made.done = new Promise((resolve) => (made.end = resolve));
  made.stop = () => {
    made.stopped = true;
    made.end();
  };
  return made;
}

/** A button, what it marks as busy, what it has started, and how often an end was told. */
function built(start) {
  const all = { button: new Button(), box: new Box(), begun: [], ends: 0 };
  const begin = () => {
    const going = start ? start() : running();
    if (going) all.begun.push(going);
    return going;
  };
  const ended = () => (all.ends += 1);
  return { ...all, all, control: runButton(all.button, { start: begin, busy: all.box, ended }) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("a press starts, and the button says Stop until the end", async () => {
  const { button, box, begun, all, control } = built();
  button.press();
  assert.deepEqual([button.textContent, box.busy, control.isRunning()], ["Stop", true, true]);
  begun[0].end();
  await settled();
  assert.deepEqual([button.textContent, box.busy, control.isRunning()], ["Draw", false, false]);
  assert.equal(all.ends, 1);
});

test("a second press stops", async () => {
  const { button, begun, all } = built();
  button.press();
  button.press();
  assert.ok(begun[0].stopped);
  await settled();
  assert.deepEqual([begun.length, button.textContent, all.ends], [1, "Draw", 1]);
});

test("to go again stops what goes on, whose end is not told", async () => {
  const { button, begun, all, control } = built();
  button.press();
  control.go();
  assert.deepEqual([begun.length, begun[0].stopped], [2, true]);
  await settled();
  assert.deepEqual([button.textContent, all.ends], ["Stop", 0]);
  begun[1].end();
  await settled();
  assert.equal(all.ends, 1);
});

test("what goes on is left alone by who only wants it to go on again", async () => {
  const { begun, control } = built();
  control.again();
  control.again();
  assert.deepEqual([begun.length, begun[0].stopped], [1, false]);
  begun[0].end();
  await settled();
  control.again();
  assert.equal(begun.length, 2);
});

test("where there is nothing to do the button stays as it is", async () => {
  const { button, box, all, control } = built(() => null);
  button.press();
  await settled();
  assert.deepEqual([button.textContent, box.busy, control.isRunning()], ["Draw", false, false]);
  assert.equal(all.ends, 0);
});
