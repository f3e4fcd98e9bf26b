/* The verdicts of relations/graph.py and relations/statistics/corrections.py at any threshold.

An edge is decided when its interval at its own alpha leaves out the threshold. Which alphas are
spent is found from the edges that are decided already:
- Holm as sequentially rejective Bonferroni: with R decided, all at alpha / (m - R) are, and so on;
- Benjamini-Hochberg from above: with K assumed, those at alpha K / m, until as many are there. */

const ROUNDING = 1e-12; // relations.graph.ROUNDING
const UNKNOWN = 0, HARMFUL = 1, NOT_HARMFUL = 2, UNDECIDED = 3;

/** Edges of the report with what their tests need, as typed arrays, row-major [source][target]. */
function readEdges(data) {
  const numbers = (values) => Float64Array.from(values, (v) => (v === null ? NaN : v));
  const size = data.tasks.length;
  const edges = {
    size,
    change: numbers(data.change),
    mean: numbers(data.mean),
    se: numbers(data.se),
    df: numbers(data.df),
    n: Int32Array.from(data.n),
    known: Uint8Array.from(data.known),
    share: data.share === null ? new Float64Array(size * size).fill(1) : numbers(data.share),
    turned: Uint8Array.from(data.turned),
    kinds: data.kinds,
    alpha: 1 - data.level,
    correction: data.correction,
    tested: [],
    judged: 0,
    all: [],
  };
  for (let e = 0; e < size * size; e += 1) {
    if (Math.floor(e / size) === e % size) continue;
    edges.all.push(e);
    if (!edges.known[e]) continue;
    if (edges.n[e] > 1) edges.judged += 1; // without spread, too: counted, never decided
    if (!Number.isNaN(edges.se[e])) edges.tested.push(e);
  }
  edges.critical = criticalValues();
  return edges;
}

/** Critical values are asked for again and again: kept by degrees of freedom and alpha. */
function criticalValues() {
  const kept = new Map();
  return (df, alpha) => {
    let some = kept.get(df);
    if (some === undefined) kept.set(df, (some = new Map()));
    let value = some.get(alpha);
    // Python takes the quantile at 1 - alpha / 2, rounded as it is.
    if (value === undefined) some.set(alpha, (value = studentCritical(df, 2 * (1 - (1 - alpha / 2)))));
    return value;
  };
}

/** Whether a target's changes are relative: others are averaged as they are. */
function isRelative(edges, target) {
  return edges.kinds === null || edges.kinds[target].facts.kind === "relative";
}

/** The threshold of each target at a place of the slider: one for all, or so many times its own. */
function limitsAt(edges, threshold) {
  return Float64Array.from({ length: edges.size }, (_, target) =>
    edges.kinds === null ? threshold : 0 - threshold * edges.kinds[target].facts.threshold);
}

/** The size of a target's own threshold, to lay changes of several units side by side. */
function sizeOf(edges, target) {
  return edges.kinds === null ? 1 : edges.kinds[target].size;
}

/** Changes on the scale they are averaged on, relative ones as logs of score ratios, and back. */
function toLog(edges, target, change) {
  if (!isRelative(edges, target)) return change;
  return edges.turned[target] ? -Math.log1p(-change) : Math.log1p(change);
}
function toChange(edges, target, log) {
  if (!isRelative(edges, target)) return log;
  return edges.turned[target] ? -Math.expm1(-log) : Math.expm1(log);
}

/** The ends of an edge's interval at level 1 - alpha, as changes. */
function interval(edges, e, alpha) {
  const target = e % edges.size;
  if (edges.n[e] === 0 || Number.isNaN(edges.se[e])) return [NaN, NaN];
  const reach = reachOf(edges, e, alpha);
  if (reach === 0) return [edges.change[e], edges.change[e]];
  return [toChange(edges, target, edges.mean[e] - reach), toChange(edges, target, edges.mean[e] + reach)];
}

/** The method's rule, word for word `relations.graph.is_harmful`. */
function isHarmful(change, threshold) {
  return change < threshold - ROUNDING;
}

/** For each tested edge the distance of its mean from its threshold on the scale of averaging. */
function distances(edges, limits) {
  const away = new Float64Array(edges.size * edges.size);
  const logs = limits.map((limit, target) => toLog(edges, target, limit));
  for (const e of edges.tested) away[e] = Math.abs(edges.mean[e] - logs[e % edges.size]);
  return away;
}

/** Which tested edges are decided, and the alpha they were decided at; `ties` decides draws. */
function decide(edges, away, ties) {
  const m = edges.judged;
  const stages = { none: () => edges.alpha, holm: (r) => edges.alpha / (m - r), bh: (k) => (edges.alpha * k) / m };
  const decided = new Uint8Array(edges.size * edges.size);
  const alphas = new Float64Array(edges.size * edges.size);
  const near = { found: false };
  const count = (alpha) => {
    let found = 0;
    for (const e of edges.tested) {
      const fresh = beyond(edges, e, away, alpha, ties, near);
      if (edges.correction !== "holm") decided[e] = 0;
      if (fresh && !decided[e]) { decided[e] = 1; alphas[e] = alpha; }
      found += decided[e];
    }
    return found;
  };
  let rejected = edges.correction === "bh" ? m : 0;
  for (;;) {
    if (m === 0 || (edges.correction === "holm" && rejected === m)) break;
    if (edges.correction === "bh" && rejected === 0) break;
    const found = count(stages[edges.correction](rejected));
    const settled = edges.correction === "none" || found === rejected;
    rejected = found;
    if (settled) break;
  }
  return { decided, alphas, rejected, near: near.found };
}

