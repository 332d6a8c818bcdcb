// What our scripts know of the page that Gradio makes: when it comes, and what it leaves undone.
import { el } from "./dom.js";

const CALL = "gradio_api/call";

/** Fetch Gradio's script and styles, once; how its page would have is in `#gradio-parts`. */
export function fetchGradio() {
  const parts = document.getElementById("gradio-parts");
  if (!parts) return;
  const { script, style } = parts.dataset;
  parts.remove();
  document.head.append(
    el("link", { rel: "stylesheet", href: style, crossorigin: "" }),
    el("script", { type: "module", src: script, crossorigin: "" }),
  );
}

/** Make radios of one question one group: one tab stop, arrows choose. Gradio names each alone. */
function groupRadios() {
  for (const group of document.querySelectorAll("fieldset[id]")) {
    const loose = `input[type=radio]:not([name="${group.id}"])`;
    for (const radio of group.querySelectorAll(loose)) radio.setAttribute("name", group.id);
  }
}

/** Go on grouping radios: Gradio gives new names with every choice. */
export function startRadios() {
  new MutationObserver(groupRadios).observe(document, {
    childList: true,
    subtree: true,
    attributeFilter: ["name"],
  });
}

/**
 * What a function of the public API returns that takes nothing.
 *
 * @param {string} name
 * @returns {Promise<any[]>}
 */
export async function called(name) {
  const headers = { "Content-Type": "application/json" };
  const asked = await fetch(`${CALL}/${name}`, { method: "POST", headers, body: '{"data": []}' });
  const { event_id: number } = await asked.json();
  const answer = await (await fetch(`${CALL}/${name}/${number}`)).text();
  return JSON.parse(/^data: (.*)$/m.exec(answer)?.[1] ?? "");
}
