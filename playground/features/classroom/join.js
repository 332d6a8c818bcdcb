// The page of students: the code, and once it is right, everything that a class has.
"use strict";

(() => {
  const at = (id) => document.getElementById(`join-${id}`);
  const { el } = classroom;
  const say = (element, words) => (element.textContent = words);

  // Joining

  const form = at("form");
  const code = at("code");
  code.addEventListener("input", () => (code.value = code.value.toUpperCase().replace(/[^A-Z]/g, "")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    say(at("says"), "");
    try {
      await classroom.join(code.value);
      at("state").focus();
    } catch (error) {
      say(at("says"), error.message);
      code.focus();
    }
    button.disabled = false;
  });

  let was = false; // whether this page has been in a class
  classroom.watch((now, state) => {
    const joined = classroom.joined;
    form.hidden = joined;
    at("inside").hidden = !joined;
    document.querySelector(".masthead h1").textContent = joined ? `Class ${classroom.code}` : "Join a class";
    if (!joined) {
      if (was && state === "out") say(at("says"), "This class was closed, or you have left it.");
      was = false;
      return;
    }
    was = true;
    say(at("says"), "");
    say(at("state"), state === "away" ? "The class is not open just now. This page finds it again by itself." : "You are in. Keep this page open, or go to the playground: the class comes along.");
    if (now) draw(now);
  });

  // What the class has

  const seen = {};
  /** Build something anew only when what it shows has changed, so that nobody loses the focus. */
  const anew = (name, content, build) => {
    const text = JSON.stringify(content ?? null);
    if (seen[name] === text) return;
    seen[name] = text;
    build();
  };

  function draw(now) {
    anew("push", now.push, () => drawPush(now.push));
    anew("vote", now.vote, () => drawVote(now.vote));
    anew("wall", now.wall, () => drawWall(now.wall));
  }

  function drawPush(push) {
    at("push").hidden = !push;
    if (!push) return;
    say(at("push-words"), push.title);
    at("push-open").href = classroom.address(push.address);
  }

  function drawVote(vote) {
    at("vote").hidden = !vote;
    if (!vote) return;
    const question = vote.question || "Which one is better?";
    say(at("vote-question"), question);
    const before = document.activeElement?.closest?.("[data-side]")?.dataset.side;
    at("vote-sides").replaceChildren(...vote.sides.map((side, i) => drawSide(vote, side, i)));
    if (before) at("vote-sides").querySelector(`[data-side="${before}"]`)?.focus();
    const mine = vote.mine === null ? "" : "AB"[vote.mine];
    if (!vote.open) say(at("vote-says"), vote.tally.sentence);
    else say(at("vote-says"), mine ? `You chose ${mine}. You can change that until the vote is closed.` : "Nobody sees who chose what.");
  }

  function drawSide(vote, side, i) {
    const name = "AB"[i];
    const choose = async () => {
      say(at("vote-says"), "Sending …");
      try {
        await classroom.ballot(vote.id, i);
        classroom.now = { ...classroom.now, vote: { ...classroom.now.vote, mine: i } };
        anew("vote", classroom.now.vote, () => drawVote(classroom.now.vote));
      } catch (error) {
        say(at("vote-says"), error.message);
      }
    };
    const settings = { type: "button", class: "ghost", "data-side": name, "aria-pressed": String(vote.mine === i), onclick: choose };
    const button = vote.open ? el("button", settings, `Choose ${name}`) : null;
    return exhibits.side(side, name, classroom.picture, button);
  }

  function drawWall(wall) {
    const entries = wall.map((entry) => exhibits.hung(entry, classroom.picture));
    if (!entries.length) entries.push(el("p", { class: "says" }, "Nothing hangs here yet."));
    at("wall").replaceChildren(...entries);
  }

  // Sending

  const sending = (form, says, act, done) =>
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button[type=submit]");
      button.disabled = true;
      say(says, "Sending …");
      try {
        await act();
        form.reset();
        say(says, done);
      } catch (error) {
        say(says, error.message);
      }
      button.disabled = false;
    });

  const sent = "Sent. It shows once your teacher approves it.";
  sending(at("result"), at("wall-says"), () => classroom.hang({ link: at("link").value }), sent);
  sending(at("drawing"), at("wall-says"), async () => {
    if (!pad.drawn) throw new Error("Draw something first.");
    await classroom.hang({ drawing: pad.canvas.toDataURL("image/png"), caption: at("caption").value });
    pad.clear();
  }, sent);
  sending(at("sheet"), at("sheet-says"), async () => {
    const [file] = at("file").files;
    if (!file) throw new Error("Choose the file of your sheet first.");
    if (file.size > 1_000_000) throw new Error("A sheet is an HTML file of at most 1 MB.");
    await classroom.handIn(await file.text());
  }, "Handed in. Handing in another one takes its place.");

  // A field to draw on: black on white, one width

  const pad = {
    canvas: at("pad"),
    drawn: false,
    clear() {
      const pen = pad.canvas.getContext("2d");
      pen.fillStyle = "white";
      pen.fillRect(0, 0, pad.canvas.width, pad.canvas.height);
      Object.assign(pen, { lineWidth: 8, lineCap: "round", lineJoin: "round", strokeStyle: "black" });
      pad.drawn = false;
    },
    place(event) {
      const box = pad.canvas.getBoundingClientRect();
      return [((event.clientX - box.left) * pad.canvas.width) / box.width, ((event.clientY - box.top) * pad.canvas.height) / box.height];
    },
    start(event) {
      pad.canvas.setPointerCapture(event.pointerId);
      const pen = pad.canvas.getContext("2d");
      pen.beginPath();
      pen.moveTo(...pad.place(event));
      pad.go(event);
    },
    go(event) {
      if (!pad.canvas.hasPointerCapture(event.pointerId)) return;
      const pen = pad.canvas.getContext("2d");
      pen.lineTo(...pad.place(event));
      pen.stroke();
      pad.drawn = true;
    },
  };
  pad.clear();
  pad.canvas.addEventListener("pointerdown", pad.start);
  pad.canvas.addEventListener("pointermove", pad.go);
  at("clear").addEventListener("click", pad.clear);

  at("leave").addEventListener("click", async () => {
    await classroom.leave();
    code.value = "";
    say(at("says"), "You have left. Nothing of this site is kept in this browser any more.");
    code.focus();
  });
})();
