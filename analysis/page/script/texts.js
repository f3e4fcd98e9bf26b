/* Numbers and names as the rest of the project writes them (analysis/figures/labels.py). */

/** A fraction in per cent with its sign and a true minus; zero has no sign. */
function percent(change, digits) {
  let text = (100 * change).toFixed(digits);
  if (Number(text) === 0) return text.replace("-", "");
  return text.startsWith("-") ? text.replace("-", "−") : `+${text}`;
}

/** A change of an edge in the unit of its target, without the unit. */
function numberText(edges, e, change, digits) {
  if (edges.kinds === null) return percent(change, digits);
  const kind = edges.kinds[e % edges.size];
  const places = Math.min(Math.max(digits + kind.decimals, 0), 12);
  return percent((kind.scale * change) / 100, kind.decimals === 0 ? digits : places);
}

/** The same with its unit. */
function changeText(edges, e, change, digits) {
  const short = edges.kinds === null ? "%" : edges.kinds[e % edges.size].short;
  return `${numberText(edges, e, change, digits)} ${short}`;
}

/** A place of the slider in words. */
function placeText(edges, threshold) {
  if (edges.kinds === null) return percentOf(threshold);
  return `${String(Number((0 - threshold).toPrecision(12)))} × each task's own threshold`;
}

/** A threshold in per cent with as many digits as it has. */
function percentOf(threshold) {
  const text = String(Number((100 * threshold).toPrecision(12)));
  return text.replace("-", "−") + " %";
}

/** A word for the shell, quoted where it must be. */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** "1 edge", "2 edges". */
function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** A new element with attributes and children; texts are never read as markup. */
function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A name in a plain text, which it moves as little as <bdi> would; as analysis/directions.py. */
function isolated(name) {
  return /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}/u.test(name) ? `\u2068${name}\u2069` : name;
}

/** An edge in a plain text. */
function edgeText(data, e) {
  const size = data.tasks.length;
  return `${isolated(data.tasks[Math.floor(e / size)])} → ${isolated(data.tasks[e % size])}`;
}

/** A task's name, written in its own direction. */
function named(task) {
  return made("bdi", {}, task);
}
