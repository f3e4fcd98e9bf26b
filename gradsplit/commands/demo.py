"""`gradsplit demo`: the whole flow on the embedded default, pictures at the end."""

import time
from dataclasses import dataclass
from typing import ClassVar


@dataclass(kw_only=True)
class Demo:
    """Everything once: known truth, drawn people, probe, mask, whether it helped, what is best."""

    POSITION: ClassVar[int] = 510

    out: str = "demo-out"
    """Folder for ledgers, pictures, tables and the mask. A second call goes on from there."""
    seeds: int = 4
    """How often each run on the drawn people is trained."""
    planted_seeds: int = 4
    """How often each run on the planted sets is trained."""
    workers: int = 2
    """Worker processes."""
    device: str = "cpu"
    """Where networks are trained."""

    def run(self) -> int:
        """Run all parts and say where the pictures lie."""
        from gradsplit import demo

        start = time.perf_counter()
        pictures = demo(
            self.out,
            seeds=self.seeds,
            planted_seeds=self.planted_seeds,
            workers=self.workers,
            device=self.device,
            tell=print,
        )
        print(f"\nDone in {time.perf_counter() - start:.0f} s. Pictures and files:")
        for picture in pictures:
            print(f"  {picture}")
        return 0
