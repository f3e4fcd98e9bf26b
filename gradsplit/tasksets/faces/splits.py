"""Which photograph is used for what: training and test of each task of the faces task set.

A *scene* is a person in one pose with or without sunglasses: up to four photographs, taken in one
sitting, that differ in the expression alone and are nearly the same picture. Source: our choice,
made after looking at the photographs (docs/faces.md).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.faces.data import LABELS
from gradsplit.training.seeding import seed_for
from relations.digests import digest

TEST_PEOPLE = 0.3  # share of the people held out by `by_person`
TEST_SCENES = 0.25  # share of each other person's scenes held out for identity
TEST_IMAGES = 1 / 3  # share of each person's photographs held out by `by_image`


@dataclass(frozen=True, eq=False)
class Split:
    """Indices of photographs for every task.

    Attributes:
        train: [n] for each task; no photograph is in two of them unless they are shared.
        test: [m] for each task; no photograph of any task's training.
        people: The identities to tell apart, as indices of identity classes, sorted.
    """

    train: Mapping[str, np.ndarray]
    test: Mapping[str, np.ndarray]
    people: np.ndarray

    def digest(self) -> str:
        """A name of this division by content."""
        parts = {
            "people": self.people.tolist(),
            "train": {task: chosen.tolist() for task, chosen in self.train.items()},
            "test": {task: chosen.tolist() for task, chosen in self.test.items()},
        }
        return digest(json.dumps(parts, sort_keys=True))


def by_person(labels: Mapping[str, np.ndarray], seed: int, *, shared: bool) -> Split:
    """Pose, expression and eyes are tested on people never seen, identity on scenes never seen.

    Args:
        labels: int [N] for each task.
        seed: Draws the people, the scenes and who gets which photograph.
        shared: Every task trains on all training photographs instead of a quarter of its own.

    Raises:
        TaskSetError: There are fewer than four people, or a person of fewer than two scenes.
    """
    rng = _generator(seed)
    identity = labels["identity"]
    people = np.unique(identity)
    if len(people) < 4:
        raise TaskSetError(f"A split by person needs at least 4 people, got {len(people)}.")
    held_out = rng.permutation(people)[: round(TEST_PEOPLE * len(people))]
    stays = np.setdiff1d(people, held_out)
    scene = scenes(labels)
    unseen = [_held_out_scenes(scene, identity == person, rng) for person in stays]
    scenes_out = np.sort(np.concatenate(unseen))
    people_out = np.flatnonzero(np.isin(identity, held_out))
    pool = np.setdiff1d(np.arange(len(identity)), np.concatenate([scenes_out, people_out]))
    test = {task: scenes_out if task == "identity" else people_out for task in LABELS}
    return Split(_dealt(pool, scene, rng, shared=shared), test, stays)


def by_image(labels: Mapping[str, np.ndarray], seed: int, *, shared: bool) -> Split:
    """A third of every person's photographs is the test of all tasks.

    Nearly the same picture of the same person is then mostly in the training of some task, with the
    same label for identity, pose and eyes, and always with another one for expression.

    Args:
        labels: int [N] for each task.
        seed: Draws the test and who gets which photograph.
        shared: Every task trains on all training photographs instead of a quarter of its own.
    """
    rng = _generator(seed)
    identity = labels["identity"]
    people = np.unique(identity)
    out = []
    for person in people:
        own = rng.permutation(np.flatnonzero(identity == person))
        out.append(own[: round(TEST_IMAGES * len(own))])
    test = np.sort(np.concatenate(out))
    pool = np.setdiff1d(np.arange(len(identity)), test)
    return Split(_dealt(pool, identity, rng, shared=shared), dict.fromkeys(LABELS, test), people)


SPLITS: dict[str, Callable[..., Split]] = {"person": by_person, "image": by_image}
"""Option -> how the photographs are divided."""


def scenes(labels: Mapping[str, np.ndarray]) -> np.ndarray:
    """[N] The scene of each photograph, as a number from 0 on."""
    columns = np.stack([labels["identity"], labels["pose"], labels["eyes"]])
    return np.unique(columns, axis=1, return_inverse=True)[1].reshape(-1)


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed_for(seed, "faces split"))


def _held_out_scenes(scene: np.ndarray, person: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The photographs of the scenes of one person that identity is tested on.

    Args:
        scene: [N] The scene of every photograph.
        person: [N] Which photographs are the person's.
        rng: Draws the scenes.
    """
    own = np.unique(scene[person])
    if len(own) < 2:
        raise TaskSetError(
            "A split by person needs at least two scenes of every person (a pose with or without "
            f"sunglasses), got {len(own)}. Use the split by image."
        )
    chosen = rng.permutation(own)[: max(1, round(TEST_SCENES * len(own)))]
    return np.flatnonzero(np.isin(scene, chosen))


def _dealt(
    pool: np.ndarray, group: np.ndarray, rng: np.random.Generator, *, shared: bool
) -> dict[str, np.ndarray]:
    """Training photographs of each task, dealt like cards, group after group.

    Within a group each task gets as many as the others, or one more, so the tasks' sets are alike
    in everything that makes a group.
    """
    if shared:
        return dict.fromkeys(LABELS, pool)
    hands: list[list[int]] = [[] for _ in LABELS]
    for value in np.unique(group[pool]):
        cards = rng.permutation(pool[group[pool] == value])
        order = rng.permutation(len(LABELS))
        for place, card in enumerate(cards):
            hands[order[place % len(LABELS)]].append(int(card))
    return {task: np.sort(hand) for task, hand in zip(LABELS, hands, strict=True)}
