"""Where things lie, for tests that run scripts or read pages."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "benchmarks"
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
TOY_TASKS = ROOT / "tests" / "gradsplit" / "toy_tasks.py"
