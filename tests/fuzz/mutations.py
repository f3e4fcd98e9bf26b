"""Small changes of files: of their bytes, their JSON, their rows; some keep the meaning."""

import copy
import csv
import io
import json
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.fuzz import junk

Rows = list[list[str]]
_PIECES = (
    *(b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b[2J", b'"', b"'", b"{", b"}", b"[", b"]"),
    *(b"\n", b"\r", b",", b";", b"\t", b"|", b"%", b"-", b"e999", b"NaN", b"Infinity", b"null"),
    *(b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xc3", b"\xed\xa0\x80", b"9" * 5000, b"[" * 100_000),
    *(b'{"a":' * 5000, b"sep=;\n", b"#", b"\\", b"\\ud800", b"<graphml", b"\x89PNG", b"PK\x03\x04"),
)


def garbled(random: Random, content: bytes) -> bytes:
    """Bytes with pieces cut out, put in, doubled or changed."""
    for _ in range(random.randint(1, 4)):
        start, stop = sorted(random.randint(0, len(content)) for _ in range(2))
        stop = min(stop, start + random.choice((1, 2, 8, 64, 100_000)))
        kind = random.randrange(6)
        if kind == 0:
            content = content[:start] + content[stop:]
        elif kind == 1:
            content = content[:start] + random.choice(_PIECES) + content[start:]
        elif kind == 2:
            content = content[:stop] + content[start:]
        elif kind == 3:
            content = content[:start] + random.randbytes(min(stop - start, 16)) + content[stop:]
        elif kind == 4 and start < len(content):
            flipped = content[start] ^ (1 << random.randrange(8))
            content = content[:start] + bytes([flipped]) + content[start + 1 :]
        else:
            content = content[: random.randint(0, len(content))]
    return content


def changed_value(random: Random, content: Any) -> Any:
    """A JSON value with one to three of its parts removed, doubled, replaced or added."""
    content = copy.deepcopy(content)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list(_places(content))
        if not places:
            return junk.value(random)
        holder, key = random.choice(places)
        kind = random.randrange(6)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        elif kind == 2 and isinstance(holder, dict):
            holder[junk.name(random)] = holder.pop(key)
        elif kind == 3:
            other_holder, other_key = random.choice(places)
            holder[key] = copy.deepcopy(other_holder[other_key])
        elif kind == 4 and isinstance(holder[key], float):
            holder[key] = -holder[key] * random.choice((1, 0.5, 100))
        else:
            holder[key] = junk.value(random)
    return content


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Every part of a JSON value, as what holds it and where."""
    keys = content if isinstance(content, dict) else ()
    keys = range(len(content)) if isinstance(content, list) else keys
    for key in keys:
        yield content, key
        yield from _places(content[key])


def json_bytes(random: Random, content: Any) -> bytes:
    """JSON written in one of its ways; what it means is the same in all."""
    text = json.dumps(
        content,
        indent=random.choice((None, None, 0, 2)),
        ensure_ascii=random.random() < 0.7,
        sort_keys=False,
    )
    text = random.choice(("", "", "\n", "  ")) + text + random.choice(("", "\n", " \r\n"))
    start = b"\xef\xbb\xbf" if random.random() < 0.2 else b""
    return start + text.encode("utf-8", errors="surrogatepass")


def reordered(random: Random, content: Any) -> Any:
    """A JSON value with the keys of its objects in another order."""
    if isinstance(content, dict):
        keys = list(content)
        random.shuffle(keys)
        return {key: reordered(random, content[key]) for key in keys}
    return [reordered(random, each) for each in content] if isinstance(content, list) else content


def changed_rows(random: Random, rows: Rows) -> Rows:
    """A table with one to three cells, rows or columns removed, doubled, moved or replaced."""
    rows = copy.deepcopy(rows)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        rows = rows or [[""]]
        at = random.randrange(len(rows))
        row = rows[at]
        place = random.randrange(len(row)) if row else 0
        kind = random.randrange(9)
        if kind == 0:
            del rows[at]
        elif kind == 1:
            rows.insert(at, list(random.choice(rows)))
        elif kind == 2:
            del row[place : place + 1]
        elif kind == 3:
            row.insert(place, junk.cell(random))
        elif kind == 4:
            for each in rows:
                del each[place : place + 1]
        elif kind == 5:
            for each in rows:
                each.insert(place, each[-1] if each else "")
        elif kind == 6:
            renamed, name = row[place] if row else "", junk.cell(random)
            rows = [[name if each == renamed else each for each in line] for line in rows]
        elif row:
            row[place] = junk.cell(random)
    return rows


def table_bytes(random: Random, rows: Rows, separators: str = ",;\t|") -> bytes:
    """A table as some program writes it; what it means is the same in all ways."""
    usable = [each for each in separators if not any(each in cell for row in rows for cell in row)]
    if any(_has_decimal_comma(cell) for row in rows for cell in row):
        usable = [each for each in usable if each == ","]
    file = io.StringIO()
    csv.writer(
        file,
        delimiter=random.choice(usable or [","]),
        quoting=random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
        lineterminator=random.choice(("\n", "\n", "\r\n", "\r")),
    ).writerows(rows)
    text = file.getvalue()
    encoding = random.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"))
    return text.encode(encoding, errors="surrogatepass")


def _has_decimal_comma(cell: str) -> bool:
    before, comma, after = cell.partition(",")
    return bool(comma) and (before[-1:].isdigit() or after[:1].isdigit())
