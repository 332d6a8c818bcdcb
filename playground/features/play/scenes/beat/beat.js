// Beat the machine: guess the next letter of lines that no model has read, scored by one rule.
//
// What the models would have guessed is recorded, see beat_game.py; the game needs no server.
"use strict";

play.scene("beat", (root) => {
  const MODELS = [
    { id: "char_lstm", family: "lstm", name: "LSTM" },
    { id: "gpt2_mini", family: "transformer", name: "GPT" },
  ];
  const GUESSED = 15; // letters at the end of each line; those before them are given
  const MOST = 6; // wrong guesses, then the letter is told
  const TOLD = MOST + 1;
  const SHOWN = 5; // candidates of each model
  const ROWS = ["qwertyuiop", "asdfghjkl'", "zxcvbnm,.?", "-! ;:"];
  const NAMES = { " ": "space", "'": "apostrophe", ",": "comma", ".": "full stop", "?": "question mark", "-": "hyphen", "!": "exclamation mark", ";": "semicolon", ":": "colon" };

  const guesses = { you: [] }; // of everybody, letter by letter: at which guess it was found
  MODELS.forEach(({ id }) => (guesses[id] = []));
  let tried = new Set(); // wrong guesses at this letter
  let order = []; // the lines in the order of this visit
  let at = -1; // which of them
  let runs, opening, line, place, from;

  // The rule

  /** Bits that a letter costs when it is found at this guess (Shannon 1951). */
  const bits = (guess) => Math.log2(guess * (guess + 1));

  /** A model guesses in the order of its favourites, and is told at the same time as you. */
  const guessOf = ([, , rank]) => Math.min(rank + 1, TOLD);

  /** Mean of some numbers with its 95 % interval by the normal approximation. */
  function mean(values) {
    const n = values.length;
    const middle = values.reduce((sum, value) => sum + value, 0) / n;
    const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
    const reach = n > 1 ? 1.96 * Math.sqrt(squares / (n - 1) / n) : Infinity;
    return { n, middle, low: middle - reach, high: middle + reach };
  }

  /** "2.01 (1.43–2.59)": no score can lie beyond the cheapest and the dearest letter. */
  function score(values) {
    const { n, middle, low, high } = mean(values.map(bits));
    if (!n) return "–";
    if (n < 2) return middle.toFixed(2);
    return `${middle.toFixed(2)} (${Math.max(low, bits(1)).toFixed(2)}–${Math.min(high, bits(TOLD)).toFixed(2)})`;
  }

  /** What the letters so far allow to say: both have guessed the same ones, so in pairs. */
  function verdict() {
    const n = guesses.you.length;
    const even = [];
    const said = [];
    for (const { id, name } of MODELS) {
      const { middle, low, high } = mean(guesses.you.map((guess, i) => bits(guess) - bits(guesses[id][i])));
      const apart = (a, b, c) => `by ${a.toFixed(2)} (${b.toFixed(2)}–${c.toFixed(2)}) bits a letter.`;
      if (high < 0) said.push(`You beat ${name} ${apart(-middle, -high, -low)}`);
      else if (low > 0) said.push(`${name} beats you ${apart(middle, low, high)}`);
      else even.push(name);
    }
    if (even.length) said.push(`${["You", ...even].join(even.length > 1 ? ", " : " and ").replace(/, (?=\w+$)/, " and ")} cannot be told apart from ${n} letters.`);
    return said.join(" ");
  }

  // What is on the page

  const lineShown = play.el("p", { class: "beat-line" });
  const board = play.el("div", { class: "card beat-board", tabindex: "0", role: "group", "aria-label": "The line so far. Type the next letter here." }, lineShown);
  const said = play.el("p", { class: "says beat-said" });
  const keys = new Map();
  const keyboard = play.el("div", { class: "beat-keys", role: "group", "aria-label": "Letters to guess" }, ...ROWS.flatMap(keyRow));
  const giveUp = play.el("button", { type: "button", class: "ghost beat-give-up", onclick: () => settle(TOLD) }, "Give up this letter");
  const another = play.el("button", { type: "button", class: "ghost beat-another", onclick: next }, "Another line");
  const asked = play.el("p", { class: "beat-asked" });
  const cards = MODELS.map(modelCard);
  const rows = [{ id: "you", name: "You" }, ...MODELS].map(scoreRow);
  const caption = play.el("caption", {});
  const verdictShown = play.el("p", { class: "beat-verdict" });

  function keyRow(letters, row) {
    return [...letters].map((letter) => {
      const key = play.el("button", { type: "button", class: "beat-key", tabindex: keys.size ? "-1" : "0", "aria-label": NAMES[letter], "data-row": row, "data-letter": letter }, letter === " " ? "space" : letter);
      key.addEventListener("click", (event) => {
        guess(letter);
        focusKey(key);
        // After a tap what is typed belongs to the line, not to the key tapped last.
        if (event.detail) board.focus({ preventScroll: true });
        else key.focus();
      });
      keys.set(letter, key);
      return key;
    });
  }

  function modelCard({ id, family, name }) {
    const list = play.el("ol", { class: "beat-bars" });
    const figures = play.el("p", { class: "figures" });
    const head = play.el("header", { class: "heading", "data-family": family }, play.shape(family), play.el("h3", {}, name));
    const element = play.el("section", { class: "card family", "data-family": family, "aria-label": name }, head, list, figures);
    return { id, element, list, figures };
  }

  function scoreRow({ id, family, name }) {
    const mark = family ? play.shape(family) : play.el("i", { class: "beat-you", "aria-hidden": "true" });
    const head = play.el("th", { scope: "row", "data-family": family }, mark, name);
    const figure = play.el("td", {});
    const first = play.el("td", {});
    return { id, figure, first, element: play.el("tr", { "data-who": id }, head, figure, first) };
  }

  root.append(
    play.heading("Beat the machine", "Guess the next letter of lines that no model has read. Found at once it costs 1 bit, every wrong guess costs more, for you and for them."),
    play.el(
      "div",
      { class: "beat" },
      play.el(
        "div",
        { class: "beat-game" },
        play.el("div", { class: "beat-play", onkeydown: type }, board, said, keyboard),
        play.el("div", { class: "tools" }, giveUp, another),
      ),
      play.el(
        "div",
        { class: "beat-others" },
        asked,
        play.el("div", { class: "beat-cards" }, ...cards.map((card) => card.element)),
        play.el(
          "table",
          { class: "beat-scores" },
          caption,
          play.el("thead", {}, play.el("tr", {}, play.el("td", {}), play.el("th", { scope: "col" }, "bits a letter"), play.el("th", { scope: "col" }, "first try"))),
          play.el("tbody", {}, ...rows.map((row) => row.element)),
        ),
        verdictShown,
      ),
    ),
    rules(),
  );

  function rules() {
    const say = (...words) => play.el("p", {}, ...words);
    return play.el(
      "details",
      { class: "details beat-rules" },
      play.el("summary", {}, "The rule, and what the interval says"),
      say("This is Claude Shannon's guessing game (Prediction and entropy of printed English, 1951). A letter found at guess r costs log₂(r · (r + 1)) bits: 1 at the first guess, 2.58 at the second, 3.58 at the third. That is a code: 1/2 + 1/6 + 1/12 + … never exceeds 1."),
      say(`A model guesses in the order of its favourites among 65 characters, capitals too; you have the ${keys.size} keys. After ${MOST} wrong guesses the letter is told. That counts as guess ${TOLD} (${bits(TOLD).toFixed(2)} bits) for everybody, and so does giving up, or leaving a line at a letter you have tried. So the score can be a little lower than a true code's.`),
      say("A score is the mean over all letters guessed here, with its 95 % interval (1.96 standard errors, cut off at what a letter can cost). The sentence below the table looks at the differences, letter by letter, once a line is done. Letters of a line are not quite independent, so the true intervals are a little wider."),
      say("Both models have read one book of plays. The lines were written for this game, and no 12 letters of them in a row are in that book."),
    );
  }

  // Playing

  const visible = (letter) => (letter === " " ? "␣" : letter === "\n" ? "↵" : letter);
  const named = (letter) => (letter === " " ? "a space" : `“${letter}”`);
  const cost = (guess) => `${bits(guess).toFixed(guess > 1 ? 2 : 0)} bit${guess > 1 ? "s" : ""}`;
  const over = () => place >= line?.length;

  /** The letters of a line as a model read it, without those of the opening. */
  function lettersOf(id) {
    const letters = runs[`${id}-${order[at]}`].events.flatMap((event) => event.letters ?? []);
    return letters.slice(opening.length);
  }

  function next() {
    if (!runs) return;
    if (!over() && tried.size) settle(TOLD);
    at += 1;
    if (at === order.length) begin();
    const { prompt } = runs[`${MODELS[0].id}-${order[at]}`].start.recipe;
    opening = prompt.slice(0, prompt.lastIndexOf("\n") + 1);
    line = prompt.slice(opening.length);
    from = place = line.length - GUESSED;
    tried = new Set();
    root.dataset.line = order[at];
    said.textContent = `Which letter comes next? You have ${MOST} guesses.`;
    asked.textContent = "Their guesses show once you have yours.";
    cards.forEach(showNothing);
    show();
  }

  /** All lines in a new order, and a new score: who has seen a line does not guess it any more. */
  function begin() {
    at = 0;
    order = order.map((number) => [Math.random(), number]).sort(([a], [b]) => a - b).map(([, number]) => number);
    Object.values(guesses).forEach((list) => (list.length = 0));
    verdictShown.textContent = `Who is better shows after ${GUESSED} letters.`;
  }

  function guess(letter) {
    if (!runs || over()) return;
    if (letter === line[place]) return settle(tried.size + 1);
    if (!tried.has(letter)) tried.add(letter);
    else return;
    if (tried.size === MOST) return settle(TOLD);
    const left = MOST - tried.size;
    tell(`Not ${named(letter)}. ${left} ${left > 1 ? "guesses" : "guess"} left.`);
    show();
  }

  /** The letter has been found, or told; now the models show theirs. */
  function settle(number) {
    if (!runs || over()) return;
    const letter = line[place];
    guesses.you.push(number);
    cards.forEach((card) => {
      const recorded = lettersOf(card.id)[place];
      guesses[card.id].push(guessOf(recorded));
      showBars(card, recorded);
    });
    asked.replaceChildren("Guesses for ", play.el("b", {}, visible(letter)), ` · ↻ ${play.REPLAYED[2]}s`);
    place += 1;
    tried = new Set();
    const result = number === TOLD ? `It was ${named(letter)}. Told, so guess ${TOLD}: ${cost(TOLD)}.` : `Yes, ${named(letter)} at guess ${number}: ${cost(number)}.`;
    tell(`${result} ${over() ? ended() : "What comes next?"}`);
    show();
  }

  function ended() {
    verdictShown.textContent = verdict();
    window.sitting?.answer({ question: "Beat the machine", said: verdictShown.textContent });
    const rest = order.length - at - 1;
    return rest ? `The line is done; ${rest} ${rest > 1 ? "are" : "is"} left.` : "That was the last line.";
  }

  function tell(words) {
    said.textContent = words;
    play.say(words);
  }

  // Showing

  function show() {
    const tile = play.el("span", { class: "beat-tile" }, play.el("span", { class: "beat-hidden" }, "blank"));
    lineShown.replaceChildren(play.el("span", { class: "prompt" }, opening), line.slice(0, from), play.el("b", {}, line.slice(from, place)), over() ? "" : tile);
    for (const [letter, key] of keys) {
      key.toggleAttribute("data-tried", tried.has(letter));
      if (over() || tried.has(letter)) key.setAttribute("aria-disabled", "true");
      else key.removeAttribute("aria-disabled");
    }
    // Not disabled: the focus would be lost with it.
    giveUp.setAttribute("aria-disabled", String(over()));
    another.textContent = over() && at === order.length - 1 ? "Start again" : "Another line";
    showScores();
  }

  function showScores() {
    const n = guesses.you.length;
    caption.textContent = n ? `Score after ${n} ${n > 1 ? "letters" : "letter"}, with its 95 % interval` : "Score";
    for (const row of rows) {
      const own = guesses[row.id];
      row.figure.textContent = score(own);
      row.first.textContent = n ? `${own.filter((number) => number === 1).length} of ${n}` : "–";
    }
  }

  /** Percent as a whole; of what is rare, one in how many. */
  function percent(probability) {
    if (probability >= 0.01) return `${Math.round(probability * 100)} %`;
    return probability >= 0.001 ? `1 in ${Math.round(1 / probability)}` : "< 0.1 %";
  }

  function bar([letter, probability], right) {
    const length = play.el("i", { style: `width: ${(probability * 100).toFixed(1)}%` });
    const word = right && play.el("span", { class: "beat-hidden" }, ", the right one");
    return play.el("li", { class: right && "right" }, play.el("b", {}, visible(letter)), play.el("span", { class: "beat-bar", "aria-hidden": "true" }, length), play.el("span", {}, percent(probability)), play.el("span", { "aria-hidden": "true" }, right ? "✓" : ""), word || null);
  }

  /** Five favourites, and the right one below them where it is not among them. */
  function showBars({ list, figures }, recorded) {
    const [letter, probability, rank, , others] = recorded;
    const items = others.slice(0, SHOWN).map((other, i) => bar(other, i === rank));
    if (rank >= SHOWN) items.push(bar([letter, probability], true));
    list.replaceChildren(...items);
    const number = guessOf(recorded);
    figures.textContent = rank >= TOLD ? `Its no. ${rank + 1}, so guess ${TOLD}: ${cost(TOLD)}` : `Guess ${number}: ${cost(number)}`;
  }

  function showNothing({ list, figures }) {
    list.replaceChildren();
    figures.textContent = "Guesses along with you.";
  }

  // The keyboard: that of the page, and the visitor's own while this scene has the focus

  function type(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = event.target.closest(".beat-key");
    if (key && event.key.startsWith("Arrow")) return move(event, key);
    if (key && (event.key === " " || event.key === "Enter")) return; // presses that key
    const letter = event.key === "’" ? "'" : event.key.toLowerCase();
    if (!runs || over() || !keys.has(letter)) return;
    event.preventDefault();
    if (!event.repeat) guess(letter);
  }

  function move(event, key) {
    event.preventDefault();
    const all = [...keys.values()];
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const target = across ? all[all.indexOf(key) + across] : below(key, event.key === "ArrowDown" ? 1 : -1);
    if (!target) return;
    focusKey(target);
    target.focus();
  }

  /** The key of the row below, or above, whose middle is nearest. */
  function below(key, down) {
    const middle = (k) => k.offsetLeft + k.offsetWidth / 2;
    const row = [...keys.values()].filter((k) => Number(k.dataset.row) === Number(key.dataset.row) + down);
    const distance = (k) => Math.abs(middle(k) - middle(key));
    return row.sort((a, b) => distance(a) - distance(b))[0];
  }

  /** One key is the tab stop of all. */
  function focusKey(key) {
    keys.forEach((other) => other.setAttribute("tabindex", other === key ? "0" : "-1"));
  }

  async function fetchLines() {
    said.textContent = "The lines are on their way.";
    try {
      ({ runs } = await play.pack("beat"));
    } catch (error) {
      delete play.packs.beat;
      const again = play.el("button", { type: "button", class: "ghost", onclick: fetchLines }, "Try again");
      said.replaceChildren(play.el("span", { class: "failure" }, "The lines could not be fetched. "), again);
      return;
    }
    order = Object.keys(runs).filter((name) => name.startsWith(`${MODELS[0].id}-`)).map((name) => Number(name.split("-")[1]));
    at = order.length - 1;
    next();
  }

  cards.forEach(showNothing);
  fetchLines();
});
