// Pickers: a list of which one is chosen, as the browser's own <select>. Which there are, and which
// is chosen, the server says; see `gradio_app/picker.py`.
import { el } from "./dom.js";

/**
 * @typedef {object} Props of the component
 * @property {string} value
 * @property {[string, string][]} choices
 * @property {boolean} interactive
 *
 * @typedef {object} Picker
 * @property {HTMLElement} element that is to be filled
 * @property {Props} props
 * @property {(names: string[], then: () => void) => void} watch
 * @property {() => void} chosen tells the server
 */

/**
 * @param {Picker} picker
 * @param {{ id: string, name: string, shown: boolean }} about `shown`: whether the name can be seen
 */
export function mountPicker({ element, props, watch, chosen }, { id, name, shown }) {
  const select = el("select", { id, "aria-label": shown ? null : name });
  const label = shown ? [el("label", { for: id }, name)] : [];
  element.querySelector(".picker")?.replaceChildren(...label, select);
  select.addEventListener("change", () => {
    props.value = select.value;
    chosen();
  });
  const show = () => {
    const { choices, value, interactive } = props;
    const options = choices.map(([words, one]) => el("option", { value: one }, words));
    select.replaceChildren(...options);
    select.value = value;
    select.disabled = !interactive;
  };
  watch(["value", "choices", "interactive"], show);
  show();
}
