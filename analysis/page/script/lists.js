/* Groups, who harms and suffers most, and the list of edges. */

const NAMED = 5; // so many tasks are named of each list
const ROWS = 25; // so many edges are listed before the reader asks for all

/** The harmful groups and the tasks that harm or suffer most. */
function standingView(places, data) {
  return (groups, sources, targets) => {
    places.groups.replaceChildren(...groupItems(groups, data), ...furtherItem(groups.length));
    places.sources.replaceChildren(...standingItems(sources, data), ...furtherItem(sources.length));
    places.targets.replaceChildren(...standingItems(targets, data), ...furtherItem(targets.length));
    for (const [place, found] of [[places.groups, groups], [places.sources, sources], [places.targets, targets]]) {
      if (found.length === 0) place.append(made("li", { class: "none" }, "none"));
    }
  };
}

/** A harmful group's letter and members. */
function groupItems(groups, data) {
  return groups.slice(0, NAMED).map((group, i) => {
    const members = group.slice(0, 40).flatMap((task, j) => (j > 0 ? [", ", named(data.tasks[task])] : [named(data.tasks[task])]));
    const more = group.length > 40 ? ` and ${group.length - 40} more` : "";
    return made("li", {}, made("b", {}, groupLetter(i)), " ", ...members, more);
  });
}

/** A task with its number of harmful edges and their mean change. */
function standingItems(found, data) {
  return found.slice(0, NAMED).map(({ task, edges, change }) =>
    made("li", {}, named(data.tasks[task]), `: ${counted(edges, "edge")}, ${averageText(data, change / edges)} on average`));
}

/** A mean change in per cent, or in sizes of the targets' thresholds. */
function averageText(data, mean) {
  return data.kinds === null ? `${percent(mean, 1)} %` : `${percent(mean / 100, 1)} thresholds`;
}

/** How many are not named. */
function furtherItem(count) {
  return count > NAMED ? [made("li", { class: "none" }, `and ${count - NAMED} more`)] : [];
}

/** Which edges the list may show, worst first. */
const CHOICES = {
  harmful: (judged, e) => judged.harmful[e] === 1,
  sure: (judged, e) => judged.verdicts[e] === HARMFUL,
  undecided: (judged, e) => judged.verdicts[e] === UNDECIDED,
  all: () => true,
};

/** The list of edges; `show` fills it with those that are shown. */
function edgeList(body, button, data, edges) {
  const state = { whole: false, judged: null, choice: "harmful", isShown: null };
  const show = (judged, choice, isShown) => {
    if (choice !== state.choice) state.whole = false;
    Object.assign(state, { judged, choice, isShown });
    const rank = (e) => (Number.isNaN(edges.change[e]) ? Infinity : edges.change[e] / sizeOf(edges, e % edges.size));
    const found = edges.all.filter((e) => isShown(e) && CHOICES[choice](judged, e)).sort((a, b) => rank(a) - rank(b) || a - b);
    const listed = state.whole ? found : found.slice(0, ROWS);
    const alphas = edgeAlphas(edges, judged);
    body.replaceChildren(...listed.map((e) => edgeRow(e, judged, alphas[e], data, edges)));
    if (found.length === 0) body.append(made("tr", { role: "row" }, made("td", { role: "cell", colspan: 6 }, "none")));
    button.hidden = found.length <= listed.length;
    button.textContent = `Show all ${found.length}`;
  };
  button.addEventListener("click", () => {
    state.whole = true;
    show(state.judged, state.choice, state.isShown);
  });
  return show;
}

/** One edge: source, target, change, interval, seeds, verdict. */
function edgeRow(e, judged, alpha, data, edges) {
  const source = Math.floor(e / edges.size), target = e % edges.size;
  const [lower, upper] = interval(edges, e, alpha);
  const change = Number.isNaN(edges.change[e]) ? "–" : changeText(edges, e, edges.change[e], 2);
  const ends = Number.isNaN(lower) ? "–" : `${numberText(edges, e, lower, 2)} to ${changeText(edges, e, upper, 2)}`;
  const number = (label, text) => made("td", { role: "cell", class: "number", "data-label": label }, text);
  return made("tr", { role: "row" },
    made("th", { scope: "row", role: "rowheader" }, named(data.tasks[source])),
    made("td", { role: "cell" }, named(data.tasks[target])),
    number("change", change),
    number("interval", ends),
    number("seeds", String(edges.n[e])),
    made("td", { role: "cell" }, verdictWords(data, judged, e)));
}
