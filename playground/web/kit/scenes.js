// The scenes of the first page. Each names a module, which exports `build(root)` and builds its
// elements into `root` once that comes near the screen.
import { moduleNamed } from "./fetched.js";

/** Build every scene of the page when its time has come. */
export function startScenes() {
  for (const root of document.querySelectorAll("section.scene[id^=scene-]")) {
    if (!(root instanceof HTMLElement) || root.dataset.ready !== undefined) continue;
    if (root.dataset.first !== undefined) buildScene(root);
    else whenNear(root, () => buildScene(root));
  }
}

/**
 * Build one scene now; one whose script has failed stays empty, and leaves others alone.
 *
 * @param {HTMLElement} root
 */
function buildScene(root) {
  const scene = moduleNamed(root.dataset.script ?? "");
  if (!scene || root.dataset.ready !== undefined) return;
  root.dataset.ready = "";
  try {
    scene.build(root);
  } catch (error) {
    reportError(error);
  }
}

/**
 * @param {Element} root
 * @param {() => void} then
 */
function whenNear(root, then) {
  const seen = (/** @type {IntersectionObserverEntry[]} */ entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    then();
  };
  const watch = new IntersectionObserver(seen, { rootMargin: "400px" });
  watch.observe(root);
}
