"""Files that are no table of relations or runs, each named as what it is."""

from pathlib import Path

from relations.tables.json_text import read_json

_STARTS = {
    b"PK\x03\x04": "an archive or a spreadsheet's own file. Save the table as CSV.",
    b"%PDF": "a picture. Give the relations that it was drawn from.",
    b"\x89PNG": "a picture. Give the relations that it was drawn from.",
    b"SQLite": "a database that is no ledger.",
}
_XML = {
    "<graphml": "GraphML, which other programs read. `gradsplit graph SOURCE --out edges.csv` "
    "writes edges that can be read again; give such a file, or what the graph was made from.",
    "<gexf": "GEXF, which other programs read. `gradsplit graph SOURCE --out edges.csv` writes "
    "edges that can be read again; give such a file, or what the graph was made from.",
    "<svg": "a picture. Give the relations that it was drawn from.",
    "<html": "a page. Give the relations that it was made from.",
    "<!doctype html": "a page. Give the relations that it was made from.",
    "digraph": "a graph for Graphviz. Give a CSV of its edges, or what it was made from.",
}
_PROGRAMS = (".py", ".ipynb", ".sh")
_PROGRAM = (
    "a program, not a table. `gradsplit probe --command` starts a program that trains one run; "
    "in Python `PairwiseProbe(train=...)` takes a function train(tasks, seed)."
)
_MASK = (
    "a gradient mask, which says what may be updated, not by how much scores change. "
    "`gradsplit check` shows it; give here what it was made from."
)


def other_kind(path: Path) -> str | None:
    """What a file is that cannot be read as a table, and what to do; None when it may be one."""
    if path.suffix.lower() in _PROGRAMS:
        return _PROGRAM
    with path.open("rb") as file:
        start = file.read(4000)
    for magic, kind in _STARTS.items():
        if start.startswith(magic):
            return kind
    text = start.decode("utf-8-sig", errors="replace").lstrip()
    lowered = text.lower()
    for word, kind in _XML.items():
        if lowered.startswith(word) or (lowered.startswith(("<?xml", "<!")) and word in lowered):
            return kind
    if text.startswith("{"):
        return _kind_of_json(path, text)
    return None


def _kind_of_json(path: Path, start: str) -> str | None:
    if '"gradsplit-mask"' in start:
        return _MASK
    try:
        content = read_json(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        return None  # the reader says what is wrong with it
    if isinstance(content, dict) and content.get("format") == "gradsplit-mask":
        return _MASK
    numbers = (int, float)
    if content and all(isinstance(value, numbers) for value in content.values()):
        return "the scores of one run. `gradsplit probe --collect FOLDER` takes a folder of them."
    return None
