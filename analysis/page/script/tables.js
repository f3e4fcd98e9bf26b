/* The matrix and the mask: cells change their classes and words, nothing is rebuilt.

Words are apart from the rest: in a table of many tasks they are there for screen readers only, and
laying out thousands of them takes longer than all else. */

/** What a cell of the matrix is called in the style sheet; the same words as in analysis/page/cells.py. */
function cellState(edges, judged, e) {
  if (judged.verdicts[e] === UNKNOWN) return "unknown";
  if (judged.harmful[e]) return "harmful";
  if (isOpenHelp(judged, e)) return "helpful open-help";
  return judged.help.helps[e] ? "helpful" : "between";
}
function cellCertainty(judged, e) {
  return judged.verdicts[e] === UNDECIDED ? "undecided" : judged.verdicts[e] === UNKNOWN ? "open" : "decided";
}

/** The matrix's cells; `show` brings them to a state, changing only those that differ. */
function matrixView(table, data, edges) {
  const cells = [...table.querySelectorAll("td")];
  const ends = cells.map((cell) => cell.querySelector(".ends"));
  const intervals = ends.some(Boolean);
  const shown = cells.map((cell) => cell.className);
  return (judged) => {
    const alphas = intervals ? edgeAlphas(edges, judged) : null;
    table.classList.toggle("pale", data.repeats && edges.all.some((e) => cellCertainty(judged, e) === "decided"));
    for (const e of edges.all) {
      const state = cellState(edges, judged, e);
      const certainty = cellCertainty(judged, e);
      const name = `${state} ${certainty} l${data.sizes[e]}`;
      if (name !== shown[e]) {
        cells[e].className = shown[e] = name;
      }
      if (ends[e]) setText(ends[e], endsText(edges, e, interval(edges, e, alphas[e]), data.digits));
    }
  };
}

/** The verdicts of the matrix's cells in words. */
function matrixWords(table, data, edges) {
  const words = [...table.querySelectorAll("td")].map((cell) => cell.querySelector(".verdict"));
  return (judged) => {
    for (const e of edges.all) if (words[e]) setText(words[e], verdictWords(data, judged, e));
  };
}

/** The verdict of an edge in words. */
function verdictWords(data, judged, e) {
  const kind = judged.harmful[e] ? "harmful" : judged.help.helps[e] ? "helpful" : "other";
  return data.words[kind][isOpenHelp(judged, e) ? "open help" : cellCertainty(judged, e)];
}

/** An interval without its unit. */
function endsText(edges, e, [lower, upper], digits) {
  return `${numberText(edges, e, lower, digits)} to ${numberText(edges, e, upper, digits)}`;
}

/** Write a text only where it changes. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The mask's cells. */
function maskView(table, edges) {
  const cells = [...table.querySelectorAll("td")];
  const shown = Uint8Array.from(cells, (cell) => (cell.className === "no" ? 1 : 0));
  return (blocked) => {
    for (const e of edges.all) {
      if (blocked[e] === shown[e]) continue;
      shown[e] = blocked[e];
      cells[e].className = blocked[e] ? "no" : "yes";
    }
  };
}

/** The mask's cells in words. */
function maskWords(table, edges) {
  const words = [...table.querySelectorAll("td")].map((cell) => cell.firstElementChild);
  return (blocked) => {
    for (const e of edges.all) if (words[e]) setText(words[e], blocked[e] ? "no" : "yes");
  };
}

/** How many edges are what. */
function countsOf(edges, judged, blocked) {
  const counts = { harmful: 0, sure: 0, safe: 0, undecided: 0, unknown: 0, blocked: 0, open_help: 0 };
  const names = ["unknown", "sure", "safe", "undecided"];
  for (const e of edges.all) {
    counts[names[judged.verdicts[e]]] += 1;
    counts.harmful += judged.harmful[e];
    counts.blocked += blocked[e];
    counts.open_help += isOpenHelp(judged, e) ? 1 : 0;
  }
  return counts;
}
