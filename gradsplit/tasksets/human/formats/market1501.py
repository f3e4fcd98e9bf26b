"""Market-1501: who is in a picture and which camera took it, both in the picture's name.

`0002_c1s1_000451_03.jpg`: identity 2, camera 1, its sequence 1, frame 451, box 3. Identity -1 is
junk and 0000 a distractor; both are in `bounding_box_test` only. Source: the data set's page and
Zheng et al., "Scalable Person Re-identification: A Benchmark", ICCV 2015. Junk boxes "are of zero
influence to the re-identification accuracy"; distractors are wrong answers.
"""

import re
from pathlib import Path

import numpy as np

from gradsplit.errors import first_names
from gradsplit.tasksets.human.formats.folders import PICTURES, Layout, names_in
from gradsplit.tasksets.human.records import Parts, ReidRecords

LAYOUT = Layout(
    name="Market-1501",
    tree="""\
  Market-1501-v15.09.15/
    bounding_box_train/   0002_c1s1_000451_03.jpg ...   (12,936 pictures)
    bounding_box_test/    -1_c1s1_000401_03.jpg ...     (19,732 pictures: the gallery)
    query/                0001_c1s1_001051_00.jpg ...   (3,368 pictures)
""",
    source=(
        "Market-1501 comes from https://zheng-lab.cecs.anu.edu.au/Project/project_reid.html; get "
        "it there yourself and keep to its terms. Drawn pictures in the same form: "
        "gradsplit figures --export DIR --as market1501"
    ),
)
TRAIN, GALLERY, QUERY = "bounding_box_train", "bounding_box_test", "query"

_NAME = re.compile(r"(-1|\d+)_c(\d+)")


def read(folder: str | Path) -> Parts:
    """Read Market-1501: training, gallery (`test`) and queries.

    Other data sets in this form (DukeMTMC-reID, Occluded-Duke) can be read too.

    Args:
        folder: The data set's folder, or the one it was unpacked into.

    Raises:
        TaskSetError: A folder is missing or empty, a name is not of the form, junk or distractors
            are where they may not be, or people are both trained with and queried; all at once.

    Cost: three listings; about 10 microseconds a picture.
    """
    base = root(LAYOUT.opened(folder))
    problems: list[str] = []
    train, gallery, query = (shots(base / name, problems) for name in (TRAIN, GALLERY, QUERY))
    problems += _unlabelled(train, TRAIN) + _unlabelled(query, QUERY)
    both = np.intersect1d(train.identities, np.union1d(query.identities, gallery.identities))
    both = both[both > 0]
    if len(both):
        problems.append(
            f"{len(both)} people are in {TRAIN}/ and in {QUERY}/ or {GALLERY}/, e.g. identities "
            f"{first_names([str(one) for one in both])}; nobody may be trained with and tested on."
        )
    LAYOUT.refuse(base, problems)
    return Parts(train=train, test=gallery, query=query)


def root(folder: Path) -> Path:
    """The folder itself, or the data set's own folder below it."""
    places = (folder, *(folder / name for name in ("Market-1501-v15.09.15", "market1501")))
    parts = (TRAIN, GALLERY, QUERY)
    return next((one for one in places if any((one / part).is_dir() for part in parts)), folder)


def shots(folder: Path, problems: list[str]) -> ReidRecords:
    """The pictures of one folder; what is wrong with it is added to the problems."""
    names = names_in(folder, PICTURES)
    if not folder.is_dir():
        problems.append(f"there is no folder {folder.name}/.")
    elif not names:
        problems.append(f"{folder.name}/ has no pictures.")
    matches = [(name, _NAME.match(name)) for name in names]
    strange = [name for name, match in matches if match is None]
    if strange:
        problems.append(
            f"{len(strange)} pictures of {folder.name}/ are not named IDENTITY_cCAMERA..., e.g. "
            f"{first_names(strange)}."
        )
    known = [(name, match) for name, match in matches if match is not None]
    return ReidRecords(
        images=tuple(folder / name for name, _ in known),
        identities=np.array([int(match[1]) for _, match in known], np.intp),
        cameras=np.array([int(match[2]) for _, match in known], np.intp),
    )


def _unlabelled(records: ReidRecords, part: str) -> list[str]:
    """A sentence about junk and distractors where everybody must be known."""
    found = np.flatnonzero(records.identities <= 0)
    if not len(found):
        return []
    examples = first_names([records.images[one].name for one in found])
    return [
        f"{len(found)} pictures of {part}/ are junk (-1) or distractors (0000), e.g. {examples}; "
        f"these belong into {GALLERY}/."
    ]
