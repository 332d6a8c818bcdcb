// Look inside: drawers whose script is fetched when they are first opened. It is a module of the
// drawer's name that exports `build(root, models)`; `models` are those that can show it, see
// `features/drawers/look_inside.py`.
import { when } from "./dom.js";
import { drawersOf, enterDrawer, leaveDrawer } from "./entries.js";
import { fetchModule, fetchStyle } from "./fetched.js";

/** @import { Model } from "./models.js" */

const GONE = "This could not be fetched. Close the drawer and open it again.";

/** Listen for drawers that are opened. */
export function startDrawers() {
  document.addEventListener(
    "toggle",
    ({ target }) => {
      const isDrawer = target instanceof HTMLDetailsElement && target.matches("details.look");
      if (!isDrawer) return;
      if (target.open) enterDrawer(target.id);
      else leaveDrawer(target.id);
      if (target.open) openDrawer(target);
    },
    true,
  );
  drawersOf("look", {
    open: (id) => setOpen(id, true),
    close: (id) => setOpen(id, false),
    stays: true,
  });
}

/**
 * Open or shut a drawer as soon as it is there.
 *
 * @param {string} id
 * @param {boolean} open
 */
function setOpen(id, open) {
  when(
    () => document.getElementById(id),
    (drawer) => drawer instanceof HTMLDetailsElement && (drawer.open = open),
  );
}

/** @param {HTMLDetailsElement} drawer */
async function openDrawer(drawer) {
  if (drawer.dataset.asked !== undefined) return;
  drawer.dataset.asked = "";
  const { script, style } = drawer.dataset;
  if (style) fetchStyle(style);
  const root = drawer.querySelector(".look-inside");
  if (!(root instanceof HTMLElement) || !script) return;
  const found = await fetchModule(script).catch(() => null);
  if (found) {
    root.replaceChildren();
    found.build(root, modelsOf(drawer, root));
  } else {
    delete drawer.dataset.asked;
    root.textContent = GONE;
  }
}

/**
 * @param {HTMLElement} drawer
 * @param {HTMLElement} root
 */
function modelsOf(drawer, root) {
  const looks = drawer.closest(".looks");
  /** @type {Record<string, Model>} */
  const models = JSON.parse(looks?.getAttribute("data-models") ?? "{}");
  return (root.dataset.shows ?? "").split(" ").map((id) => models[id]);
}
