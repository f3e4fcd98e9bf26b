"""Drawn people as MPII: its own file and the common JSON conversion, of the same people.

See `formats.mpii_mat` and `formats.mpii_json` for the forms. Now and then a person has no joints, a
picture nobody, and pictures beyond the training ones only places and sizes, as in the real file.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.light import Light
from gradsplit.tasksets.human.export.drawn import save_picture
from gradsplit.tasksets.human.export.mat import NOTHING, cells, save, struct
from gradsplit.tasksets.human.export.scenes import Placed, Scene, scenes

# Pictures of one video; every tenth video is judged on.
_FRAMES = 2
# Every so many people have no joints, every so many pictures nobody.
_BARE, _EMPTY = 13, 17
_NAMES = ("rank", "rkne", "rhip", "lhip", "lkne", "lank", "pelv", "thor", "neck", "head")
_NAMES += ("rwri", "relb", "rsho", "lsho", "lelb", "lwri")


def write(
    folder: Path, *, pictures: int, people: int, height: int, seed: int, light: Light = "day"
) -> None:
    """Write the data set.

    Args:
        folder: Where to; must exist.
        pictures: Training pictures, every tenth video of them judged on; a tenth as many beyond.
        people: Different ones in each of three sizes.
        height: Of an average person's own picture; a scene is twice as high, three times as wide.
        seed: Of everything.
        light: When the pictures are taken.
    """
    for name in ("images", "annot", "mpii_human_pose_v1_u12_2"):
        (folder / name).mkdir()
    hidden = max(1, pictures // 10)
    gathered = _Gathered()
    drawn = scenes(pictures + hidden, people=people, height=height, seed=seed, light=light)
    for number, scene in enumerate(drawn):
        name = f"{number + 1:09d}.jpg"
        save_picture(scene.pixels, folder / "images" / name)
        gathered.add(scene, number, name, labelled=number < pictures)
    _save_json(folder / "annot", gathered)
    release = struct(
        {
            "annolist": struct(*gathered.pictures),
            "img_train": np.array([[1] * pictures + [0] * hidden], np.uint8),
            "version": "12",
            "single_person": cells(gathered.alone, column=True),
        }
    )
    own = folder / "mpii_human_pose_v1_u12_2" / "mpii_human_pose_v1_u12_1.mat"
    save(own, {"RELEASE": release})


@dataclass
class _Gathered:
    """What the files say, picture after picture.

    Attributes:
        pictures: Of `annolist`.
        alone: Cells of `single_person`.
        lists: People of the JSON lists.
        judged: The people of `valid`.
    """

    pictures: list[dict[str, object]] = field(default_factory=list)
    alone: list[NDArray] = field(default_factory=list)
    lists: dict[str, list[dict[str, object]]] = field(
        default_factory=lambda: {"train": [], "valid": []}
    )
    judged: list[Placed] = field(default_factory=list)

    def add(self, scene: Scene, number: int, name: str, *, labelled: bool) -> None:
        """Add a picture to all files."""
        video = number // _FRAMES + 1
        people = () if number % _EMPTY == _EMPTY - 1 else scene.people
        bare = _bare(scene, number)
        rects = [
            _rect(person, labelled=labelled, bare=place in bare)
            for place, person in enumerate(people)
        ]
        self.pictures.append(
            {
                "image": struct({"name": name}),
                "annorect": struct(*rects) if rects else NOTHING,
                "frame_sec": np.array([[7]], np.uint16),
                "vididx": np.array([[video]], np.uint16),
            }
        )
        chosen = scene.alone() if people else []
        ones = np.array([[place + 1] for place in chosen], np.uint8)
        self.alone.append(ones if chosen else NOTHING)
        part = "train" if video % 10 else "valid"
        for place, person in enumerate(people if labelled else ()):
            if place in bare or (part == "valid" and place not in chosen):
                continue
            self.lists[part].append(_as_json(person, name))
            self.judged += [person] if part == "valid" else []


def _bare(scene: Scene, number: int) -> set[int]:
    """The places of people without joints: some, and all who have none in the picture."""
    return {
        place
        for place, person in enumerate(scene.people)
        if (2 * number + place) % _BARE == _BARE - 1 or not person.labelled.any()
    }


def _points(person: Placed) -> NDArray[np.float64]:
    """[16, 2] in the file's coordinates: the middle of the first pixel is 1."""
    return np.round(person.joints + 0.5, 2)


def _center(person: Placed) -> tuple[float, float]:
    """The rough position, in whole pixels as in the real file."""
    points = _points(person)[person.labelled if person.labelled.any() else slice(None)]
    x, y = np.round((points.min(axis=0) + points.max(axis=0)) / 2).tolist()
    return x, y


def _scale(person: Placed) -> float:
    """Height in units of 200 pixels, the crown and the soles included."""
    return round(1.1 * float(np.ptp(person.joints, axis=0).max()) / 200, 4)


def _head_box(person: Placed) -> NDArray[np.float64]:
    """[2, 2] corners of a square around the head; neck and top are 0.8 of its diagonal apart."""
    neck, top = _points(person)[8:10]
    half = max(1.0, float(np.linalg.norm(top - neck)) / 0.8) / np.sqrt(8)
    middle = (neck + top) / 2
    return np.stack([middle - half, middle + half])


def _rect(person: Placed, *, labelled: bool, bare: bool) -> dict[str, object]:
    """One person of `annorect`; those beyond the training pictures have no joints at all."""
    x, y = _center(person)
    rough = {"scale": _scale(person), "objpos": struct({"x": x, "y": y})}
    if not labelled:
        return rough
    (x1, y1), (x2, y2) = _head_box(person)
    points = struct(*_listed(person)) if not bare else NOTHING
    annopoints = NOTHING if bare else struct({"point": points})
    return {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "annopoints": annopoints, **rough}


def _listed(person: Placed) -> list[dict[str, object]]:
    """The labelled joints; those on the head's axis have no visibility, as in the real file."""
    points = _points(person)
    return [
        {
            "x": points[joint, 0],
            "y": points[joint, 1],
            "id": np.array([[joint]], np.uint8),
            "is_visible": NOTHING if joint in (8, 9) else str(int(person.visible[joint])),
        }
        for joint in np.flatnonzero(person.labelled)
    ]


def _as_json(person: Placed, name: str) -> dict[str, object]:
    """One person of the JSON lists; joints that are not labelled are at -1."""
    points = np.where(person.labelled[:, None], _points(person), -1)
    return {
        "image": name,
        "center": list(_center(person)),
        "scale": _scale(person),
        "joints": points.tolist(),
        "joints_vis": person.labelled.astype(int).tolist(),
    }


def _save_json(folder: Path, gathered: _Gathered) -> None:
    """The lists, and the file of the validation people's joints and heads."""
    for part, entries in gathered.lists.items():
        (folder / f"{part}.json").write_text(json.dumps(entries), encoding="utf-8")
    judged = gathered.judged
    points = [np.where(one.labelled[:, None], _points(one), -1) for one in judged]
    truth = {
        "dataset_joints": cells(_NAMES),
        "jnt_missing": np.stack([~one.labelled for one in judged], axis=-1).astype(np.uint8),
        "pos_gt_src": np.stack(points, axis=-1),
        "headboxes_src": np.stack([_head_box(one) for one in judged], axis=-1),
    }
    save(folder / "gt_valid.mat", truth)
