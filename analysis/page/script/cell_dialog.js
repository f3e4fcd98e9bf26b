/* A cell of the matrix opens the scores behind it, by mouse, touch or keyboard. */

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** Let cells be walked through by arrow keys, one of them being reached by Tab, and be opened. */
function openableCells(table, labelOf, open) {
  const cells = [...table.querySelectorAll("tbody td")];
  const places = new Map(cells.map((cell, e) => [cell, e]));
  const isEdge = (cell) => places.has(cell) && !cell.classList.contains("self");
  let current = cells.find(isEdge);
  const stand = (cell) => {
    current.removeAttribute("tabindex");
    current = cell;
    current.tabIndex = 0;
  };
  table.setAttribute("role", "grid");
  stand(current);
  table.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (!isEdge(cell)) return;
    stand(cell);
    cell.focus();
    open(places.get(cell), cell);
  });
  table.addEventListener("focusin", ({ target }) => {
    if (isEdge(target) && target.childElementCount === 0) target.setAttribute("aria-label", labelOf(places.get(target)));
  });
  table.addEventListener("keydown", (event) => {
    if (!isEdge(event.target)) return;
    if (event.key === "Enter" || event.key === " ") open(places.get(event.target), event.target);
    else if (!(event.key in STEPS)) return;
    else {
      const next = neighbour(event.target, STEPS[event.key], isEdge);
      if (next) stand(next);
      current.focus();
    }
    event.preventDefault();
  });
  /** Another cell is reached by Tab when the last one is no longer shown. */
  return () => {
    const shown = current.isConnected ? current : [...table.querySelectorAll("tbody td")].find(isEdge);
    if (shown) stand(shown);
  };
}

/** The next edge in a direction; undefined at the end of the table. */
function neighbour(cell, [down, right], isEdge) {
  const rows = [...cell.closest("tbody").rows];
  let row = rows.indexOf(cell.parentElement), column = cell.cellIndex;
  for (;;) {
    row += down;
    column += right;
    const next = rows[row]?.cells[column];
    if (!next || next.localName !== "td") return undefined;
    if (isEdge(next)) return next;
  }
}

/** The dialog; `open` fills it for an edge, `follow` for the threshold as it is now.

It is not modal: the slider may move beside it, and a browser need not make thousands of cells inert. */
function cellDialog(dialog, data, edges, judgedNow) {
  const part = (name) => dialog.querySelector(`.${name}`);
  const state = { e: null, from: null };
  const close = () => {
    const inside = dialog.contains(document.activeElement);
    dialog.close();
    if (inside) state.from.focus();
  };
  part("close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && dialog.open) close(); });
  const follow = () => {
    if (dialog.open) setText(part("said"), edgeSentence(data, edges, judgedNow(), state.e));
  };
  const open = (e, cell) => {
    Object.assign(state, { e, from: cell });
    part("title").replaceChildren(named(data.tasks[Math.floor(e / edges.size)]), " → ", named(data.tasks[e % edges.size]));
    const lines = seedLines(data, edges, e);
    part("lines").replaceChildren(...lines);
    part("scores").hidden = lines.length === 0;
    part("unscored").hidden = lines.length === 0 || data.by_seed.alone !== null;
    if (!dialog.open) dialog.show();
    follow();
    dialog.scrollTop = 0;
    part("close").focus();
  };
  return { open, follow };
}
