"""What the diagnosis says of small nonlinear task sets whose truth is known.

    python benchmarks/diagnosis/diagnosis_nonlinear.py measure --out DIR
        [--repetitions 3] [--seeds 5] [--sets ...]
    python benchmarks/diagnosis/diagnosis_nonlinear.py report --out DIR

A set is diagnosed on its first seeds, in every repetition on others. On as many fresh ones its
oracle says how much of the harm is what was put there, and the recommendation is trained again.
Finished runs are kept: stop it at will.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from diagnosis_sets import Known, known_sets

from analysis.text_table import Table
from gradsplit import diagnose
from gradsplit.studies.diagnosis.diagnosis import Diagnosis
from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
from gradsplit.studies.variant_runs import VariantRuns

EDGE = ("source", "target")
NO_HARM = "no harm"
FRESH = 100
"""The first seed that answers are judged on."""


@dataclass(frozen=True)
class Answer:
    """What was said of a set, and what is true.

    Attributes:
        repetition: Which one.
        causes: See `Known`.
        stage: See there.
        change: Mean change of the target on the seeds diagnosed.
        named: The cause, or what is open.
        shares: Shares as `Diagnosis.to_dict` has them.
        advice: What to do.
        recommended: The intervention; "apart" for training the two apart, None for nothing.
        stages: Those that it splits.
        gain: Change of the target with it on fresh seeds, each.
        oracle: The share of the harm that the oracle removes on fresh seeds.
        cost: Pair runs a seed.
    """

    name: str
    repetition: int
    causes: tuple[str, ...]
    stage: str | None
    change: float
    named: str = NO_HARM
    shares: Sequence[dict[str, Any]] = ()
    advice: str = "nothing"
    recommended: str | None = None
    stages: Sequence[str] = ()
    gain: Sequence[float] | None = None
    oracle: float | None = None
    cost: float = 0.0

    @property
    def wrong(self) -> bool:
        """Whether a cause is named that is none, or a stage split where it is another."""
        if self.named.startswith(("undecided", "none of", NO_HARM)):
            return False
        other_stage = self.stage is not None and self.stages and self.stages != [self.stage]
        return self.named not in self.causes or bool(other_stage)

    @property
    def useful(self) -> bool:
        """A true cause, a true share, or longer training that gains on fresh seeds.

        A gain is a mean above twice its standard error.
        """
        if self.named in self.causes or (not self.causes and self.named == NO_HARM):
            return True
        if self.advice.startswith("train longer first"):
            return self.gains
        return any(share["cause"] in self.causes and self._holds(share) for share in self.shares)

    @property
    def gains(self) -> bool:
        """Whether following it gains on fresh seeds."""
        if self.gain is None:
            return False
        return bool(np.mean(self.gain) > 2 * np.std(self.gain, ddof=1) / len(self.gain) ** 0.5)

    def _holds(self, share: dict[str, Any]) -> bool:
        """Whether the interval of a share holds what the oracle removes."""
        low, high = share["lower"], share["upper"]
        oracle = self.oracle or 0.0
        return (low is None or low <= oracle) and (high is None or oracle <= high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["measure", "report"])
    parser.add_argument("--out", type=Path, required=True, help="folder of the ledgers")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5, help="of each repetition")
    parser.add_argument("--sets", nargs="+", choices=list(known_sets()), default=list(known_sets()))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    said = options.out / "said.jsonl"
    if options.action == "measure":
        for name in options.sets:
            known = known_sets()[name]
            asked = Asked(known, options.seeds, options.repetitions, options.out / name)
            for answer in asked.answers():
                with said.open("a") as file:
                    file.write(json.dumps(asdict(answer)) + "\n")
                print(f"{name}, {answer.repetition}: {answer.named}; {answer.advice}", flush=True)
    print(table(said).markdown())


@dataclass(frozen=True)
class Asked:
    """A set that is diagnosed several times, and what fresh seeds say of that."""

    known: Known
    seeds: int
    repetitions: int
    folder: Path

    def answers(self) -> Iterator[Answer]:
        """One a repetition."""
        count = self.seeds * self.repetitions
        if self._executor == "ensemble":
            # All seeds at once: one vectorised program an intervention, shared by repetitions.
            self._diagnosed(range(count))
            self._fresh(range(FRESH, FRESH + count))
            self._oracle(range(FRESH, FRESH + count))
        for repetition in range(self.repetitions):
            yield self._answer(repetition)

    def _answer(self, repetition: int) -> Answer:
        first, known = repetition * self.seeds, self.known
        change, diagnosis = self._diagnosed(range(first, first + self.seeds))
        asked = known.taskset.name, repetition, known.causes, known.stage, change
        if diagnosis is None:
            return Answer(*asked)
        fresh = self._fresh(range(FRESH + first, FRESH + first + self.seeds))
        best = diagnosis.recommended
        followed = None if best is None else best.intervention
        gain = None
        if followed is not None:
            fresh.train({EDGE: [followed]})
            gain = fresh.gains(followed, "target").tolist()
        elif best is not None:
            gain = fresh.gains_apart(EDGE, "target").tolist()
        return Answer(
            *asked,
            named=str(diagnosis.named),
            shares=diagnosis.to_dict()["shares"],
            advice=diagnosis.advice,
            recommended=None if best is None else followed.name if followed else "apart",
            stages=list(diagnosis.stages),
            gain=gain,
            oracle=self._oracle_share(fresh),
            cost=sum(row.cost for row in diagnosis.rows),
        )

    @property
    def _executor(self) -> str:
        return "in-process" if self.known.taskset.norm else "ensemble"

    def _diagnosed(self, seeds: range) -> tuple[float, Diagnosis | None]:
        found = diagnose(
            self.known.taskset,
            [EDGE],
            self.folder,
            seeds=seeds,
            executor=self._executor,
            progress=False,
        )
        change = float(found.graph.edges[EDGE]["change"])
        return change, found.diagnoses[0] if found.diagnoses else None

    def _fresh(self, seeds: range) -> InterventionRuns:
        taskset, ledger = self.known.taskset, self.folder / "probe.db"
        return _trained(
            VariantRuns(taskset, ledger, executor=self._executor, progress=False), seeds
        )

    def _oracle(self, seeds: range) -> InterventionRuns | None:
        oracle, ledger = self.known.oracle, self.folder / "oracle.db"
        if oracle is None:
            return None
        return _trained(VariantRuns(oracle, ledger, executor=self._executor, progress=False), seeds)

    def _oracle_share(self, fresh: InterventionRuns) -> float | None:
        healed = self._oracle(range(fresh.seeds[0], fresh.seeds[-1] + 1))
        if healed is None:
            return None
        return 1 - float(healed.before(EDGE).mean() / fresh.before(EDGE).mean())


def _trained(place: VariantRuns, seeds: range) -> InterventionRuns:
    """The edge's own runs on some seeds."""
    runs = InterventionRuns(place, seeds)
    runs.train({EDGE: []})
    return runs


