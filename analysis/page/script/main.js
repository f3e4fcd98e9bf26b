/* The controls: one threshold moves everything on the page. */

const data = JSON.parse(document.getElementById("data").textContent);
const edges = readEdges(data);
const at = (id) => document.getElementById(id);

const views = {
  matrix: matrixView(at("matrix"), data, edges),
  matrixWords: matrixWords(at("matrix"), data, edges),
  mask: maskView(at("mask"), edges),
  maskWords: maskWords(at("mask"), edges),
  graph: graphView(at("graph"), data, edges),
  standing: standingView({ groups: at("groups"), sources: at("sources"), targets: at("targets") }, data),
  list: edgeList(at("edge-rows"), at("edge-more"), data, edges),
};
const UNREAD = at("mask").classList.contains("compact"); // words of cells are not to be seen
const ROOMY = 60; // tables of more tasks are arranged when the reader has stopped typing
const page = { threshold: data.threshold, judged: null, blocked: null, waiting: null, typing: null, tasks: null, shown: null };
page.tasks = arrangement(data, edges, { sort: "given", filter: "", within: "both" });

const cellScores = cellDialog(at("cell"), data, edges, () => page.judged);
const cellLabel = (e) => `${edgeText(data, e)}: ${edgeSentence(data, edges, page.judged, e)}`;
const restand = openableCells(at("matrix"), cellLabel, cellScores.open);
const arrange = [at("matrix"), at("mask")].map(arrangedTable);

/** What the reader chose about undecided and unknown edges. */
function choice() {
  const unknown = at("unknown");
  return { undecided: at("undecided").value, unknown: unknown && unknown.value ? unknown.value : null };
}

/** Bring the whole page to its threshold. */
function update() {
  const judged = (page.judged = judge(edges, page.threshold));
  const groups = harmfulGroups(edges, judged);
  views.matrix(judged);
  showKinds(views.graph(judged, groups));
  views.standing(groups, standings(edges, judged, "source"), standings(edges, judged, "target"));
  showThreshold(judged);
  updateMask();
  later();
}

/** What the reader chose about the tables. */
function view() {
  return { sort: at("sort").value, filter: at("filter").value, within: at("within").value };
}

/** Bring the tables into the order that the reader chose. */
function updateTasks() {
  const wanted = arrangement(data, edges, view());
  if (JSON.stringify(wanted) !== JSON.stringify(page.tasks)) for (const bring of arrange) bring(wanted);
  page.tasks = wanted;
  page.shown = { sources: new Set(wanted.sources), targets: new Set(wanted.targets) };
  restand();
  setText(at("shown"), shownText(edges.size, page.tasks));
  later();
}

/** Whether the tables show an edge. */
function isShown(e) {
  return page.shown.sources.has(Math.floor(e / edges.size)) && page.shown.targets.has(e % edges.size);
}

/** The list of edges. */
function updateList() {
  views.list(page.judged, at("edge-choice").value, isShown);
}

/** The address follows what the reader chose. */
function writeLink() {
  const hash = viewHash(view(), page.threshold, data);
  at("link").setAttribute("href", hash);
  if (isView(location.hash) && location.hash !== hash && (location.hash || "#") !== hash) history.replaceState(null, "", hash);
}

/** The page follows its address. */
function readLink() {
  if (!isView(location.hash)) return;
  const { threshold, ...chosen } = viewOf(location.hash, data);
  for (const [name, value] of Object.entries(chosen)) at(name).value = value;
  updateTasks();
  show(readThreshold(threshold) === null ? String(data.threshold) : threshold);
}

/** The mask follows the threshold and the reader's choices. */
function updateMask() {
  const chosen = choice();
  page.blocked = blockedBy(edges, page.judged, chosen.undecided, chosen.unknown);
  views.mask(page.blocked);
  if (!UNREAD) updateWords();
  showCounts(countsOf(edges, page.judged, page.blocked));
  showCommand(chosen);
  showDownload(chosen);
}

/** The words of cells. */
function updateWords() {
  views.matrixWords(page.judged);
  views.maskWords(page.blocked);
}

/** What may wait until the slider rests: long lists, the address, and what a screen reader says. */
function later() {
  clearTimeout(page.waiting);
  page.waiting = setTimeout(() => {
    updateList();
    if (UNREAD) updateWords();
    cellScores.follow();
    writeLink();
    setText(at("spoken"), at("sentence").textContent);
  }, 150);
}

/** The controls themselves, and every place that names the threshold. */
function showThreshold(judged) {
  const text = placeText(edges, judged.threshold);
  const slider = at("slider");
  slider.value = String(nearestStop(data.stops, judged.threshold));
  slider.setAttribute("aria-valuetext", text);
  for (const place of document.querySelectorAll(".threshold")) setText(place, text);
  const moved = judged.threshold !== data.threshold;
  for (const place of document.querySelectorAll(".fixed-threshold")) place.hidden = !moved;
  at("mark").setAttribute("x1", curveX(data.stops, judged.threshold));
  at("mark").setAttribute("x2", curveX(data.stops, judged.threshold));
  const names = judged.unsure.slice(0, 5).map((e) => edgeText(data, e));
  at("unsure").hidden = names.length === 0;
  setText(at("unsure-edges"), names.join(", ") + (judged.unsure.length > 5 ? ` and ${judged.unsure.length - 5} more` : ""));
}

