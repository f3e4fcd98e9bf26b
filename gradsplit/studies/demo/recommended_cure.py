"""The demo's last part: not only a mask, but the best of all cures, for the first planted set."""

from pathlib import Path

from gradsplit.studies.recommendation.racing.standings import Standings
from gradsplit.studies.recommendation.recommend import recommend
from gradsplit.studies.variant_runs import Tell

RUNS = 84
"""Trainings: so many that a mask takes part, too few for a search of weights; a third are there."""

JUDGE_SEEDS = 3
"""Seeds of the judgement, as few as the demo's time allows."""


def recommended_cure(folder: Path, name: str, workers: int, device: str, tell: Tell) -> list[Path]:
    """Recommend, with the runs of the first part in the same ledger; the files written.

    Args:
        folder: Where the ledger of the task set lies.
        name: The task set.
        workers: Worker processes.
        device: Where networks are trained.
        tell: Called with what is done.
    """
    tell(f"\n== 4. What is best for `{name}`? ==")
    best = recommend(
        name,
        folder,
        runs=RUNS,
        judge_seeds=JUDGE_SEEDS,
        executor="processes",
        workers=workers,
        device=device,
        progress=False,
        tell=lambda news: tell(news) if isinstance(news, Standings) else None,
    )
    tell(best.answer)
    return [folder / "recommended.toml", folder / "recommendation.png"]
