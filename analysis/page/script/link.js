/* The address of the page keeps what its reader chose. */

/** What differs from the page as it opens, as the end of its address. */
function viewHash(view, threshold, data) {
  const chosen = {
    threshold: threshold === data.threshold ? "" : String(threshold),
    sort: view.sort === "given" ? "" : view.sort,
    filter: view.filter.trim(),
    within: view.within === "both" || view.filter.trim() === "" ? "" : view.within,
  };
  const words = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value !== ""));
  return words.size > 0 ? `#${words}` : "#";
}

/** What an address asks for; what it does not name, or what is not possible, is as the page opens. */
function viewOf(hash, data) {
  const words = new URLSearchParams(hash.slice(1));
  const among = (name, possible, other) => (possible.includes(words.get(name)) ? words.get(name) : other);
  return {
    threshold: words.get("threshold") ?? String(data.threshold),
    sort: among("sort", Object.keys(ORDERS), "given"),
    filter: words.get("filter") ?? "",
    within: among("within", WITHIN, "both"),
  };
}

/** Whether an address is one of ours, and not a place on the page. */
function isView(hash) {
  return hash === "" || hash === "#" || /[=]/.test(hash);
}
