// The names that scripts without modules still use; it goes when the last of them is a module.
import { answer, press, start } from "./buttons.js";
import { at, card, heading, letter, LIVE, REPLAYED } from "./card_parts.js";
import { showEvent, showState, tile } from "./card_parts.js";
import { handIn, isMember, tallyOf, tellGuess, tellStep } from "./class_member.js";
import { el, shape, when } from "./dom.js";
import { fetchScript } from "./fetched.js";
import { languageReady, translated } from "./i18n.js";
import { addressOf, copy, postcard, share, sharing } from "./links.js";
import { number } from "./numbers.js";
import { pack } from "./pack.js";
import { isLive, isStill, say, wait } from "./page_state.js";
import { choose, go } from "./places.js";
import { replay, run } from "./runs.js";
import { startScenes } from "./scenes.js";
import { clearLog, log, logAnswer, logged, watch } from "./session_log.js";
import { surpriseBits } from "./surprise.js";
import { forgetVisitor, knownVisitor, visitorId } from "./visitor.js";

/** Lend the old names to whoever has not imported the new ones. */
export function lendOldNames() {
  const page = /** @type {any} */ (window);
  const define = (name, build) => (page.playground.modules[name] ??= { build });
  page.play = {
    ...{ el, shape, pack, run, replay, wait, at, letter, tile, postcard, sharing, number, say },
    ...{ heading, card, LIVE, REPLAYED, live: isLive(), still: isStill(), scene: define },
    ...{ state: showState, showState: showEvent, surprise: surpriseBits },
  };
  page.words = {
    of: translated,
    ready: languageReady(),
    named: new URLSearchParams(location.search).get("lang") ?? sessionStorage.playground_language,
  };
  page.visitor = {
    id: visitorId,
    known: knownVisitor,
    forget: () => (forgetVisitor(), clearLog()),
  };
  page.front = { choose, go, when };
  page.classroom = {
    get joined() {
      return isMember();
    },
    ...{ step: tellStep, guess: tellGuess, tally: tallyOf, handIn },
  };
  page.sitting = {
    ...{ add: log, answer: logAnswer, watch, clear: clearLog },
    get entries() {
      return logged();
    },
    async sheet(more = {}) {
      await fetchScript("shipped/labsheet.js");
      return page.labsheet.make(logged(), more);
    },
  };
  const others = { el, startScenes, address: addressOf, fetch: fetchScript, copy, answer };
  Object.assign(page.playground, others, { share, press, start });
}