def table(path: Path) -> Table:
    """What was said of each set; of a repetition that was asked again, the last answer."""
    sets: dict[str, dict[int, Answer]] = {}
    for line in path.read_text().splitlines():
        content = json.loads(line)
        answer = Answer(**{**content, "causes": tuple(content["causes"])})
        sets.setdefault(answer.name, {})[answer.repetition] = answer
    header = ("task set", "put there", "change [%]", "oracle [%]", "said", "followed")
    rows = [_row(list(answers.values())) for answers in sets.values()]
    return Table((*header, "gain, fresh seeds [%]", "gains", "useful", "wrong"), rows)


def _row(answers: Sequence[Answer]) -> tuple[str, ...]:
    first, count = answers[0], len(answers)
    gains = [gain for answer in answers for gain in answer.gain or ()]
    stage = "" if first.stage is None else f" ({first.stage})"
    return (
        first.name,
        f"{' or '.join(first.causes)}{stage}" or "nothing",
        _mean([answer.change for answer in answers]),
        _mean([answer.oracle for answer in answers if answer.oracle is not None]),
        _counted(_said(answer) for answer in answers),
        _counted(answer.recommended or "-" for answer in answers),
        f"{_mean(gains)} \u00b1 {100 * np.std(gains, ddof=1) / len(gains) ** 0.5:.0f}"
        if gains
        else "-",
        f"{sum(answer.gains for answer in answers)}/{count}" if gains else "-",
        f"{sum(answer.useful for answer in answers)}/{count}",
        f"{sum(answer.wrong for answer in answers)}/{count}",
    )


def _said(answer: Answer) -> str:
    return (
        f"{answer.named} ({'+'.join(answer.stages)})" if answer.named == "stage" else answer.named
    )


def _counted(words: Iterable[str]) -> str:
    return "; ".join(f"{count}x {word}" for word, count in Counter(words).most_common())


def _mean(values: Sequence[float]) -> str:
    return f"{100 * np.mean(values):+.0f}" if len(values) else "-"


if __name__ == "__main__":
    main()
