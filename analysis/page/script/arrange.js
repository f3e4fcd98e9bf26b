/* Which tasks the tables show, and in which order. */

const ORDERS = {
  given: () => (a, b) => a - b,
  name: (data) => (a, b) => data.tasks[a].localeCompare(data.tasks[b], "en", { numeric: true }) || a - b,
  done: (data, edges) => byLosses(lossesOf(edges, (e) => Math.floor(e / edges.size))),
  suffered: (data, edges) => byLosses(lossesOf(edges, (e) => e % edges.size)),
};
const WITHIN = ["both", "sources", "targets"];

/** The sum of the known losses of each task's edges, in sizes of the targets' thresholds. */
function lossesOf(edges, taskOf) {
  const losses = new Float64Array(edges.size);
  for (const e of edges.all) {
    if (edges.known[e]) losses[taskOf(e)] += Math.min(0, edges.change[e] / sizeOf(edges, e % edges.size));
  }
  return losses;
}

/** Orders tasks by their losses, the largest first. */
function byLosses(losses) {
  return (a, b) => losses[a] - losses[b] || a - b;
}

/** Whether a task's name holds one of the parts of a filter, which commas separate. */
function passes(name, filter) {
  const parts = filter.toLowerCase().split(",").map((part) => part.trim()).filter(Boolean);
  return parts.length === 0 || parts.some((part) => name.toLowerCase().includes(part));
}

/** The tasks of the rows and of the columns, as the reader wants them. */
function arrangement(data, edges, { sort, filter, within }) {
  const all = data.tasks.map((_, i) => i).sort(ORDERS[sort](data, edges));
  const some = all.filter((task) => passes(data.tasks[task], filter));
  return { sources: within === "targets" ? all : some, targets: within === "sources" ? all : some };
}

/** A table of tasks by tasks; the returned function brings it into an arrangement. */
function arrangedTable(table) {
  const body = table.tBodies[0];
  const lines = [...table.tHead.rows, ...(table.tFoot?.rows ?? [])].map((row) => ({ row, cells: [...row.cells] }));
  const rows = [...body.rows].map((row) => ({ row, cells: [...row.cells] }));
  const fill = ({ row, cells }, targets) => row.replaceChildren(cells[0], ...targets.map((target) => cells[target + 1]));
  return ({ sources, targets }) => {
    body.remove(); // so that nothing is laid out in between
    for (const line of lines) fill(line, targets);
    for (const source of sources) fill(rows[source], targets);
    body.replaceChildren(...sources.map((source) => rows[source].row));
    table.tHead.after(body);
  };
}

/** How many tasks are shown, in a sentence; nothing when all are. */
function shownText(size, { sources, targets }) {
  if (sources.length === size && targets.length === size) return "";
  if (sources.length === 0 || targets.length === 0) return "No task's name holds that.";
  const of = (some) => (some.length === size ? `all ${size}` : `${some.length} of ${size}`);
  const which = sources.length === targets.length ? `${of(sources)} tasks` : `${of(sources)} sources and ${of(targets)} targets`;
  return `The tables show ${which}; counts, graph and the mask's file are of all.`;
}
