// The teacher's page: it asks every two seconds what has happened, and sends what is decided.
"use strict";

(() => {
  const front = document.getElementById("front");
  const { root, code } = front.dataset;
  const about = JSON.parse(front.dataset.about);
  const at = (id) => document.getElementById(`class-${id}`);
  const say = (element, words) => (element.textContent = words);
  const POLL = 2000; // milliseconds
  const query = new URLSearchParams(location.search);
  const projector = query.has("projector");

  const { el } = playground;
  const picture = (name) => `${root}class/${code}/picture/${name}`;

  /** The token of the link. On a projector everybody reads the address bar, so there it goes. */
  const KEY = `playground_teacher_${code}`;
  const token = query.get("token") || sessionStorage.getItem(KEY) || "";
  if (projector && query.get("token")) {
    sessionStorage.setItem(KEY, token);
    history.replaceState(null, "", `${location.pathname}?projector=1`);
  }

  const ask = async (act, content, signal) => {
    const headers = { "X-Classroom": token, ...(content && { "Content-Type": "application/json" }) };
    let answer;
    try {
      answer = await fetch(`${root}class/${code}/${act}`, { method: content ? "POST" : "GET", headers, body: content && JSON.stringify(content), cache: "no-store", signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw Object.assign(new Error("The app does not answer. This page goes on trying."), { status: 0 });
    }
    if (answer.ok) return answer;
    const { sentence, closed } = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(sentence ?? "The app could not do this."), { status: answer.status, closed });
  };

  /** Do something, say what went wrong, and look at once what has become of it. */
  const act = async (name, content, button) => {
    if (button) button.disabled = true;
    try {
      await ask(name, content);
      say(at("says"), "");
      await look();
      return true;
    } catch (error) {
      say(at("says"), error.message);
      at("says").scrollIntoView({ block: "nearest" });
      return false;
    } finally {
      if (button) button.disabled = false;
    }
  };
  const sending = (form, contents) =>
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button[type=submit]");
      await act(...contents(), button);
    });

  // What has happened

  let version = "";
  let last = null;
  let over = false;
  let timer = 0;

  async function look() {
    const answer = await ask(`all?v=${version}`);
    if (answer.status === 204) return;
    const now = await answer.json();
    if ("closed" in now) throw Object.assign(new Error(now.sentence), { closed: now.closed });
    last = now;
    version = last.v;
    draw(last);
  }

  async function poll() {
    if (over) return;
    try {
      await look();
      if (away) say(at("says"), "");
      away = false;
    } catch (error) {
      say(at("says"), error.message);
      away = true;
      if (error.closed || error.status === 403) return end();
    }
    timer = setTimeout(poll, POLL);
  }
  let away = false;

  function end() {
    over = true;
    clearTimeout(timer);
    at("main").hidden = true;
    at("turn").hidden = true;
    say(at("here"), "");
    sessionStorage.removeItem(KEY);
  }

  const seen = {};
  const anew = (name, content, build) => {
    const text = JSON.stringify(content ?? null);
    if (seen[name] === text) return;
    seen[name] = text;
    build(content);
  };

  function draw(now) {
    const { here, in: inside } = now.students;
    say(at("here"), students(here, inside));
    anew("steps", now.steps, drawSteps);
    anew("push", now.push, drawPush);
    anew("vote", now.vote, drawVote);
    anew("wall", now.wall, drawWall);
    anew("sheets", [now.sheets, now.sheets_bytes], drawSheets);
    anew("unlocked", now.unlocked, drawUnlocked);
  }

  const students = (here, inside) => {
    if (here === inside) return inside === 1 ? "1 student here" : `${inside} students here`;
    return inside === 1 ? "1 student, not here just now" : `${inside} students, ${here} of them here just now`;
  };

  function drawSteps(steps) {
    const lessons = Object.entries(steps);
    if (!lessons.length) return at("steps").replaceChildren(el("p", { class: "says" }, "Nobody has begun a lesson."));
    at("steps").replaceChildren(
      ...lessons.map(([id, counts]) => {
        const lesson = about.lessons.find((each) => each.id === id);
        const most = Math.max(...counts);
        const rows = counts.map((count, i) => {
          const name = lesson?.steps[i] ? `${i + 1}. ${lesson.steps[i]}` : `Step ${i + 1}`;
          const bar = el("span", { class: "bar", style: `--share:${count / most}` });
          const own = lesson?.steps[i] && { translate: "no" };
          return el("li", { "data-count": count }, el("span", { class: "bar-name", ...own }, name), bar, el("span", { class: "bar-count" }, String(count)));
        });
        const heading = el("h3", { translate: "no" }, lesson?.title ?? id);
        return el("section", { class: "histogram" }, heading, el("p", { class: "says" }, "Students at each step"), el("ol", { class: "bars" }, ...rows));
      }),
    );
  }

  function drawPush(push) {
    say(at("pushed"), push ? `Shown to all: ${push.title}` : "Nothing is shown just now.");
    at("push-back").hidden = !push;
  }

  function drawVote(vote) {
    at("vote").hidden = !vote;
    at("no-vote").hidden = Boolean(vote) || !projector;
    if (!vote) return;
    say(at("vote-question"), vote.question || "Which one is better?");
    at("vote-sides").replaceChildren(...vote.sides.map((side, i) => exhibits.side(side, "AB"[i], picture, counted(vote, i))));
    const cast = vote.tally.counts[0] + vote.tally.counts[1];
    const hidden = projector && vote.open; // who still chooses shall not see what others chose
    const soFar = cast === 1 ? "1 vote so far." : `${cast} votes so far.`;
    say(at("tally"), hidden ? `${soFar} The count comes when the vote is closed.` : vote.tally.sentence);
    say(at("vote-open"), vote.open ? "Close the vote" : "Open it again");
    for (const [i, id] of ["hands-a", "hands-b"].entries()) if (document.activeElement !== at(id)) at(id).value = vote.hands[i];
  }

  function counted(vote, i) {
    if (projector && vote.open) return null;
    const all = vote.tally.counts[0] + vote.tally.counts[1];
    const share = all ? vote.tally.counts[i] / all : 0;
    return el("p", { class: "counted" }, el("span", { class: "bar", style: `--share:${share}` }), el("b", {}, String(vote.tally.counts[i])));
  }

  function drawWall(wall) {
    const figure = (entry, ...buttons) => exhibits.hung(entry, picture, projector ? null : el("div", { class: "class-row" }, ...buttons));
    const judge = (entry, approved, words) => el("button", { type: "button", class: "ghost", onclick: (event) => act("judge", { entry: entry.id, approved }, event.target) }, words);
    const waiting = wall.filter((entry) => !entry.approved);
    const hung = wall.filter((entry) => entry.approved);
    at("waiting").replaceChildren(...waiting.map((entry) => figure(entry, judge(entry, true, "Approve"), judge(entry, false, "Refuse"))));
    if (waiting.length) at("waiting").prepend(el("p", { class: "says" }, waiting.length === 1 ? "1 waits for you." : `${waiting.length} wait for you.`));
    at("wall").replaceChildren(...hung.map((entry) => figure(entry, judge(entry, false, "Take off"))));
    if (!hung.length) at("wall").replaceChildren(el("p", { class: "says" }, "Nothing hangs here yet."));
  }

  function drawSheets([sheets, bytes]) {
    const size = `${Math.max(1, Math.round(bytes / 1000))} kB`;
    say(at("sheets"), !sheets ? "None yet." : sheets === 1 ? `1 sheet, ${size}.` : `${sheets} sheets, ${size}.`);
    at("sheets-get").disabled = at("sheets-clear").disabled = !sheets;
  }

  function drawUnlocked(unlocked) {
    at("unlock").setAttribute("aria-pressed", String(unlocked));
    say(at("unlock"), unlocked ? "Lock other models" : "Unlock other models");
    say(at("unlock-says"), unlocked ? "Students may run and fetch every model of this host." : "Students run the models that come with the playground, and no others.");
  }

  // What is decided

  const option = (value, words) => el("option", { value }, words);
  const named = (value, title) => el("option", { value, translate: "no" }, title); // by who wrote the lesson
  at("pair").append(...about.pairs.map((pair, i) => option(String(i), pair.title)), option("own", "two results of your own"));
  at("claim").append(...about.claims.map((claim) => option(claim.id, claim.title)));
  at("lesson").append(...about.lessons.map((lesson) => named(lesson.id, lesson.title)));
  at("ready-lesson").append(...about.lessons.map((lesson) => named(lesson.id, lesson.title)), option("", "the first buttons"));
  at("push-lesson").hidden = !about.lessons.length;

  const steps = () => {
    const lesson = about.lessons.find((each) => each.id === at("lesson").value);
    at("lesson-step").replaceChildren(...(lesson?.steps ?? []).map((title, i) => named(String(i + 1), `${i + 1}. ${title}`)));
  };
  at("lesson").addEventListener("change", steps);
  steps();
  const pair = () => {
    const chosen = about.pairs[Number(at("pair").value)];
    at("own").hidden = Boolean(chosen);
    if (chosen) at("question").value = words.of(chosen.question);
  };
  at("pair").addEventListener("change", pair);
  pair();
  words.ready.then(pair);

  sending(at("push-link"), () => ["push", { link: at("link").value }]);
  sending(at("push-claim"), () => ["push", { claim: at("claim").value }]);
  sending(at("push-lesson"), () => ["push", { lesson: at("lesson").value, step: Number(at("lesson-step").value) }]);
  at("push-back").addEventListener("click", (event) => act("push", {}, event.target));
  at("vote-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button[type=submit]");
    const chosen = about.pairs[Number(at("pair").value)];
    const links = chosen ? [chosen.link] : [at("link-a").value, at("link-b").value].filter(Boolean);
    say(button, "The models are at work …");
    await act("vote", { links, question: at("question").value }, button);
    say(button, "Begin the vote");
  });
  at("vote-open").addEventListener("click", (event) => act("vote_open", { open: !last.vote.open }, event.target));
  at("vote-away").addEventListener("click", (event) => act("vote_away", {}, event.target));
  sending(at("hands"), () => ["hands", { hands: [Number(at("hands-a").value), Number(at("hands-b").value)] }]);
  at("unlock").addEventListener("click", (event) => act("unlock", { unlocked: !last.unlocked }, event.target));

  /** What cannot be taken back is asked for twice. */
  const twice = (button, words, done) =>
    button.addEventListener("click", () => {
      if (button.dataset.sure) return done();
      const before = button.textContent;
      button.dataset.sure = "yes";
      say(button, words);
      setTimeout(() => {
        delete button.dataset.sure;
        say(button, before);
      }, 5000);
    });
  twice(at("close"), "Close it: all of it goes", async () => {
    if (await ask("close", {}).then(() => true, (error) => (say(at("says"), error.message), false))) {
      end();
      say(at("says"), "This class is closed, and everything in it is gone.");
    }
  });
  twice(at("sheets-clear"), "Forget them for good", () => act("clear_sheets", {}));

  at("sheets-get").addEventListener("click", async () => {
    try {
      const content = await (await ask("sheets.zip")).blob();
      const link = el("a", { href: URL.createObjectURL(content), download: `class-${code}-sheets.zip` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      say(at("says"), error.message);
    }
  });

  // Ready for class?

  let checking = null;
  const MARKS = { green: "●", amber: "◐", red: "✕" };
  const WORDS = { green: "Green", amber: "Amber", red: "Red" };
  const light = ({ about: what, colour, sentence }) => el("li", { "data-colour": colour }, el("i", { "aria-hidden": "true" }, MARKS[colour]), " ", el("b", {}, WORDS[colour]), " · ", el("span", {}, what), el("p", {}, sentence));

  at("ready").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (checking) return checking.abort();
    checking = new AbortController();
    at("lights").replaceChildren();
    say(at("ready-go"), "Stop");
    say(at("ready-doing"), "Looking …");
    try {
      const answer = await ask("ready", { lesson: at("ready-lesson").value }, checking.signal);
      for await (const line of lines(answer.body.getReader())) show(line);
    } catch (error) {
      say(at("ready-doing"), checking.signal.aborted ? "■ stopped" : error.message);
    }
    checking = null;
    at("ready-bar").hidden = true;
    say(at("ready-go"), "Check");
  });

  function show(line) {
    if (line.light) at("lights").append(light(line.light));
    if (line.doing) {
      say(at("ready-doing"), line.doing);
      at("ready-bar").hidden = false;
      at("ready-bar").value = line.share;
    }
    if (line.end) say(at("ready-doing"), line.sentence);
  }

  async function* lines(reader) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = parts.pop();
      for (const part of parts) yield JSON.parse(part);
    }
  }

  // The projector: one card per screen, the keys of a presenter turn them

  const tongue = words.named ? `&lang=${encodeURIComponent(words.named)}` : ""; // for a tab of its own
  at("projector").href = `${location.pathname}?token=${encodeURIComponent(token)}&projector=1${tongue}`;
  if (projector) {
    document.body.dataset.projector = "";
    const screens = [...document.querySelectorAll(".screen")];
    let now = 0;
    const turn = (to) => {
      now = Math.max(0, Math.min(screens.length - 1, to));
      screens.forEach((screen, i) => (screen.hidden = i !== now));
      say(at("screen"), `${now + 1} of ${screens.length}`);
      at("back").disabled = now === 0;
      at("next").disabled = now === screens.length - 1;
    };
    at("turn").hidden = false;
    at("back").addEventListener("click", () => turn(now - 1));
    at("next").addEventListener("click", () => turn(now + 1));
    document.addEventListener("keydown", (event) => {
      if (event.target.matches("input, select, textarea")) return;
      const moves = { PageDown: 1, ArrowRight: 1, PageUp: -1, ArrowLeft: -1 };
      if (!(event.key in moves)) return;
      event.preventDefault();
      turn(now + moves[event.key]);
    });
    turn(0);
  }

  if (token) poll();
  else {
    end();
    say(at("says"), "This is a teacher’s page. Open it with the link that you got when you opened the class.");
  }
})();
