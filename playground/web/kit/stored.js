// What the browser keeps for us, as JSON. Private windows may refuse: then nothing is kept, and
// whatever asks goes on without.

/**
 * @param {string} key
 * @param {Storage | "local" | "session"} where
 * @returns {any} null for nothing; whoever asks knows what it has kept
 */
export function stored(key, where = "local") {
  try {
    return JSON.parse(storage(where).getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Keep a value; undefined removes what is there. True if that could be done.
 *
 * @param {string} key
 * @param {unknown} value
 * @param {Storage | "local" | "session"} where
 */
export function store(key, value, where = "local") {
  return storeText(key, value === undefined ? undefined : JSON.stringify(value), where);
}

/**
 * The same without JSON, for what other code reads as well.
 *
 * @param {string} key
 * @param {Storage | "local" | "session"} where
 * @returns {string | null}
 */
export function storedText(key, where = "local") {
  try {
    return storage(where).getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string | undefined} text
 * @param {Storage | "local" | "session"} where
 */
export function storeText(key, text, where = "local") {
  try {
    if (text === undefined) storage(where).removeItem(key);
    else storage(where).setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

/** @param {Storage | "local" | "session"} where */
function storage(where) {
  if (where === "local") return localStorage;
  return where === "session" ? sessionStorage : where;
}
