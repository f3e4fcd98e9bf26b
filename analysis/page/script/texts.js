/* Numbers and names as the rest of the project writes them (analysis/figures/labels.py). */

/** A fraction in per cent with its sign and a true minus; zero has no sign. */
function percent(change, digits) {
  let text = (100 * change).toFixed(digits);
  if (Number(text) === 0) return text.replace("-", "");
  return text.startsWith("-") ? text.replace("-", "−") : `+${text}`;
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

/** A task's name, written in its own direction. */
function named(task) {
  return made("bdi", {}, task);
}
