// Places and drawers as entries of the browser's history, over one that is made up.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const browser = new EventTarget();
let entries = [];
let at = 0;

globalThis.location = { href: "/" };
globalThis.addEventListener = browser.addEventListener.bind(browser);
const past = {
  get state() {
    return entries[at].state;
  },
  pushState(state, _, address = entries[at].address) {
    entries = [...entries.slice(0, (at += 1)), { state: structuredClone(state), address }];
  },
  replaceState(state, _, address) {
    entries[at] = { state: structuredClone(state), address };
  },
  go(steps) {
    if (!entries[at + steps]) return Promise.resolve();
    at += steps;
    const event = Object.assign(new Event("popstate"), { state: entries[at].state });
    return Promise.resolve().then(() => browser.dispatchEvent(event));
  },
  back: () => past.go(-1),
};
globalThis.history = past;

const kit = await import("../../playground/web/kit/entries.js");
const open = new Set();
let place = "";

const show = (named = "play") => (place = named);
entries = [{ state: null, address: "/" }];
kit.drawersOf("look", { open: (id) => open.add(id), close: (id) => shut(id) });
kit.startEntries(() => show(), show);

/** What a drawer does that is shut, by whomever. */
function shut(id) {
  open.delete(id);
  kit.leaveDrawer(id);
}

function unfold(id) {
  open.add(id);
  kit.enterDrawer(id);
}

function choose(named) {
  place = named;
  kit.enterPlace(named, `/#${named}`);
}

beforeEach(async () => {
  await past.go(-at);
  entries = entries.slice(0, 1);
  open.clear();
});

test("a place is an entry, and the same place again is none", () => {
  choose("text");
  choose("text");
  assert.equal(entries.length, 2);
  assert.equal(entries[1].address, "/#text");
});

test("back shuts a drawer, then leads to the place before; forward opens it again", async () => {
  choose("images");
  unfold("look-walk");
  await past.go(-1);
  assert.deepEqual([place, open.size], ["images", 0]);
  await past.go(-1);
  assert.equal(place, "play");
  await past.go(1);
  assert.deepEqual([place, open.size], ["images", 0]);
  await past.go(1);
  assert.deepEqual([...open], ["look-walk"]);
});

test("a drawer that somebody shuts takes its entry along", async () => {
  choose("images");
  unfold("look-walk");
  shut("look-walk");
  choose("text"); // before the browser has gone back
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(
    entries.map(({ address }) => address),
    ["/", "/#images", "/#text"],
  );
  await past.go(-1);
  assert.equal(place, "images");
  await past.go(-1);
  assert.equal(place, "play");
});

test("going back opens nothing", async () => {
  choose("images");
  unfold("look-walk");
  unfold("look-plane");
  shut("look-walk"); // which is not the last
  choose("text");
  await past.go(-1);
  assert.deepEqual([...open], ["look-plane"]);
  await past.go(-1);
  await past.go(-1);
  assert.equal(open.size, 0);
});

test("another address in an entry leaves it the entry that it is", () => {
  choose("text");
  kit.replaceAddress("/?recipe=a#text");
  assert.equal(entries.length, 2);
  assert.equal(entries[1].address, "/?recipe=a#text");
  assert.equal(entries[1].state.playground.place, "text");
});

test("a frame that may have no entries goes on without", () => {
  const { replaceState } = past;
  past.replaceState = () => {
    throw new Error("SecurityError");
  };
  assert.equal(kit.replaceAddress("/elsewhere"), false);
  past.replaceState = replaceState;
});
