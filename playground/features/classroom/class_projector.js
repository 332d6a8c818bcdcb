// The projector: one card per screen, and the keys of a presenter turn them.
import { byId } from "../../web/kit/dom.js";
import { onKey } from "../../web/kit/keys.js";

/** @type {Record<string, number>} */
const MOVES = { PageDown: 1, ArrowRight: 1, PageUp: -1, ArrowLeft: -1 };

/** Show the page's screens one at a time. */
export function startProjector() {
  /** @type {NodeListOf<HTMLElement>} */
  const screens = document.querySelectorAll(".screen");
  const [back, next] = [button("class-back"), button("class-next")];
  let now = 0;
  const turn = (/** @type {number} */ to) => {
    now = Math.max(0, Math.min(screens.length - 1, to));
    screens.forEach((screen, i) => (screen.hidden = i !== now));
    byId("class-screen", HTMLElement).textContent = `${now + 1} of ${screens.length}`;
    back.disabled = now === 0;
    next.disabled = now === screens.length - 1;
  };
  document.body.dataset.projector = "";
  byId("class-turn", HTMLElement).hidden = false;
  back.addEventListener("click", () => turn(now - 1));
  next.addEventListener("click", () => turn(now + 1));
  onKey(document, (event) => {
    const writes =
      event.target instanceof Element && event.target.matches("input, select, textarea");
    if (writes || !(event.key in MOVES)) return;
    event.preventDefault();
    turn(now + MOVES[event.key]);
  });
  turn(0);
}

/** @param {string} id */
function button(id) {
  return byId(id, HTMLButtonElement);
}
