// What the teacher's page asks the server, in the teacher's name.
import { replaceAddress } from "../../web/kit/entries.js";
import { front } from "../../web/kit/page_state.js";
import { unglued } from "../../web/kit/plain_text.js";
import { storedText, storeText } from "../../web/kit/stored.js";

const NO_ANSWER = "The app does not answer. This page goes on trying.";

/** An error whose message is a sentence for people; `status` is 0 where nobody answered. */
export class TeacherError extends Error {
  /**
   * @param {string} sentence
   * @param {number} status
   * @param {boolean} closed
   */
  constructor(sentence, status, closed = false) {
    super(sentence);
    this.status = status;
    this.closed = closed;
  }
}

/** The code of the class. */
export function code() {
  return front().dataset.code ?? "";
}

/** Whether this page is what everybody sees. */
export function isProjected() {
  return new URLSearchParams(location.search).has("projector");
}

/** The token of the link. On a projector everybody reads the address bar, so there it goes. */
export function takeToken() {
  const named = unglued(new URLSearchParams(location.search).get("token") ?? "");
  const token = named || storedText(key(), "session") || "";
  if (isProjected() && named) {
    storeText(key(), token, "session");
    replaceAddress(`${location.pathname}?projector=1`, null);
  }
  return token;
}

export function forgetToken() {
  storeText(key(), undefined, "session");
}

/**
 * Where a picture of the class is found.
 *
 * @param {string} name
 */
export function picture(name) {
  return `${classPath()}/picture/${name}`;
}

/**
 * @param {string} token
 * @param {string} act
 * @param {unknown} [content] what is sent; nothing only asks
 * @param {AbortSignal} [signal]
 */
export async function ask(token, act, content, signal) {
  /** @type {Record<string, string>} */
  const headers = { "X-Classroom": token };
  if (content) headers["Content-Type"] = "application/json";
  const body = content ? JSON.stringify(content) : undefined;
  const method = content ? "POST" : "GET";
  const answer = await fetch(`${classPath()}/${act}`, {
    ...{ method, headers, body, signal },
    cache: "no-store",
  }).catch((error) => {
    throw signal?.aborted ? error : new TeacherError(NO_ANSWER, 0);
  });
  if (answer.ok) return answer;
  const { sentence, closed } = await answer.json().catch(() => ({}));
  throw new TeacherError(sentence ?? "The app could not do this.", answer.status, closed);
}

function key() {
  return `playground_teacher_${code()}`;
}

function classPath() {
  return `${front().dataset.root}class/${code()}`;
}
