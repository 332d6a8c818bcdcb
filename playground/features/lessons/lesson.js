// A lesson, one step at a time: keys and buttons, guesses before answers, and recipes carried out
// live. What models write becomes text nodes, never markup; what the lesson says was made into
// markup on the server, with everything escaped.
import { isMember, tellStep } from "../../web/kit/class_member.js";
import { byId, el, one, target } from "../../web/kit/dom.js";
import { replaceAddress } from "../../web/kit/entries.js";
import { onKey } from "../../web/kit/keys.js";
import { front } from "../../web/kit/page_state.js";
import { unglued } from "../../web/kit/plain_text.js";
import { startScenes } from "../../web/kit/scenes.js";
import { forgetLesson, isDeeper, keep, keepDeeper, kept, lessonId } from "./lesson_memory.js";
import { LessonPreset } from "./lesson_preset.js";
import { ask, questionId, reveal } from "./lesson_questions.js";
import { forgetStep, startOwnLesson } from "./own_lesson.js";

const WRITING = "input, select, textarea, [contenteditable], [role=listbox], [role=option]";
const OWN_ARROWS = ".scene, .stage, .table";

const isProjected = new URLSearchParams(location.search).has("projector");
/** @type {HTMLElement[]} */
let steps = [];
let at = 0;
/** @type {Map<Element, LessonPreset>} what runs in each element */
const presets = new Map();

/** Make the steps that are on the page work, and show the one that was left. */
function begin() {
  const main = byId("lesson", HTMLElement);
  steps = all(".step", main);
  presets.clear();
  for (const element of all(".preset", main)) presets.set(element, new LessonPreset(element));
  const { guesses = {}, step = 1 } = kept();
  for (const form of questions(main)) {
    ask(form, revealed);
    const id = questionId(form);
    if (id in guesses) reveal(form, guesses[id], revealed);
  }
  const named = new URLSearchParams(location.search).get("step");
  const asked = named === null ? step : Number(unglued(named));
  show(Math.min(Math.max(1, Math.floor(asked) || 1), steps.length) - 1, false);
}

/**
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {HTMLElement[]}
 */
function all(selector, within) {
  return [...within.querySelectorAll(selector)].filter((each) => each instanceof HTMLElement);
}

/**
 * @param {ParentNode} within
 * @returns {HTMLFormElement[]}
 */
function questions(within) {
  const forms = [...within.querySelectorAll(".question")];
  return forms.filter((each) => each instanceof HTMLFormElement);
}

// Steps

/**
 * Show one step.
 *
 * @param {number} i
 * @param {boolean} moved whether somebody has gone there
 */
function show(i, moved = true) {
  if (!steps[i]) return;
  at = i;
  steps.forEach((step, n) => (step.hidden = n !== i));
  showPlace();
  const address = new URL(location.href);
  address.searchParams.set("step", String(i + 1));
  replaceAddress(address);
  keep({ step: i + 1 });
  setProjectorLink();
  all(".scene", steps[i]).forEach(startScene);
  if (moved) {
    scrollTo(0, 0);
    one("h2", HTMLElement, steps[i]).focus({ preventScroll: true });
  }
  if (isMember()) tellStep(lessonId(), i + 1, steps.length);
}

function showPlace() {
  const last = at === steps.length - 1;
  byId("lesson-back", HTMLButtonElement).disabled = at === 0;
  byId("lesson-next", HTMLElement).textContent = last ? "Finish" : "Next";
  byId("lesson-place", HTMLElement).textContent = `Step ${at + 1} of ${steps.length}`;
  byId("lesson-progress", HTMLProgressElement).value = (at + 1) / steps.length;
}

function next() {
  const [form] = steps[at] ? questions(steps[at]) : [];
  if (isProjected && form && !form.dataset.done) reveal(form, null, revealed);
  else if (at === steps.length - 1) location.assign(new URL("lessons", document.baseURI));
  else show(at + 1);
}

function back() {
  show(at - 1);
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const way = wayOf(event.key);
  if (event.defaultPrevented || event.shiftKey || !way || !steps.length) return;
  const element = target(event);
  const arrow = event.key.startsWith("Arrow");
  if (element?.closest(WRITING) && (arrow || element.matches("textarea"))) return;
  if (arrow && element?.closest(OWN_ARROWS)) return; // these have arrows of their own
  event.preventDefault();
  way();
}

/** @param {string} key */
function wayOf(key) {
  if (["PageDown", "ArrowRight"].includes(key)) return next;
  return ["PageUp", "ArrowLeft"].includes(key) ? back : null;
}

/**
 * An answer is shown: so is what stands below it, and who made what.
 *
 * @param {HTMLFormElement} form
 */
function revealed(form) {
  const step = form.closest(".step");
  if (!(step instanceof HTMLElement)) return;
  for (const element of all(".preset", step)) presets.get(element)?.unblind();
  const after = one(".after", HTMLElement, step);
  after.hidden = false;
  if (step.hidden) return;
  all(".scene", after).forEach(startScene);
  for (const element of all(".preset", after)) presets.get(element)?.start();
}

/**
 * The script of a scene is run when a step first shows it.
 *
 * @param {HTMLElement} element
 */
function startScene(element) {
  const selector = `script[data-scene="${element.id.replace("scene-", "")}"]`;
  const script = document.querySelector(selector);
  if (!(script instanceof HTMLElement) || element.dataset.script) return;
  element.dataset.script = script.dataset.name;
  document.body.append(el("script", {}, script.textContent));
  startScenes();
}

// The page

function setProjectorLink() {
  const link = byId("lesson-projector", HTMLAnchorElement);
  const address = new URL(location.href);
  if (isProjected) address.searchParams.delete("projector");
  else address.searchParams.set("projector", "1");
  link.href = address.href;
  link.textContent = isProjected ? "Leave projector" : "Projector";
}

/** @param {boolean} deeper */
function setDeeper(deeper) {
  front().toggleAttribute("data-deeper", deeper);
  byId("lesson-deeper", HTMLElement).setAttribute("aria-pressed", String(deeper));
  keepDeeper(deeper);
}

function beginAnew() {
  forgetLesson();
  forgetStep();
  location.reload();
}

function startLesson() {
  if (isProjected) document.body.dataset.projector = "yes";
  byId("lesson-next", HTMLElement).addEventListener("click", next);
  byId("lesson-back", HTMLElement).addEventListener("click", back);
  const deeper = byId("lesson-deeper", HTMLElement);
  deeper.addEventListener("click", () => setDeeper(!front().hasAttribute("data-deeper")));
  byId("lesson-anew", HTMLElement).addEventListener("click", beginAnew);
  setDeeper(isDeeper());
  setProjectorLink();
  onKey(document, pressed);
  if (document.getElementById("lesson-own")) startOwnLesson(begin);
  else begin();
}

document.getElementById("lesson-print")?.addEventListener("click", () => window.print());
if (lessonId()) startLesson();
