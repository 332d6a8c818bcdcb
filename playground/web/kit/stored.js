// What the browser keeps for us: values, as JSON, and cookies. Private windows may refuse, and
// frames that another page has shut off (`sandbox`): then nothing is kept, and whatever asks goes
// on without.

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

/** The names of what is kept. @param {Storage | "local" | "session"} where */
export function storedNames(where = "local") {
  try {
    return Object.keys(storage(where));
  } catch {
    return [];
  }
}

/** All cookies of this page: from each name to what it holds. */
export function cookies() {
  let text = "";
  try {
    text = document.cookie;
  } catch {
    // nothing is kept where nothing may be
  }
  const pairs = text.split("; ").filter(Boolean);
  return new Map(
    pairs.map((pair) => {
      const [name, ...value] = pair.split("=");
      return [name, value.join("=")];
    }),
  );
}

/**
 * Keep a cookie for the whole site. True if that could be tried. Over https it is sent over nothing
 * else, and within a frame of another site only if it says that it may be.
 *
 * @param {string} name
 * @param {string} value
 * @param {number} seconds 0 removes it
 */
export function setCookie(name, value, seconds) {
  const secure = location.protocol === "https:";
  const framed = window.parent !== window && secure;
  const policy = framed ? "SameSite=None; Partitioned" : "SameSite=Lax";
  const kind = secure ? `${policy}; Secure` : policy;
  try {
    document.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; ${kind}`;
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
