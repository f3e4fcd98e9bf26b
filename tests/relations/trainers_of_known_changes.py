"""A module of its own, so that worker processes can import it by name."""

from collections.abc import Mapping

import numpy as np


class KnownTrainer:
    """Scores with known true changes and paired noise; counts what it trained."""

    def __init__(self, changes: Mapping[tuple[str, str], float], noise: float = 0.0) -> None:
        self.changes = dict(changes)
        self.noise = noise
        self.trained: list[tuple[tuple[str, ...], int]] = []

    def settings(self) -> dict[str, object]:
        return {"noise": self.noise}

    def __call__(self, tasks: tuple[str, ...], seed: int) -> dict[str, float]:
        self.trained.append((tasks, seed))
        scores = {}
        for task in tasks:
            others = [other for other in tasks if other != task]
            change = sum(self.changes.get((other, task), 0.0) for other in others)
            text = "+".join([task, *others, str(seed)])
            draw = np.random.default_rng(list(text.encode())).standard_normal()
            scores[task] = 0.8 * (1 + change + self.noise * draw)
        return scores
