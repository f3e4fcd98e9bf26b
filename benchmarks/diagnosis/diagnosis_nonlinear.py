"""What the diagnosis says of small nonlinear task sets whose truth is known.

    python benchmarks/diagnosis/diagnosis_nonlinear.py measure --out DIR [--seeds 5] [--sets ...]
    python benchmarks/diagnosis/diagnosis_nonlinear.py report --out DIR

A set is diagnosed on its first seeds. On as many fresh ones its oracle says how much of the harm
is what was put there, and the recommendation is trained again. Finished runs are kept: stop it at
will.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from diagnosis_sets import Known, Nonlinear, known_sets

from analysis.text_table import Table
from gradsplit import diagnose
from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
from gradsplit.studies.variant_runs import VariantRuns

EDGE = ("source", "target")
NO_HARM = "no harm"


@dataclass(frozen=True)
class Answer:
    """What was said of a set, and what is true.

    Attributes:
        change: Mean change of the target on the seeds diagnosed.
        named: The cause, or what is open.
        shares: Shares as `Diagnosis.to_dict` has them.
        advice: What to do.
        recommended: The intervention; "apart" for training the two apart, None for nothing.
        gain: Change of the target with it on fresh seeds, each.
        oracle: The share of the harm that the oracle removes on fresh seeds.
        cost: Pair runs a seed.
    """

    name: str
    causes: tuple[str, ...]
    change: float
    named: str
    shares: list[dict[str, Any]]
    advice: str
    recommended: str | None
    gain: list[float] | None
    oracle: float | None
    cost: float

    @property
    def wrong(self) -> bool:
        """Whether a cause is named that is none."""
        open_still = self.named.startswith(("undecided", "none of", NO_HARM))
        return not open_still and self.named not in self.causes

    @property
    def useful(self) -> bool:
        """A true cause, a true share, or longer training that gains on fresh seeds.

        A gain is a mean above twice its standard error.
        """
        if self.named in self.causes or (not self.causes and self.named == NO_HARM):
            return True
        if self.gain is not None and self.advice.startswith("train longer first"):
            return bool(np.mean(self.gain) > 2 * np.std(self.gain, ddof=1) / len(self.gain) ** 0.5)
        return any(share["cause"] in self.causes and self._holds(share) for share in self.shares)

    def _holds(self, share: dict[str, Any]) -> bool:
        """Whether the interval of a share holds what the oracle removes."""
        low, high = share["lower"], share["upper"]
        oracle = self.oracle or 0.0
        return (low is None or low <= oracle) and (high is None or oracle <= high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["measure", "report"])
    parser.add_argument("--out", type=Path, required=True, help="folder of the ledgers")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", nargs="+", choices=list(known_sets()), default=list(known_sets()))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    said = options.out / "said.jsonl"
    if options.action == "measure":
        for name in options.sets:
            answer = answered(known_sets()[name], options.seeds, options.out / name)
            with said.open("a") as file:
                file.write(json.dumps(asdict(answer)) + "\n")
            print(f"{name}: {answer.named}; {answer.advice}", flush=True)
    print(table(said).markdown())


def answered(known: Known, seeds: int, folder: Path) -> Answer:
    """The diagnosis of a set, and what fresh seeds say of it."""
    taskset = known.taskset
    executor = "in-process" if taskset.norm else "ensemble"
    found = diagnose(taskset, [EDGE], folder, seeds=range(seeds), executor=executor, progress=False)
    change = float(found.graph.edges[EDGE]["change"])
    if not found.diagnoses:
        return Answer(
            taskset.name, known.causes, change, NO_HARM, [], "nothing", None, None, None, 0
        )
    (diagnosis,) = found.diagnoses
    (folder / "diagnosis.txt").write_text(str(diagnosis))
    fresh = InterventionRuns(
        VariantRuns(taskset, folder / "probe.db", "cpu", executor, progress=False),
        range(100, 100 + seeds),
    )
    best, gain = diagnosis.recommended, None
    followed = None if best is None else best.intervention
    fresh.train({EDGE: [] if followed is None else [followed]})
    if best is not None:
        gains = fresh.gains_apart(EDGE, "target")
        if followed is not None:
            gains = fresh.gains(followed, "target")
        gain = [float(each) for each in gains]
    return Answer(
        name=taskset.name,
        causes=known.causes,
        change=change,
        named=str(diagnosis.named),
        shares=diagnosis.to_dict()["shares"],
        advice=diagnosis.advice,
        recommended=None if best is None else followed.name if followed else "apart",
        gain=gain,
        oracle=_oracle_share(known.oracle, fresh, folder, executor),
        cost=sum(row.cost for row in diagnosis.rows),
    )


def _oracle_share(
    oracle: Nonlinear | None, fresh: InterventionRuns, folder: Path, executor: str
) -> float | None:
    if oracle is None:
        return None
    place = VariantRuns(oracle, folder / "oracle.db", "cpu", executor, progress=False)
    healed = InterventionRuns(place, fresh.seeds)
    healed.train({EDGE: []})
    return 1 - float(healed.before(EDGE).mean() / fresh.before(EDGE).mean())


def table(path: Path) -> Table:
    """What was said of each set, the last time it was asked."""
    answers = {}
    for line in path.read_text().splitlines():
        content = json.loads(line)
        answers[content["name"]] = Answer(**{**content, "causes": tuple(content["causes"])})
    header = ("task set", "put there", "change [%]", "oracle [%]", "said", "shares", "followed")
    rows = [_row(answer) for answer in answers.values()]
    return Table((*header, "gain, fresh seeds [%]", "useful", "wrong"), rows)


def _row(answer: Answer) -> tuple[str, ...]:
    gain = "-"
    if answer.gain is not None:
        error = np.std(answer.gain, ddof=1) / len(answer.gain) ** 0.5
        gain = f"{100 * np.mean(answer.gain):+.0f} \u00b1 {100 * error:.0f}"
    return (
        answer.name,
        " or ".join(answer.causes) or "nothing",
        f"{100 * answer.change:+.0f}",
        "-" if answer.oracle is None else f"{100 * answer.oracle:.0f}",
        answer.named,
        "; ".join(share["words"] for share in answer.shares) or "-",
        answer.recommended or "-",
        gain,
        "yes" if answer.useful else "no",
        "yes" if answer.wrong else "no",
    )


if __name__ == "__main__":
    main()
