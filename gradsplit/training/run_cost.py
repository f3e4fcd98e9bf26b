"""What a run costs here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunCost:
    """What a run of some number of tasks costs here, averaged over the measured runs.

    Attributes:
        tasks: How many tasks the run trains.
        steps: Optimizer steps of a whole run.
        seconds_a_step: Wall time of one step.
        seconds_besides: Wall time of set-up and scoring.
        peak_bytes: Highest memory so far: of the process on a CPU, of the device otherwise.
    """

    tasks: int
    steps: int
    seconds_a_step: float
    seconds_besides: float
    peak_bytes: int

    @property
    def seconds(self) -> float:
        """Wall time of a whole run."""
        return self.seconds_besides + self.steps * self.seconds_a_step
