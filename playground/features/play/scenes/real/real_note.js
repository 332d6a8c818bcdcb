// What the game ends with: the note that a picture carries, and what follows from it.
import { tile } from "../../../../web/kit/card_parts.js";
import { el } from "../../../../web/kit/dom.js";
import { notesOf } from "./png_notes.js";
import { aboutOf } from "./real_rounds.js";
import { moral } from "./real_score.js";

/** @import { Game, Round } from "./real_rounds.js" */

/**
 * The lines about one picture of a game.
 *
 * @param {Game} game
 * @param {Round} round
 */
export function noteLines(game, round) {
  const { source, alt, drawn } = round;
  const inside = notesOf(source).recipe;
  const reals = game.rounds.filter(({ truth }) => truth === "real");
  const bare = reals.length > 0 && reals.every((real) => !notesOf(real.source).recipe);
  const read = inside
    ? `Read back from this picture${bare ? "; the real ones carry none" : ""}:`
    : "The recorded pictures of this page travel without it. The note that the " +
      "running app writes into this one:";
  const recipe = el("pre", { tabindex: "0" }, inside ?? JSON.stringify(drawn?.recipe));
  const words = el("div", {}, el("p", {}, read), recipe);
  return [
    el("h3", {}, "Every picture made here says so"),
    el("div", { class: "real-noted" }, tile(source, alt, aboutOf(round)), words),
    el(
      "p",
      {},
      "Whoever has the recipe can make the same picture again. Such a note is lost " +
        "as soon as somebody takes a screenshot, so a picture without one may still " +
        "be made.",
    ),
    el("p", {}, moral(game.right, game.rounds.length, game.mode === "real" ? 2 : 3)),
  ];
}
