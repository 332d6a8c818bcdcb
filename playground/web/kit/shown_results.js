// The results that the places of Gradio show, taken down for the lab sheet from their elements.
import { log } from "./session_log.js";

/**
 * Take down what stands above the link of a result.
 *
 * @param {string} link
 */
export function logShown(link) {
  for (const button of document.querySelectorAll(`[data-link="${CSS.escape(link)}"]`)) {
    const tools = button.closest(".tools");
    if (!tools) continue;
    const recipes = [...tools.querySelectorAll(".details pre")].map((pre) =>
      JSON.parse(pre.textContent ?? ""),
    );
    for (const card of cardsOf(tools, button)) logCard(card, recipes, link);
  }
}

/**
 * @param {Element} tools
 * @param {Element} button
 */
function cardsOf(tools, button) {
  const id = tools.closest("[id$=-tools]")?.id.replace(/tools$/, "grid");
  const grid = id ? document.getElementById(id) : null;
  if (grid) return [...grid.querySelectorAll(".card")];
  const card = button.closest(".text-card");
  return card ? [card] : [];
}

/**
 * One card: a text with its letters, or pictures.
 *
 * @param {Element} card
 * @param {{ model: string }[]} recipes
 * @param {string} link
 */
function logCard(card, recipes, link) {
  /** @type {HTMLElement[]} */
  const tiles = [...card.querySelectorAll("button.tile")].filter(
    (one) => one instanceof HTMLElement,
  );
  const letters = lettersOf(card.querySelector(".flow"));
  const named = tiles[0]?.dataset.save ?? "";
  const recipe = tiles.length
    ? recipes.find(({ model }) => named.startsWith(`${model}-seed-`))
    : recipes[0];
  if (!recipe || !(tiles.length || letters.length)) return;
  const heading = card.querySelector(".heading");
  log({
    name: heading?.querySelector("h3")?.textContent ?? recipe.model,
    family: heading?.getAttribute("data-family") ?? "",
    recipe,
    link,
    letters,
    tiles: tiles.map((tile) => tile.querySelector("img")?.src ?? ""),
    figures: card.querySelector(".figures")?.textContent ?? "",
  });
}

/**
 * The letters after the rule, each piece with its classes.
 *
 * @param {Element | null} flow
 */
function lettersOf(flow) {
  /** @type {[string, string][]} */
  const found = [];
  let node = flow?.querySelector(":scope > .rule")?.nextSibling;
  for (; node; node = node.nextSibling) {
    if (node instanceof Text) {
      found.push([node.data, ""]);
    } else if (node instanceof Element && node.matches("b.t")) {
      found.push([node.textContent ?? "", node.className.replace(/\b[tn]\b/g, "").trim()]);
    }
  }
  return found;
}