/** Half the width of an edge's interval at alpha, on the log scale. */
function reachOf(edges, e, alpha) {
  return edges.critical(edges.df[e], alpha * edges.share[e]) * edges.se[e];
}

/** What the last digits of logarithms and critical values may be off by. */
function slackOf(reach) {
  return 1e-14 + 1e-9 * reach;
}

/** Whether an edge's interval at alpha leaves out the threshold; draws within rounding are noted. */
function beyond(edges, e, away, alpha, ties, near) {
  const reach = reachOf(edges, e, alpha);
  if (Math.abs(away[e] - reach) <= slackOf(reach)) {
    near.found = true;
    if (ties !== 0) return ties > 0;
  }
  return away[e] >= reach && away[e] > 0;
}

/** The alpha of the edges that stay undecided. */
function undecidedAlpha(edges, rejected) {
  const m = edges.judged;
  if (edges.correction === "holm") return edges.alpha / Math.max(m - rejected, 1);
  if (edges.correction === "bh" && m > 0) return (edges.alpha * (rejected + 1)) / m;
  return edges.alpha;
}

/** Whether an edge's verdict hangs on rounding: an end of its interval lies on the threshold. */
function onTheLine(edges, e, threshold, alpha, [lower, upper]) {
  const reach = reachOf(edges, e, alpha);
  if (reach === 0) return false; // the mean itself is compared, digit for digit as in Python
  const line = threshold - ROUNDING, slack = slackOf(reach);
  if (Math.abs(upper - line) <= slack || Math.abs(lower - line) <= slack) return true;
  // Between the line and the threshold it matters by which of its alphas an edge is judged.
  return reach > ROUNDING / 10 && upper > line && upper <= threshold + slack;
}

/** Verdicts of all edges; `ties`: 0 as computed, 1 or -1 decide edges on the line one way. */
function verdictsAt(edges, limits, away, ties) {
  const found = decide(edges, away, ties);
  const rest = undecidedAlpha(edges, found.rejected);
  const verdicts = new Uint8Array(edges.size * edges.size);
  for (const e of edges.all) verdicts[e] = edges.known[e] ? UNDECIDED : UNKNOWN;
  for (const e of edges.tested) {
    const alpha = found.decided[e] ? found.alphas[e] : rest;
    const ends = interval(edges, e, alpha);
    const threshold = limits[e % edges.size];
    const drawn = onTheLine(edges, e, threshold, alpha, ends);
    found.near ||= drawn;
    if (drawn && ties < 0) verdicts[e] = UNDECIDED;
    else if (drawn && ties > 0) verdicts[e] = edges.change[e] < threshold ? HARMFUL : NOT_HARMFUL;
    else if (isHarmful(ends[1], threshold)) verdicts[e] = HARMFUL;
    else if (ends[0] >= threshold - ROUNDING) verdicts[e] = NOT_HARMFUL;
  }
  return { verdicts, rejected: found.rejected, decided: found.decided, near: found.near };
}

/** Everything the page shows at a threshold.

`unsure` lists edges whose verdict hangs on the last digits of the arithmetic: the threshold lies on
an end of their interval. They are told to the reader; nothing is decided by rounding silently. */
function judge(edges, threshold) {
  const limits = limitsAt(edges, threshold);
  const away = distances(edges, limits);
  const { verdicts, rejected, decided, near } = verdictsAt(edges, limits, away, 0);
  const harmful = new Uint8Array(verdicts.length);
  for (const e of edges.all) harmful[e] = edges.known[e] && isHarmful(edges.change[e], limits[e % edges.size]) ? 1 : 0;
  let unsure = [];
  if (near) {
    const most = verdictsAt(edges, limits, away, 1).verdicts;
    const least = verdictsAt(edges, limits, away, -1).verdicts;
    unsure = edges.tested.filter((e) => most[e] !== least[e]);
  }
  const judged = { threshold, limits, verdicts, harmful, rejected, decided, away, unsure };
  return { ...judged, help: helpOf(edges, judged) };
}

/** The alpha each edge's verdict is read from, as relations.statistics.corrections.edge_alphas gives it. */
function edgeAlphas(edges, judged) {
  const m = edges.judged;
  const rest = undecidedAlpha(edges, judged.rejected);
  const alphas = new Float64Array(edges.size * edges.size).fill(edges.alpha);
  for (const e of edges.tested) alphas[e] = rest;
  const decided = edges.tested.filter((e) => judged.decided[e]);
  if (edges.correction === "bh") for (const e of decided) alphas[e] = (edges.alpha * judged.rejected) / m;
  if (edges.correction === "holm") {
    const p = new Map(decided.map((e) => [e, studentTail(edges.df[e], judged.away[e] / edges.se[e]) / edges.share[e]]));
    decided.sort((a, b) => p.get(a) - p.get(b) || a - b);
    decided.forEach((e, rank) => { alphas[e] = edges.alpha / (m - rank); });
  }
  return alphas;
}

/** Whether each source may not update each group, as GradientMask.from_graph decides it. */
function blockedBy(edges, judged, undecided, unknown) {
  const blocked = new Uint8Array(judged.verdicts.length);
  for (const e of edges.all) {
    const verdict = judged.verdicts[e];
    if (verdict === HARMFUL) blocked[e] = 1;
    else if (verdict === UNKNOWN) blocked[e] = unknown === "block" ? 1 : 0;
    else if (verdict === UNDECIDED) blocked[e] = undecided === "point" ? judged.harmful[e] : undecided === "block" ? 1 : 0;
  }
  return blocked;
}
