// The seats of a class, for its teacher: numbers, how far each is, and who is put out.
import { el, ghost } from "../../web/kit/dom.js";

/** @typedef {{ number: number, lesson: string, step: number, of: number }} Seat */

/**
 * A row for each seat.
 *
 * @param {Seat[]} seats
 * @param {{ id: string, title: string }[]} lessons
 * @param {(number: number) => void} putOut
 */
export function seatRows(seats, lessons, putOut) {
  if (!seats.length) return [el("li", { class: "says" }, "Nobody has joined.")];
  return seats.map(({ number, lesson, step, of }) => {
    const button = ghost("Put out", () => putOut(number));
    const parts = [el("span", {}, `Seat ${number}`)];
    if (lesson) {
      parts.push(
        el("span", { translate: "no" }, lessons.find(({ id }) => id === lesson)?.title ?? lesson),
      );
      parts.push(el("span", {}, `step ${step} of ${of}`));
    }
    return el("li", { class: "class-row" }, ...parts, button);
  });
}
