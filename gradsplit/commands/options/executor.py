"""Where runs are trained."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from relations.executors import Executor


@dataclass(kw_only=True)
class ExecutorOptions:
    """Where runs are trained."""

    executor: Literal["in-process", "processes", "ray", "ensemble"] = "in-process"
    """In this process, in worker processes, on a Ray cluster, or all together as one vectorised
    program (for networks without batch statistics)."""
    workers: int | None = None
    """How many runs at once; as many as cores, or as the cluster holds, when not given."""
    address: str | None = None
    """Of a running Ray cluster; a new one on this machine when not given."""
    gpus: float = 0.0
    """GPUs of one run on a Ray cluster; 0.25 lets four runs share one."""

    def chosen_executor(self) -> "Executor":
        """The executor these options describe."""
        from relations.executors import executor_named

        if self.executor == "ray":
            from relations.executors.ray import Ray

            return Ray(self.workers, address=self.address, gpus=self.gpus)
        return executor_named(self.executor, self.workers)
