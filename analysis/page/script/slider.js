/* The slider: its stops are thresholds that lie where the edges are. */

/** The number of the stop nearest to a threshold. */
function nearestStop(stops, threshold) {
  const after = stopsBelow(stops, threshold);
  if (after === 0) return 0;
  if (after === stops.length) return after - 1;
  return threshold - stops[after - 1] < stops[after] - threshold ? after - 1 : after;
}

/** How many stops lie below a threshold. */
function stopsBelow(stops, threshold) {
  let low = 0, high = stops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stops[middle] < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Horizontal place of a threshold above the slider, whose width is 1000. */
function curveX(stops, threshold) {
  const after = Math.min(Math.max(stopsBelow(stops, threshold), 1), stops.length - 1);
  const part = (threshold - stops[after - 1]) / (stops[after] - stops[after - 1]);
  const place = (1000 * (after - 1 + Math.min(Math.max(part, 0), 1))) / (stops.length - 1);
  return place.toFixed(1);
}

/** How many edges are harmful at every threshold of the slider, as the path of a staircase. */
function stairs(stops, edges) {
  const known = edges.all.filter((e) => edges.known[e] && edges.change[e] < 0);
  const changes = known.map((e) => edges.change[e] / sizeOf(edges, e % edges.size)).sort((a, b) => a - b);
  const y = (count) => (100 * (1 - count / Math.max(1, changes.length))).toFixed(1);
  const steps = changes.map((change, i) => `H${curveX(stops, change)}V${y(i + 1)}`);
  return `M0 100${steps.join("")}H1000V100Z`;
}
