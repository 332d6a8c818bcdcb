// Phrases in another language: whole, with places, parts between dots, sentences.
import assert from "node:assert/strict";
import { test } from "node:test";

import { chosen, found, learn, translated } from "../../playground/web/kit/i18n.js";

learn("es", {
  Write: "Escribir",
  live: "en directo",
  "seed {seed}": "semilla {seed}",
  "{count} of {all} runs": "{count} de {all} ejecuciones",
  "Vote {side}": "Vota {side}",
  "{label}, picture {count}": "{label}, imagen {count}",
  "Sent.": "Enviado.",
  "Try again.": "Otra vez.",
});

test("a phrase is found whole or not at all", () => {
  assert.equal(translated("Write"), "Escribir");
  assert.equal(found("Write it"), undefined);
  assert.equal(translated("constructor"), "constructor"); // no word of the table's own
});

test("what changes within a phrase stays", () => {
  assert.equal(found("seed 7"), "semilla 7");
  assert.equal(found("3 of 12 runs"), "3 de 12 ejecuciones");
  assert.equal(found("some of 12 runs"), undefined);
  assert.equal(found("Vote A"), "Vota A");
  assert.equal(found("Vote C"), undefined);
});

test("a label within a phrase has a translation of its own", () => {
  assert.equal(found("Write, picture 2"), "Escribir, imagen 2");
  assert.equal(found("a red 7, picture 2"), "a red 7, imagen 2");
});

test("parts between dots are translated each by itself", () => {
  assert.equal(found("live · seed 7 · 2.0 bits"), "en directo · semilla 7 · 2.0 bits");
  assert.equal(found("one · two"), undefined);
});

test("sentences are translated when all of them are known", () => {
  assert.equal(found("Sent. Try again."), "Enviado. Otra vez.");
  assert.equal(found("Sent. Good bye."), undefined);
});

test("no place reaches over the end of a sentence", () => {
  assert.equal(found("seed 7. Write it down"), undefined);
});

test("the visitor's first language that there is a catalogue for is chosen", () => {
  assert.equal(chosen(["fr-FR", "es-MX", "en"], ["es", "zh-CN"]), "es");
  assert.equal(chosen(["en-GB", "es"], ["es"]), "en");
  assert.equal(chosen(["zh"], ["es", "zh-CN"]), "zh-CN");
  assert.equal(chosen(["zh_TW"], ["es", "zh-CN"]), "zh-CN");
  assert.equal(chosen(["fi"], ["es"]), "en");
});
