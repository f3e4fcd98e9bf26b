/* Harmful groups and who harms most, as analysis/harm.py sums them up. */

/** Strongly connected groups of two tasks or more along harmful edges (Tarjan 1972, no recursion). */
function harmfulGroups(edges, judged) {
  const size = edges.size;
  const next = Array.from({ length: size }, () => []);
  for (const e of edges.all) if (judged.harmful[e]) next[Math.floor(e / size)].push(e % size);
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const waiting = new Uint8Array(size);
  const stack = [];
  const groups = [];
  let time = 0;
  for (let start = 0; start < size; start += 1) {
    if (order[start] >= 0) continue;
    const calls = [[start, 0]];
    while (calls.length > 0) {
      const call = calls[calls.length - 1];
      const [task, place] = call;
      if (place === 0) { order[task] = low[task] = time++; stack.push(task); waiting[task] = 1; }
      if (place < next[task].length) {
        const other = next[task][place];
        call[1] += 1;
        if (order[other] < 0) calls.push([other, 0]);
        else if (waiting[other]) low[task] = Math.min(low[task], order[other]);
        continue;
      }
      if (low[task] === order[task]) groups.push(takenOff(stack, waiting, task));
      calls.pop();
      if (calls.length > 0) low[calls[calls.length - 1][0]] = Math.min(low[calls[calls.length - 1][0]], low[task]);
    }
  }
  const found = groups.filter((group) => group.length > 1).map((group) => group.sort((a, b) => a - b));
  return found.sort((a, b) => b.length - a.length || a[0] - b[0]);
}

/** The finished group at the end of the stack. */
function takenOff(stack, waiting, task) {
  const group = [];
  for (;;) {
    const member = stack.pop();
    waiting[member] = 0;
    group.push(member);
    if (member === task) return group;
  }
}

/** One standing a task that harms (or suffers), the largest sum of changes first. */
function standings(edges, judged, end) {
  const found = new Map();
  for (const e of edges.all) {
    if (!judged.harmful[e]) continue;
    const task = end === "source" ? Math.floor(e / edges.size) : e % edges.size;
    const standing = found.get(task) ?? { task, edges: 0, change: 0 };
    standing.edges += 1;
    standing.change += edges.change[e] / sizeOf(edges, e % edges.size);
    found.set(task, standing);
  }
  return [...found.values()].sort((a, b) => a.change - b.change);
}
