// The visitor id: 32 hexadecimal digits that say only that two requests come from one browser, see
// `core/visitor.py`. It is made when somebody first presses something, and kept here and as a
// cookie.
import { storedText, storeText } from "./stored.js";

const NAME = "playground_visitor";
const SECONDS = 365 * 86400;

let now = "";

/** The id of this browser, made if there is none; "" where nothing can be sent to. */
export function visitorId() {
  if (!/^https?:$/.test(location.protocol)) return "";
  now ||= knownVisitor() || made();
  storeText(NAME, now);
  send(now, SECONDS);
  return now;
}

/** The id from an earlier visit; "" when there is none. */
export function knownVisitor() {
  const sent = document.cookie.split("; ").find((pair) => pair.startsWith(`${NAME}=`));
  const found = [storedText(NAME) ?? "", sent?.slice(NAME.length + 1) ?? ""];
  return found.find((id) => /^[0-9a-f]{32}$/.test(id)) ?? "";
}

/** Be somebody new from now on. */
export function forgetVisitor() {
  now = "";
  storeText(NAME, undefined);
  send("", 0);
}

/** Keep the id of an earlier visit alive, and make one when somebody first presses something. */
export function startVisitor() {
  if (knownVisitor()) visitorId(); // a cookie lives no longer than from one visit to the next
  const once = { capture: true, once: true };
  for (const press of ["pointerdown", "keydown"]) document.addEventListener(press, visitorId, once);
}

function made() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Within a frame of another site a cookie is sent only if it says that it may be.
 *
 * @param {string} id
 * @param {number} seconds
 */
function send(id, seconds) {
  const framed = window.parent !== window && location.protocol === "https:";
  const policy = framed ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax";
  document.cookie = `${NAME}=${id}; Path=/; Max-Age=${seconds}; ${policy}`;
}
