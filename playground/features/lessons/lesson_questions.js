// Guesses before answers: a question, what somebody guesses, and what is so.
import { isMember, tallyOf, tellGuess } from "../../web/kit/class_member.js";
import { el, one } from "../../web/kit/dom.js";
import { keep, kept } from "./lesson_memory.js";

/**
 * @typedef {{ answer: string, unit: string, number: boolean }} Question
 */

/**
 * Make a question's form ask; `revealed(form)` is called once its answer is shown.
 *
 * @param {HTMLFormElement} form
 * @param {(form: HTMLFormElement) => void} revealed
 */
export function ask(form, revealed) {
  const slider = form.querySelector("input[type=range]");
  if (slider instanceof HTMLInputElement) {
    const { unit } = questionOf(form);
    const output = one("output", HTMLElement, form);
    const show = () => (output.textContent = withUnit(slider.value, unit));
    slider.addEventListener("input", show);
    show();
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = slider ?? form.querySelector("input:checked");
    if (chosen instanceof HTMLInputElement) guess(form, chosen.value, revealed);
    else say(form, "Choose one first: a guess costs nothing.");
  });
  const skip = one(".question-skip", HTMLElement, form);
  skip.addEventListener("click", () => reveal(form, null, revealed));
}

/**
 * Show the answer, and all that stands below it.
 *
 * @param {HTMLFormElement} form
 * @param {string | null} answer null without a guess
 * @param {(form: HTMLFormElement) => void} revealed
 */
export function reveal(form, answer, revealed) {
  const question = questionOf(form);
  form.dataset.done = "yes";
  for (const input of form.querySelectorAll("input")) settle(input, question, answer);
  one(".question-ask", HTMLElement, form).hidden = true;
  say(form, verdict(question, answer));
  one(".question-why", HTMLElement, form).hidden = false;
  revealed(form);
  if (isMember()) showClass(form);
}

/** @param {HTMLElement} form */
export function questionId(form) {
  return form.dataset.id ?? "";
}

/**
 * @param {Question} question
 * @param {string | null} guessed
 */
export function verdict({ answer, unit, number }, guessed) {
  const right = withUnit(answer, unit);
  if (!answer && guessed === null) return "There is no right or wrong here.";
  if (!answer) return `You said “${guessed}”. There is no right or wrong here.`;
  if (number && guessed === null) return `The answer: ${right}.`;
  if (number) return `You said ${withUnit(guessed ?? "", unit)}. It is ${right}.`;
  if (guessed === null) return `The answer: “${right}”.`;
  if (guessed === answer) return `✓ You were right: “${right}”.`;
  return `You said “${guessed}”. The answer: “${right}”.`;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} answer
 * @param {(form: HTMLFormElement) => void} revealed
 */
function guess(form, answer, revealed) {
  keep({ guesses: { ...kept().guesses, [questionId(form)]: answer } });
  const told = isMember() ? tellGuess(questionId(form), answer) : null;
  reveal(form, answer, revealed);
  told?.catch(() => null).then(() => showClass(form));
}

/**
 * @param {HTMLInputElement} input
 * @param {Question} question
 * @param {string | null} answer
 */
function settle(input, question, answer) {
  if (input.type === "radio") input.checked = input.value === answer;
  else if (answer !== null) input.value = answer;
  input.disabled = true;
  input.dispatchEvent(new Event("input"));
  const label = input.closest("label");
  if (label && input.value === question.answer) label.dataset.mark = "right";
  else if (label && input.value === answer && question.answer) label.dataset.mark = "wrong";
}

/**
 * @param {HTMLElement} form
 * @returns {Question}
 */
function questionOf(form) {
  return JSON.parse(form.dataset.question ?? "{}");
}

/**
 * @param {HTMLElement} form
 * @param {string} words
 */
function say(form, words) {
  one(".question-answer", HTMLElement, form).hidden = false;
  one(".question-said", HTMLElement, form).textContent = words;
  one(".question-why", HTMLElement, form).hidden = true;
}

/**
 * @param {string} value
 * @param {string} unit
 */
function withUnit(value, unit) {
  return unit ? `${value} ${unit}` : `${value}`;
}

/**
 * How the class guessed, where there is one.
 *
 * @param {HTMLElement} form
 */
async function showClass(form) {
  const tally = await tallyOf(questionId(form)).catch(() => ({}));
  const place = one(".question-class", HTMLElement, form);
  const inOrder = new Intl.Collator("en", { numeric: true });
  const entries = Object.entries(tally ?? {}).sort(([a], [b]) => inOrder.compare(a, b));
  const whole = entries.reduce((sum, [, count]) => sum + count, 0);
  if (!whole) {
    place.replaceChildren();
    return;
  }
  const bars = entries.map(([answer, count]) =>
    el(
      "div",
      { class: "class-bar" },
      el("span", { translate: "no" }, answer),
      el("progress", { max: whole, value: count, "aria-label": answer }),
      el("b", {}, count),
    ),
  );
  place.replaceChildren(el("h3", {}, "How your class guessed"), ...bars);
}
