/* The relation graph as SVG: tasks on a circle, the same edges as analysis/figures/graph.py draws. */

const SVG = "http://www.w3.org/2000/svg";
const SMALLEST_FONT = 10;
const KINDS = ["harmful", "harmful undecided", "helpful", "helpful undecided"];

/** A new SVG element. */
function drawn(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The edges worth drawing by kind, the largest change first. */
function edgesByKind(edges, judged) {
  const kinds = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  for (const e of edges.all) {
    if (judged.harmful[e]) kinds[judged.verdicts[e] === UNDECIDED ? "harmful undecided" : "harmful"].push(e);
    else if (judged.help.helps[e]) kinds[judged.help.sure[e] ? "helpful" : "helpful undecided"].push(e);
  }
  const larger = byMultiple(edges);
  for (const some of Object.values(kinds)) some.sort(larger);
  return kinds;
}

/** Orders edges by their changes, the largest first, in sizes of the targets' thresholds. */
function byMultiple(edges) {
  const size = (e) => Math.abs(edges.change[e]) / sizeOf(edges, e % edges.size);
  return (a, b) => size(b) - size(a);
}

/** Of the harmful edges the `most` largest, decided or not, and half as many helpful ones. */
function largest(edges, kinds, most) {
  const larger = byMultiple(edges);
  const kept = new Map();
  for (const [effect, count] of [["harmful", most], ["helpful", Math.floor(most / 2)]]) {
    const both = [...kinds[effect], ...kinds[`${effect} undecided`]].sort(larger).slice(0, count);
    const chosen = new Set(both);
    for (const kind of [effect, `${effect} undecided`]) {
      for (const e of kinds[kind]) if (chosen.has(e)) kept.set(e, kind);
    }
  }
  return kept;
}

/** Where tasks stand, the same for the same tasks: clockwise from the top, two side by side. */
function layout(size, longest) {
  const radius = Math.min(420, Math.max(150, 150 + 4.5 * size));
  const node = Math.min(16, Math.max(3.5, 55 / Math.sqrt(size)));
  const radial = size > 12;
  const font = Math.min(15, Math.max(10, (2 * Math.PI * radius) / size / 1.15));
  const names = 0.62 * font * longest + node + 10;
  const above = radial ? names : node + font + 14;
  const start = size === 2 ? Math.PI : Math.PI / 2 + (size === 4 ? Math.PI / 4 : 0);
  const places = Array.from({ length: size }, (_, i) => {
    const angle = start - (2 * Math.PI * i) / size;
    const x = Math.cos(angle), y = -Math.sin(angle);
    return { x: radius * x, y: radius * y, unitX: x, unitY: y };
  });
  const ends = (of) => [Math.min(...places.map(of)), Math.max(...places.map(of))];
  const [left, right] = ends((place) => place.x), [top, bottom] = ends((place) => place.y);
  const bends = size === 2 ? 0.1 * radius : 0; // two tasks have their arrows above and below
  const box = [left - names, top - above - bends, right - left + 2 * names, bottom - top + 2 * (above + bends)];
  return { node, radial, font, box: box.map(Math.round), places };
}

/** A task's disc and name, the name along the radius where there are many. */
function drawTask(task, short, place, plan) {
  const { unitX, unitY } = place;
  const gap = plan.node + 6;
  const left = unitX < -1e-6;
  const centred = !plan.radial && Math.abs(unitX) < 0.3;
  const x = place.x + gap * unitX, y = place.y + gap * unitY;
  const degrees = (Math.atan2(unitY, unitX) * 180) / Math.PI + (left ? 180 : 0);
  const attributes = {
    x, y, class: "name", "font-size": plan.font,
    "text-anchor": centred ? "middle" : left ? "end" : "start",
    "dominant-baseline": centred ? (unitY < 0 ? "auto" : "hanging") : "central",
  };
  if (plan.radial) attributes.transform = `rotate(${degrees} ${x} ${y})`;
  const letter = drawn("text", { x: place.x, y: place.y, class: "letter", "text-anchor": "middle",
    "dominant-baseline": "central", "font-size": 1.15 * plan.node });
  const disc = drawn("circle", { cx: place.x, cy: place.y, r: plan.node, class: "task" });
  const name = drawn("text", attributes, short);
  return { letter, element: drawn("g", {}, drawn("title", {}, task), disc, letter, name) };
}

/** An arrow's curve from disc to disc; both directions of a pair bend apart. */
function curve(plan, from, to) {
  const dx = to.x - from.x, dy = to.y - from.y;
  const bend = bendOf(from, to, plan.places.length);
  const cx = (from.x + to.x) / 2 - bend * dy, cy = (from.y + to.y) / 2 + bend * dx;
  const step = (place, distance) => {
    const length = Math.hypot(cx - place.x, cy - place.y);
    return [place.x + ((cx - place.x) * distance) / length, place.y + ((cy - place.y) * distance) / length];
  };
  const [sx, sy] = step(from, plan.node + 2);
  const [ex, ey] = step(to, plan.node + 2 + headOf(plan));
  const at = 0.36, rest = 1 - at;
  return {
    d: `M${sx.toFixed(1)} ${sy.toFixed(1)}Q${cx.toFixed(1)} ${cy.toFixed(1)} ${ex.toFixed(1)} ${ey.toFixed(1)}`,
    label: {
      x: rest * rest * from.x + 2 * rest * at * cx + at * at * to.x,
      y: rest * rest * from.y + 2 * rest * at * cy + at * at * to.y,
    },
  };
}

/** How far an arrow bends to its right, as analysis.figures.graph_parts.bend: of many tasks inwards, past the
discs between its ends. */
function bendOf(from, to, count) {
  if (count <= 4) return 0.14;
  return from.unitX * to.unitY - from.unitY * to.unitX > -1e-9 ? 0.1 : -0.26;
}

/** Length of an arrow's head. */
function headOf(plan) {
  return plan.places.length <= 16 ? 11 : 8;
}

/** Heads of arrows: full for harm, open for help. */
function markers(plan) {
  const size = headOf(plan);
  const head = (id, shape) =>
    drawn("marker", { id, viewBox: "0 0 10 10", refX: 1, refY: 5, markerWidth: size, markerHeight: size,
      markerUnits: "userSpaceOnUse", orient: "auto" }, shape);
  return drawn("defs", {},
    head("head-harmful", drawn("path", { d: "M0 0L10 5L0 10z", class: "head harmful" })),
    head("head-helpful", drawn("path", { d: "M1 1L9 5L1 9", class: "head helpful" })));
}

/** The graph; the returned function brings it to a state. */
function graphView(svg, data, edges) {
  const longest = Math.max(...data.short.map((name) => [...name].length));
  const plan = layout(edges.size, longest);
  svg.setAttribute("viewBox", plan.box.join(" "));
  // Where the page is narrower it scrolls, rather than that names become too small to read.
  svg.style.setProperty("--least", `${Math.min(416, Math.round((SMALLEST_FONT / plan.font) * plan.box[2]))}px`);
  const tasks = data.tasks.map((task, i) => drawTask(task, data.short[i], plan.places[i], plan));
  const layers = { helpful: drawn("g", {}), harmful: drawn("g", {}) };
  const texts = drawn("g", { class: "changes" });
  svg.append(markers(plan), layers.helpful, layers.harmful, texts, ...tasks.map((task) => task.element));
  const arrows = new Map();
  const most = Math.max(24, Math.floor((3 * edges.size) / 2));
  return (judged, groups) => {
    const kinds = edgesByKind(edges, judged);
    const kept = largest(edges, kinds, most);
    for (const [e, arrow] of arrows) if (!kept.has(e)) display(arrow, "off");
    for (const [e, kind] of kept) {
      if (!arrows.has(e)) arrows.set(e, newArrow(e, data, edges, plan, layers, texts));
      const width = Math.min(5, Math.max(0.7, 0.9 * Math.sqrt(Math.abs(edges.change[e] / (judged.limits[e % edges.size] || smallest(edges, e))))));
      const arrow = arrows.get(e);
      arrow.path.setAttribute("stroke-width", (edges.size > 16 ? 0.7 * width : width).toFixed(2));
      (kind.startsWith("harmful") ? layers.harmful : layers.helpful).contains(arrow.path) ||
        layers[kind.split(" ")[0]].append(arrow.path);
      display(arrow, kind);
    }
    const letters = new Map(groups.flatMap((group, i) => group.map((task) => [task, groupLetter(i)])));
    tasks.forEach((task, i) => setText(task.letter, letters.get(i) ?? ""));
    return Object.fromEntries(KINDS.map((kind) => [kind, { all: kinds[kind].length,
      drawn: kinds[kind].filter((e) => kept.has(e)).length }]));
  };
}

/** What stands for the size of a threshold of 0. */
function smallest(edges, e) {
  return edges.kinds === null ? 0.01 : sizeOf(edges, e % edges.size);
}

/** An arrow that was not needed before. */
function newArrow(e, data, edges, plan, layers, texts) {
  const size = edges.size;
  const source = Math.floor(e / size), target = e % size;
  const { d, label } = curve(plan, plan.places[source], plan.places[target]);
  const title = `${edgeText(data, e)}: ${changeText(edges, e, edges.change[e], 2)}`;
  const path = drawn("path", { d, "data-edge": e }, drawn("title", {}, title));
  layers.harmful.append(path);
  const text = drawn("text", { ...label, "text-anchor": "middle", "dominant-baseline": "central" });
  if (size <= 5) {
    text.textContent = edges.kinds === null ? percent(edges.change[e], 1) : changeText(edges, e, edges.change[e], 1);
    texts.append(text);
  }
  return { path, text, kind: null };
}

/** Show an arrow as a kind of edge, or not at all ("off"). */
function display(arrow, kind) {
  if (arrow.kind === kind) return;
  arrow.kind = kind;
  arrow.path.setAttribute("class", `edge ${kind}`);
  arrow.text.setAttribute("class", kind);
}

/** A, B, ... Z, A1, B1, ... for the harmful groups. */
function groupLetter(number) {
  return String.fromCharCode(65 + (number % 26)) + (number >= 26 ? Math.floor(number / 26) : "");
}
