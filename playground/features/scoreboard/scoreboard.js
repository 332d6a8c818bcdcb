// Sorting and filtering the scoreboard, and saving it: no server is asked for the first two.
// Run when the table's component is there; what was chosen outlives the table it was chosen for.
const scoreboard = (playground.board ??= {
  chosen: { key: "", order: "none", filters: {} },

  get table() {
    return document.querySelector("#scoreboard-table table");
  },

  get rows() {
    return [...(scoreboard.table?.tBodies[0].rows ?? [])];
  },

  /** The ids of the rows that are shown, in their order. */
  shown() {
    return scoreboard.rows.filter((row) => !row.hidden).map((row) => row.dataset.model).join(",");
  },

  /** Bring a new table into the order, and to the rows, that were chosen for the last one. */
  apply() {
    if (!scoreboard.table) return;
    for (const [name, value] of Object.entries(scoreboard.chosen.filters)) {
      const select = document.querySelector(`#scoreboard-table select[data-filter="${name}"]`);
      if (select) select.value = value;
    }
    scoreboard.sort();
    scoreboard.filter();
  },

  /** Less, more, then as offered; gaps come last either way. */
  turn(key) {
    const { chosen } = scoreboard;
    const next = { none: "ascending", ascending: "descending", descending: "none" };
    chosen.order = chosen.key === key ? next[chosen.order] : "ascending";
    chosen.key = key;
    scoreboard.sort();
    const heading = scoreboard.table.querySelector(`thead [data-key="${key}"]`).textContent;
    const how = chosen.order === "none" ? "in the order they are offered" : `by ${heading}, ${chosen.order}`;
    scoreboard.say(`Models ${how}.`);
  },

  sort() {
    const { key, order } = scoreboard.chosen;
    const rows = scoreboard.rows;
    rows.forEach((row, place) => (row.dataset.place ??= place));
    const value = (row) => row.querySelector(`[data-key="${key}"]`)?.dataset.value;
    const compare = (a, b) => (key === "name" ? a.localeCompare(b) : a - b);
    rows.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const asOffered = a.dataset.place - b.dataset.place;
      if (order === "none") return asOffered;
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined) || asOffered;
      return (order === "ascending" ? 1 : -1) * compare(x, y) || asOffered;
    });
    scoreboard.table.tBodies[0].append(...rows);
    for (const head of scoreboard.table.querySelectorAll("thead th"))
      head.setAttribute("aria-sort", head.dataset.key === key ? order : "none");
  },

  filter() {
    const wanted = Object.entries(scoreboard.chosen.filters).filter(([, value]) => value);
    const names = { kind: "kind", world: "world", family: "familyOf" };
    for (const row of scoreboard.rows)
      row.hidden = wanted.some(([name, value]) => row.dataset[names[name]] !== value);
    const [all, left] = [scoreboard.rows.length, scoreboard.rows.filter((row) => !row.hidden).length];
    scoreboard.say(left === all ? `${all} models` : `${left} of ${all} models`);
  },

  say(words) {
    const line = document.querySelector("#scoreboard-table .board-filters [role=status]");
    if (line) line.textContent = words;
  },

  /** Save a text as a file. */
  save(name, text) {
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    anchor.download = name;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10000);
  },
});

element.addEventListener("click", (event) => {
  const head = event.target.closest?.("thead th");
  if (head && event.target.closest("button")) scoreboard.turn(head.dataset.key);
});
element.addEventListener("change", (event) => {
  const name = event.target.dataset?.filter;
  if (!name) return;
  scoreboard.chosen.filters[name] = event.target.value;
  scoreboard.filter();
});
watch("value", () => scoreboard.apply());
scoreboard.apply();
