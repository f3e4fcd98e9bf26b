/* The mask file of docs/formats.md at the page's threshold, for download. */

const VERDICTS = ["unknown", "harmful", "not harmful", "undecided"];

/** A row-major array as rows of JSON values; NaN and the diagonal are null. */
function asRows(size, valueOf) {
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => {
      if (row === column) return null;
      const value = valueOf(row * size + column);
      return Number.isNaN(value) ? null : value;
    }),
  );
}

/** Kind, unit and threshold of the changes into each task. */
function changesAt(data, judged) {
  return Object.fromEntries(data.tasks.map((task, target) =>
    [task, { ...data.kinds[target].facts, threshold: judged.limits[target] }]));
}

/** The content of the mask file. */
function maskContent(data, edges, judged, blocked, choice) {
  const alphas = edgeAlphas(edges, judged);
  const ends = edges.all.reduce((some, e) => some.set(e, interval(edges, e, alphas[e])), new Map());
  const made = { level: data.level, correction: data.correction };
  if (choice.unknown !== null) made.unknown = choice.unknown;
  const rows = (valueOf) => asRows(edges.size, valueOf);
  return {
    format: "gradsplit-mask",
    version: data.kinds === null ? 1 : 2,
    tasks: data.tasks,
    may_update: rows((e) => !blocked[e]).map((row, i) => row.map((cell, j) => i === j || cell)),
    threshold: data.kinds === null ? judged.threshold : 0 - judged.threshold * data.relative,
    ...(data.kinds === null ? {} : { changes: changesAt(data, judged) }),
    undecided: choice.undecided,
    evidence: {
      change: rows((e) => edges.change[e]),
      lower: rows((e) => ends.get(e)[0]),
      upper: rows((e) => ends.get(e)[1]),
      n: rows((e) => edges.n[e]),
      verdict: rows((e) => VERDICTS[judged.verdicts[e]]),
    },
    provenance: { ...made, source: data.source },
  };
}

/** JSON with one line a row of a matrix, as `gradsplit mask` writes it. */
function maskText(value, depth = 0) {
  const indent = "\n" + "  ".repeat(depth + 1);
  const end = "\n" + "  ".repeat(depth);
  if (Array.isArray(value) && value.length > 0 && value.every(Array.isArray)) {
    return `[${indent}${value.map((row) => JSON.stringify(row)).join("," + indent)}${end}]`;
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${maskText(item, depth + 1)}`);
    return `{${indent}${items.join("," + indent)}${end}}` + (depth === 0 ? "\n" : "");
  }
  return JSON.stringify(value);
}

/** Hand a text to the reader as a file. */
function offerFile(name, text, type = "application/json") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 600000);
}
