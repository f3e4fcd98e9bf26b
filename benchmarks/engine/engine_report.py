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


def lines(result: dict) -> list[str]:
    """One line a regime: step time and peak memory over those of plain training."""
    options = result["options"]
    found = []
    for regime, methods in sorted(result["regimes"].items()):
        plain = methods["plain"]
        cells = [
            f"{methods[name]['ms'] / plain['ms']:.2f} / {methods[name]['mib'] / plain['mib']:.2f}"
            if name in methods
            else ""
            for name in METHODS
        ]
        limit = f"{result['limit_c']:.2f}" if regime == "c" else ""
        first = [options["network"], options["tasks"], regime, f"{plain['ms']:.0f}", limit]
        found.append("| " + " | ".join([*first, *cells]) + " |")
    return found


def main() -> None:
    header = ["network", "T", "regime", "plain ms", "limit", *METHODS]
    print("| " + " | ".join(header) + " |")
    print("| --- | ---: | --- | ---: | ---: |" + " ---: |" * len(METHODS))
    for path in sorted(map(Path, sys.argv[1:])):
        print("\n".join(lines(json.loads(path.read_text()))))


if __name__ == "__main__":
    main()
