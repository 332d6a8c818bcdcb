// The bar of a class, on lessons and, once a class has been joined, on the main page.
import {
  classCode,
  classNow,
  classState,
  hangUp,
  isMember,
  onPush,
  openPushed,
  siteAddress,
  startMember,
  watchClass,
} from "../../web/kit/class_member.js";
import { el, ghost, one } from "../../web/kit/dom.js";
import { pushed } from "./vote_and_wall.js";

/** @import { Push } from "../../web/kit/class_member.js" */

const STYLE = "shipped/class.css";
const isProjected = new URLSearchParams(location.search).has("projector");

/** @type {HTMLElement | null} */
let bar = null;

/** Build, change or take away the bar, as the class has it now. */
function show() {
  if (!isMember()) {
    bar?.remove();
    bar = null;
    return;
  }
  bar ??= build();
  const vote = classNow()?.vote;
  const asks = Boolean(vote?.open && vote.mine === null);
  const away = classState() === "away" ? ": not open just now" : "";
  const page = one(".classroom-bar-page", HTMLElement, bar);
  one(".classroom-bar-state", HTMLElement, bar).textContent = `Class ${classCode()}${away}`;
  page.textContent = asks ? "Vote now: A or B" : "Class page";
  page.toggleAttribute("data-asks", asks);
}

function build() {
  const says = el("span", { class: "classroom-bar-says", role: "status" });
  // The page whose address holds its results.
  const main = document.querySelector("#front[data-class-script]");
  const made = el(
    "aside",
    { class: "classroom-bar", "aria-label": "Your class" },
    el("span", { class: "classroom-bar-state" }),
    says,
    main && ghost("Send to the wall", () => toWall(says)),
    el(
      "a",
      { class: "ghost classroom-bar-page", href: siteAddress("join"), "data-unframed": "" },
      "Class page",
    ),
  );
  style();
  const head = document.querySelector("#front > .masthead");
  if (head) head.after(made);
  else document.body.prepend(made);
  return made;
}

/**
 * The result that the address bar holds; every run puts its own there.
 *
 * @param {HTMLElement} says
 */
async function toWall(says) {
  const link = new URLSearchParams(location.search).get("recipe");
  if (!link) {
    says.textContent = "Write or draw something first.";
    return;
  }
  says.textContent = "Sending …";
  try {
    await hangUp({ link });
    says.textContent = "Sent. It shows once your teacher approves it.";
  } catch (error) {
    says.textContent = error instanceof Error ? error.message : "";
  }
}

/**
 * What the teacher shows, offered below the page.
 *
 * @param {Push} push
 */
function notice(push) {
  style();
  document.querySelector(".class-notice")?.remove();
  const go = () => {
    shown.remove();
    openPushed(push.address);
  };
  const open = el("button", { type: "button", class: "primary", onclick: go }, "Open it");
  /** @type {HTMLElement} */
  const shown = el(
    "aside",
    { class: "class-notice", role: "status" },
    el("p", {}, el("b", {}, "Your teacher shows: "), pushed(push)),
    el(
      "div",
      { class: "class-row" },
      open,
      ghost("Not now", () => shown.remove()),
    ),
  );
  document.body.append(shown);
}

function style() {
  if (document.querySelector('link[href*="class.css"]')) return;
  document.head.append(el("link", { rel: "stylesheet", href: siteAddress(STYLE) }));
}

if (!isProjected) {
  watchClass(show);
  onPush(notice);
}
startMember();
