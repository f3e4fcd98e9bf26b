/* The edges that the tables show, as the csv file that `gradsplit graph --out edges.csv` writes. */

const COLUMNS = ["source", "target", "change", "lower", "upper", "n", "verdict"];
const KIND_COLUMNS = ["kind", "threshold", "unit"];

/** The text of the file: edges in the order of the tables, fractions, an empty field is not known. */
function edgeTable(data, edges, judged, { sources, targets }) {
  const alphas = edgeAlphas(edges, judged);
  const lines = [edges.kinds === null ? COLUMNS : [...COLUMNS, ...KIND_COLUMNS]];
  for (const source of sources) {
    for (const target of targets) {
      const e = source * edges.size + target;
      if (source === target) continue;
      const numbers = [edges.change[e], ...interval(edges, e, alphas[e])].map((number) => (Number.isNaN(number) ? "" : String(number)));
      lines.push([inert(data.tasks[source]), inert(data.tasks[target]), ...numbers, String(edges.n[e]),
        VERDICTS[judged.verdicts[e]], ...kindCells(edges, judged, target)]);
    }
  }
  return lines.map((cells) => cells.map(csvCell).join(",") + "\n").join("");
}

/** Kind, threshold and unit of a target, where there are several. */
function kindCells(edges, judged, target) {
  if (edges.kinds === null) return [];
  const { kind, unit } = edges.kinds[target].facts;
  return [kind, String(judged.limits[target]), unit];
}

/** A name of which no spreadsheet makes a formula, as relations/tables/csv_file.py writes it. */
function inert(name) {
  const isNumber = /^[+-][\d.]+(e[+-]?\d+)?\s*%?(\s*±.*)?$/.test(name);
  return /^'*[=@+-]/.test(name) && !isNumber ? `'${name}` : name;
}

/** A cell, quoted where it must be. */
function csvCell(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
