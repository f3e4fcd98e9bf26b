"""Everything once: known truth, drawn people, probe, mask, training, and whether it helped."""

from pathlib import Path

from gradsplit.studies.variant_runs import Tell, unheard


def demo(
    out: str | Path = "demo-out",
    *,
    seeds: int = 3,
    planted_seeds: int = 5,
    workers: int = 2,
    device: str = "cpu",
    tell: Tell = unheard,
) -> list[Path]:
    """Run the demo, as `gradsplit demo` does; a second call goes on where the first stopped.

    Args:
        out: Folder for ledgers, pictures, tables and the mask.
        seeds: How often each run on the drawn people is trained.
        planted_seeds: How often each run on the planted sets is trained.
        workers: Worker processes.
        device: Where networks are trained.
        tell: Called with what is done and what came out, part by part; `print` shows it.

    Returns:
        The pictures and files, in the order of the flow.

    Cost: about five minutes on two cores.
    """
    from gradsplit.studies.demo.drawn_people import drawn_people
    from gradsplit.studies.demo.known_truth import known_truth

    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    known_truth(folder, planted_seeds, workers, device, tell)
    return drawn_people(folder, seeds, workers, device, tell)
