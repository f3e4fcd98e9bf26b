/* Which tasks help which, as analysis/helpful.py finds it at any threshold. */

/** For each edge whether it helps by the mean, and whether that is decided: the interval that its verdict is
read from lies above 0. */
function helpOf(edges, judged) {
  const helps = new Uint8Array(judged.verdicts.length), sure = new Uint8Array(judged.verdicts.length);
  const [wide, narrow] = alphasOfDecided(edges, judged);
  let alphas = null; // each edge's own takes long, and few hang on it
  for (const e of edges.all) {
    helps[e] = judged.verdicts[e] !== UNKNOWN && edges.change[e] > -judged.limits[e % edges.size] ? 1 : 0;
    // An undecided edge's interval holds the threshold, so it cannot lie above 0.
    if (!helps[e] || judged.verdicts[e] !== NOT_HARMFUL) continue;
    const above = (alpha) => interval(edges, e, alpha)[0] > ROUNDING;
    if (above(wide)) sure[e] = 1;
    else if (wide !== narrow && above(narrow)) sure[e] = above((alphas ??= edgeAlphas(edges, judged))[e]) ? 1 : 0;
  }
  return { helps, sure };
}

/** Between which alphas decided edges are judged. */
function alphasOfDecided(edges, judged) {
  const m = edges.judged;
  if (edges.correction === "bh") return Array(2).fill((edges.alpha * judged.rejected) / m);
  if (edges.correction === "holm") return [edges.alpha / m, edges.alpha / (m - judged.rejected + 1)];
  return [edges.alpha, edges.alpha];
}

/** Whether an edge is decidedly not harmful, but its help is not decided. */
function isOpenHelp(judged, e) {
  return judged.verdicts[e] === NOT_HARMFUL && judged.help.helps[e] === 1 && judged.help.sure[e] === 0;
}