/** Counts as numbers and as one sentence. */
function showCounts(counts) {
  for (const [name, count] of Object.entries(counts)) {
    for (const place of document.querySelectorAll(`[data-count="${name}"]`)) setText(place, String(count));
  }
  const decided = data.repeats ? `, ${counts.sure} of them decided; ${counts.undecided} undecided` : "";
  const unknown = edges.all.filter((e) => !edges.known[e]).length;
  const open = unknown > 0 ? `; ${unknown} unknown` : "";
  const text = unknown > 0 && unknown === edges.all.length
    ? "nothing is known of any edge"
    : `${counts.harmful} of ${counted(edges.all.length, "edge")} harmful${decided}${open}; the mask blocks ${counts.blocked}`;
  setText(at("sentence"), `${placeText(edges, page.threshold)}: ${text}.`);
}

/** The legend of the graph says how many edges of each kind there are. */
function showKinds(kinds) {
  for (const [kind, { all, drawn: shown }] of Object.entries(kinds)) {
    const place = document.querySelector(`[data-kind="${kind}"]`); // without repeats some are not there
    if (place) setText(place, shown === all ? String(all) : `${shown} of ${all} drawn`);
  }
}

/** The command that writes the same mask. */
function showCommand(chosen) {
  const threshold = thresholdWords();
  const unknown = chosen.unknown === null ? [] : ["--unknown", chosen.unknown];
  const words = ["gradsplit", "mask", data.source, ...data.options, ...threshold, "--undecided", chosen.undecided, ...unknown, "--out", "mask.json"];
  setText(at("mask-command"), words.map(quoted).join(" "));
}

/** The thresholds as words of a command: the relative one, and those of each other task. */
function thresholdWords() {
  const { limits } = page.judged;
  const plain = edges.kinds === null || edges.kinds.some((kind) => kind.facts.kind === "relative");
  const number = String(edges.kinds === null ? page.threshold : 0 - page.threshold * data.relative);
  const relative = number.includes("e") ? [`--threshold=${number}`] : ["--threshold", number];
  const others = (edges.kinds ?? []).flatMap(({ facts }, target) =>
    facts.kind === "relative" ? [] : [`--${facts.kind}`, `${data.tasks[target]}=${String(limits[target])}`]);
  return [...(plain ? relative : []), ...others];
}

/** The download is offered when every edge has an answer. */
function showDownload(chosen) {
  const open = data.unknown > 0 && chosen.unknown === null;
  const drawn = page.judged.unsure.length > 0 && chosen.undecided !== "point";
  at("download").disabled = open || drawn;
  const reason = open ? `Say first what becomes of the ${counted(data.unknown, "unknown edge")}.`
    : drawn ? "An edge lies on the line (see above): move the threshold a little." : "";
  setText(at("download-reason"), reason);
}

/** A threshold from a text; null when it is none. */
function readThreshold(text) {
  const value = text.trim() === "" ? NaN : Number(text.trim().replace("−", "-"));
  const possible = data.kinds === null ? value > -1 : value >= data.lowest;
  return possible && value <= 0 ? (value === 0 ? 0 : value) : null;
}

/** Take a threshold over, or say what is wrong with it and keep the last one. */
function take(text) {
  const value = readThreshold(text);
  at("threshold").setAttribute("aria-invalid", String(value === null));
  at("threshold-error").hidden = value !== null;
  if (value === null || value === page.threshold) return;
  page.threshold = value;
  update();
}

/** Take a threshold over that did not come from its field. */
function show(text) {
  at("threshold").value = text;
  take(text);
}

/** Connect the controls. */
function listen() {
  at("slider").addEventListener("input", (event) => {
    show(String(data.stops[Number(event.target.value)]));
  });
  at("threshold").addEventListener("input", (event) => take(event.target.value));
  at("reset").addEventListener("click", () => {
    show(String(data.threshold));
  });
  for (const name of ["undecided", "unknown"]) {
    at(name)?.addEventListener("change", () => {
      updateMask();
      later();
    });
  }
  at("edge-choice").addEventListener("change", updateList);
  for (const name of ["sort", "within"]) at(name).addEventListener("change", updateTasks);
  at("filter").addEventListener("input", () => {
    clearTimeout(page.typing);
    if (edges.size <= ROOMY) updateTasks();
    else page.typing = setTimeout(updateTasks, 250);
  });
  at("csv").addEventListener("click", () => offerFile("edges.csv", edgeTable(data, edges, page.judged, page.tasks), "text/csv"));
  window.addEventListener("hashchange", readLink);
  window.addEventListener("beforeprint", updateList);
  at("download").addEventListener("click", () => {
    const content = maskContent(data, edges, page.judged, page.blocked, choice());
    offerFile("mask.json", maskText(content));
  });
  at("numbers")?.addEventListener("change", (event) => at("matrix").classList.toggle("compact", !event.target.checked));
}

document.documentElement.classList.add("scripted");
at("stairs").setAttribute("d", stairs(data.stops, edges));
listen();
updateTasks();
update();
readLink();
updateList();
