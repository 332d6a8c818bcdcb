// The connection to Gradio's server. Where that is away, Gradio takes no press any more and at last
// reads the page anew, and all that somebody has typed and seen would go. So it hears instead that
// its call has failed, in a sentence that it shows; the next press is another try.

const CALLS = /\/gradio_api\/(queue\/join|run\/predict)\b/;
const NEWS = /\/gradio_api\/queue\/data\b/; // of the calls that are under way
const AWAY = "The server does not answer. Try again in a moment.";
const CLOSED = "close_stream";
/** What ends all calls that are under way, and the news of them; the next call asks for others. */
const END = [{ msg: "unexpected_error", message: AWAY, success: false }, { msg: CLOSED }]
  .map((message) => `data: ${JSON.stringify(message)}\n\n`)
  .join("");

/** Stand between Gradio and its server, unless the operator leaves Gradio as it is. */
export function startConnection() {
  if (!document.getElementById("gradio-parts")) return;
  const ask = window.fetch.bind(window);
  /** @type {typeof fetch} */
  const value = (where, settings) => {
    const address = where instanceof Request ? where.url : String(where);
    const asked = ask(where, settings);
    if (CALLS.test(address)) return answered(asked);
    return NEWS.test(address) ? lasting(asked) : asked;
  };
  Object.defineProperty(window, "fetch", { value, configurable: true, writable: true });
}

/**
 * An answer to a call, which may be that there is none.
 *
 * @param {Promise<Response>} asked
 */
export async function answered(asked) {
  return (await answerOf(asked)) ?? Response.json({ detail: AWAY, error: AWAY }, { status: 500 });
}

/**
 * News that end in a message, whatever else ends them. Gradio itself ends them when the page is
 * left: they are empty then, since it would take an error for a broken connection, and say so.
 *
 * @param {Promise<Response>} asked
 */
export async function lasting(asked) {
  const headers = { "Content-Type": "text/event-stream" };
  let answer;
  try {
    answer = await answerOf(asked);
  } catch {
    return new Response("", { headers });
  }
  const reader = answer?.body?.getReader();
  if (!answer || !reader) return new Response(END, { headers });
  const text = new TextDecoder();
  let closed = false;
  const body = new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read().catch((error) => {
        closed ||= isAbort(error); // Gradio itself has ended it, and waits for nothing more
        return { done: true, value: undefined };
      });
      if (value) closed ||= text.decode(value, { stream: true }).includes(CLOSED);
      if (value) controller.enqueue(value);
      if (!done) return;
      if (!closed) controller.enqueue(new TextEncoder().encode(END));
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: answer.status, headers });
}

/**
 * What the server says; null where nobody answers, or something in front of it does.
 *
 * @param {Promise<Response>} asked
 */
async function answerOf(asked) {
  const answer = await asked.catch(endOf);
  if (!(answer instanceof Response)) return null;
  const said = answer.headers.get("Content-Type") ?? "";
  return answer.status < 502 || said.includes("json") ? answer : null;
}

/**
 * The end of what cannot be read any more; what Gradio itself has ended stays an error.
 *
 * @param {unknown} error
 * @returns {{ done: true, value?: undefined }}
 */
function endOf(error) {
  if (isAbort(error)) throw error;
  return { done: true };
}

/** @param {unknown} error */
function isAbort(error) {
  return error instanceof Error && error.name === "AbortError";
}
