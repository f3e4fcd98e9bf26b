"""The engine's figures as one table.

python benchmarks/engine/engine_report.py reports/engine/*.json > reports/engine/table.md
"""

import json
import sys
from pathlib import Path

METHODS = (
    "gradsplit",
    "naive",
    "torchjd-jacobian-our-mask",
    "torchjd-pcgrad",
    "torchjd-pcgrad-chunk1",
    "libmtl-pcgrad",
)


def cell(figures: dict, plain: dict) -> str:
    """Step time, its quartiles where they were written, and memory, as multiples of plain."""
    times = f"{figures['ms'] / plain['ms']:.2f}"
    if "ratio quartiles" in figures:
        first, _, third = figures["ratio quartiles"]
        times += f" ({first:.2f} to {third:.2f})"
    return f"{times} / {figures['mib'] / plain['mib']:.2f}"


def lines(result: dict) -> list[str]:
    """One line a regime: step time and peak memory over those of plain training."""
    options = result["options"]
    rows = []
    for regime, methods in sorted(result["regimes"].items()):
        plain = methods["plain"]
        cells = [cell(methods[name], plain) if name in methods else "" for name in METHODS]
        limit = f"{result['limit_c']:.2f}" if regime == "c" else ""
        rounds = str(result.get("rounds", {}).get(regime, options["rounds"]))
        half = options.get("autocast", "None")
        network = options["network"] + ("" if half == "None" else f", {half}")
        first = [network, options["tasks"], options["batch"], regime, rounds]
        rows.append("| " + " | ".join([*first, f"{plain['ms']:.0f}", limit, *cells]) + " |")
    return rows


def main() -> None:
    header = ["network", "T", "batch", "regime", "rounds", "plain ms", "limit", *METHODS]
    print("| " + " | ".join(header) + " |")
    print("| --- | ---: | ---: | --- | ---: | ---: | ---: |" + " ---: |" * len(METHODS))
    for path in sorted(map(Path, sys.argv[1:])):
        print("\n".join(lines(json.loads(path.read_text()))))


if __name__ == "__main__":
    main()
