// Answers that come as one JSON value a line.

/**
 * The values of an answer, as their lines come.
 *
 * @param {Response} answer
 * @returns {AsyncGenerator<any>} whoever asks knows what the server sends
 */
export async function* ndjson(answer) {
  if (!answer.body) return;
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + (done ? "\n" : decoder.decode(value, { stream: true }))).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) yield JSON.parse(line);
    if (done) return;
  }
}
