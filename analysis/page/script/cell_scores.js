/* The scores behind an edge: each seed alone and together, and what the verdict is read from. */

/** Each seed of an edge that has a change: its scores, NaN where they are not known, and its change. */
function seedScores(data, edges, e) {
  const { seeds, changes, alone } = data.by_seed;
  return seeds.map((seed, i) => {
    const change = changes[i][e] ?? NaN;
    const single = alone?.[i][e % edges.size] ?? NaN;
    return { seed, alone: single, together: scoreTogether(data, edges, e, single, change), change };
  }).filter((one) => !Number.isNaN(one.change));
}

/** The score of the target beside the source, from its score alone and its change. */
function scoreTogether(data, edges, e, alone, change) {
  const target = e % edges.size;
  if (isRelative(edges, target)) return alone * (edges.turned[target] ? 1 - change : 1 + change);
  const facts = edges.kinds[target].facts;
  const unit = facts.kind === "standardised" ? (facts.spread ?? NaN) : 1;
  return alone + (data.by_seed.falls[target] ? -1 : 1) * unit * change;
}

/** Mean of some numbers, NaN of none or where one is not known. */
function meanOf(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** A score with the decimals of its task's scores. */
function scoreText(data, target, score) {
  return Number.isNaN(score) ? "–" : score.toFixed(data.by_seed.digits[target]).replace("-", "−");
}

/** An edge's change with its interval, seeds and verdict, in a sentence. */
function edgeSentence(data, edges, judged, e) {
  const certainty = cellCertainty(judged, e);
  if (certainty === "open") {
    const left = `, though of ${counted(edges.n[e], "seed")} the mean is ${changeText(edges, e, edges.change[e], 2)}`;
    return `Nothing is known of this edge${edges.n[e] > 0 ? left : ""}: ${data.why[e]}.`;
  }
  const end = `${verdictWords(data, judged, e)} at ${placeText(edges, judged.threshold)}.`;
  const [lower, upper] = interval(edges, e, edgeAlphas(edges, judged)[e]);
  const ends = Number.isNaN(lower) ? "" : ` (${numberText(edges, e, lower, 2)} to ${changeText(edges, e, upper, 2)})`;
  return `${changeText(edges, e, edges.change[e], 2)}${ends}, ${counted(edges.n[e], "seed")}: ${end}`;
}

/** The lines of the table: one a seed, then the mean. */
function seedLines(data, edges, e) {
  const seeds = seedScores(data, edges, e);
  const line = (name, one, change) => made("tr", {},
    made("th", { scope: "row" }, name),
    ...[scoreText(data, e % edges.size, one.alone), scoreText(data, e % edges.size, one.together), change].map((text) => made("td", { class: "number" }, text)));
  const lines = seeds.map((one) => line(String(one.seed), one, changeText(edges, e, one.change, 2)));
  if (seeds.length < 2) return lines;
  const means = { alone: meanOf(seeds.map((one) => one.alone)), together: meanOf(seeds.map((one) => one.together)) };
  return [...lines, line("mean", means, changeText(edges, e, edges.change[e], 2))];
}
