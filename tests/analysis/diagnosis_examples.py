"""What a `diagnosis.json` holds, for tests of who reads it."""

from typing import Any


def intervention(
    name: str, verdict: str = "removes", share: float | None = 0.7, **facts: Any
) -> dict[str, Any]:
    """A row of an edge; further facts replace those that are made up."""
    ends = {"lower": 0.6, "upper": 0.8} if share is not None else {"lower": None, "upper": None}
    removed = {"share": share, **ends, "verdict": verdict, "seeds": 5, "seeds_to_decide": 9}
    row = {"intervention": name, "cause": "loss scale", "target": 0.1, "source": -0.02, "cost": 1.0}
    return row | {"removed": removed | facts.pop("removed", {})} | facts


def diagnosed_edge(source: str, target: str, **facts: Any) -> dict[str, Any]:
    """An edge whose harm a quieter source decidedly removes."""
    extra = {"training": 1.0, "parameters": 1.0, "inference": 1.0}
    quieter = {"intervention": "quieter", "target": 0.1, "source": -0.02, "extra": extra}
    return {
        "source": source,
        "target": target,
        "change": -0.2,
        "verdict": "harmful",
        "cause": "loss scale",
        "open": [],
        "also": [],
        "shares": [],
        "curve": None,
        "stages": [],
        "recommended": quieter,
        "apart": None,
        "not examined": [],
        "interventions": [intervention("2x the steps", "keeps", 0.1), intervention("quieter")],
        **facts,
    }


def open_edge(source: str, target: str) -> dict[str, Any]:
    """An edge of which nothing is decided."""
    return diagnosed_edge(
        source,
        target,
        cause=None,
        open=["loss scale", "stage"],
        recommended=None,
        interventions=[
            intervention("quieter", "undecided", 0.45),
            intervention("without the source", "undecided", 0.9, target=None, source=None),
        ],
    ) | {"not examined": ["There are no labels of `pose`."]}
