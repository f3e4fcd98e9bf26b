"""Everything once: known truth, drawn people, probe, mask, whether it helped, and what is best."""

from collections.abc import Sequence
from pathlib import Path

from gradsplit.studies.arguments import check_number, the_folder, the_seeds
from gradsplit.studies.variant_runs import Tell, unheard


def demo(
    out: str | Path = "demo-out",
    *,
    seeds: int | Sequence[int] = 4,
    planted_seeds: int | Sequence[int] = 4,
    workers: int = 2,
    device: str = "cpu",
    tell: Tell = unheard,
) -> list[Path]:
    """Run the demo, as `gradsplit demo` does; a second call goes on where the first stopped.

    Args:
        out: Folder for ledgers, pictures, tables and the mask.
        seeds: How often each run on the drawn people is trained, or the seeds.
        planted_seeds: How often each run on the planted sets is trained, or the seeds.
        workers: Worker processes.
        device: Where networks are trained.
        tell: Called with what is done and what came out, part by part; `print` shows it.

    Returns:
        The pictures and files, in the order of the flow.

    Raises:
        GradSplitError: An argument is not what it must be; nothing is trained.

    Cost: about six minutes on two cores.
    """
    from gradsplit.studies.demo.drawn_people import drawn_people
    from gradsplit.studies.demo.known_truth import EXPECTED, known_truth
    from gradsplit.studies.demo.recommended_cure import recommended_cure
    from gradsplit.training.device import check_device

    people, planted = the_seeds(seeds), the_seeds(planted_seeds, "planted_seeds")
    check_number("workers", workers)
    check_device(device, here=True)
    folder = the_folder(out)
    known_truth(folder, planted, workers, device, tell)
    files = drawn_people(folder, people, workers, device, tell)
    first = next(iter(EXPECTED))
    return files + recommended_cure(folder / first, first, workers, device, tell)
