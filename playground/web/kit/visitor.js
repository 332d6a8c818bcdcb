// The visitor id: 32 hexadecimal digits that say only that two requests come from one browser, see
// `core/identity.py`. It is made when somebody first presses something, and kept here and as a
// cookie. Over https that has a name which browsers take from this very host alone; one of the
// plain name may have been planted by a site beside ours, and is nobody's. Whoever was here before
// that is known by what is kept here; whose browser keeps nothing begins anew.
import { onFirstPress } from "./keys.js";
import { cookies, setCookie, storedText, storeText } from "./stored.js";

const NAME = "playground_visitor";
const SECONDS = 365 * 86400;

let now = "";

function cookieName() {
  return location.protocol === "https:" ? `__Host-${NAME}` : NAME;
}

/** The id of this browser, made if there is none; "" where nothing can be sent to. */
export function visitorId() {
  if (!/^https?:$/.test(location.protocol)) return "";
  now ||= knownVisitor() || made();
  storeText(NAME, now);
  setCookie(cookieName(), now, SECONDS);
  return now;
}

/** The id from an earlier visit; "" when there is none. */
export function knownVisitor() {
  const found = [storedText(NAME) ?? "", cookies().get(cookieName()) ?? ""];
  return found.find((id) => /^[0-9a-f]{32}$/.test(id)) ?? "";
}

/** Be somebody new from now on. */
export function forgetVisitor() {
  now = "";
  storeText(NAME, undefined);
  setCookie(cookieName(), "", 0);
}

/** Keep the id of an earlier visit alive, and make one when somebody first presses something. */
export function startVisitor() {
  if (knownVisitor()) visitorId(); // a cookie lives no longer than from one visit to the next
  onFirstPress(visitorId);
}

function made() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
