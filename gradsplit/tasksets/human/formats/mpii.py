"""MPII Human Pose: joints of people in larger pictures.

Two forms of the same labels are read. The common JSON conversion (`annot/train.json`,
`annot/valid.json`, `annot/gt_valid.mat`) is taken where it is there, as it carries the division
into training and validation that papers report on; the data set's own file
(`mpii_human_pose_v1_u12_1.mat`) otherwise. See `mpii_json` and `mpii_mat`.

Both count pixels from 1, as MATLAB does: 1 is taken off all coordinates. A person's scale is the
height in units of 200 pixels. The unit of PCKh is 0.6 times the diagonal of the head's box, as in
the data set's own evaluation. Source: Andriluka et al., "2D Human Pose Estimation: New Benchmark
and State of the Art Analysis", CVPR 2014, and the data set's page.
"""

from pathlib import Path

from gradsplit.tasksets.human.formats import mpii_json, mpii_mat
from gradsplit.tasksets.human.formats.folders import PICTURES, Layout, first, names_in
from gradsplit.tasksets.human.formats.mpii_people import missing_pictures
from gradsplit.tasksets.human.records import Parts

LAYOUT = Layout(
    name="MPII Human Pose",
    tree="""\
  MPII/
    images/                         015601864.jpg ...   (24,984 pictures)
    annot/                          either the common JSON conversion
      train.json                    (also annotations/mpii_train.json, mpii_val.json,
      valid.json                     mpii_gt_val.mat)
      gt_valid.mat
    mpii_human_pose_v1_u12_1.mat    or the data set's own file
                                    (also in mpii_human_pose_v1_u12_2/)
""",
    source=(
        "MPII comes from http://human-pose.mpi-inf.mpg.de, its JSON conversion with the "
        "repositories of Simple Baselines and HRNet; get them there yourself and keep to their "
        "terms. Drawn pictures in the same form: gradsplit figures --export DIR --as mpii"
    ),
)
_OWN = ("mpii_human_pose_v1_u12_1.mat", "mpii_human_pose_v1_u12_2/mpii_human_pose_v1_u12_1.mat")


def read(folder: str | Path) -> Parts:
    """Read MPII, from its JSON conversion where that is there, from its own file otherwise.

    Args:
        folder: With `images/` and one of the two.

    Raises:
        TaskSetError: Something is missing, not of the form, or labelled pictures are absent; all at
            once.

    Cost: a listing and the labels; for the real size a second for the JSON conversion and about 15
        for the own file, most of them in scipy.
    """
    base = LAYOUT.opened(folder)
    problems: list[str] = []
    images = base / "images"
    files = mpii_json.files(base)
    own = first(base, *_OWN)
    if not names_in(images, PICTURES):
        problems.append("there is no folder images/ with pictures.")
    if files is None and own is None:
        problems.append(
            "there are neither annot/train.json and annot/valid.json nor the .mat file."
        )
    LAYOUT.refuse(base, problems)
    if files is not None:
        parts = mpii_json.read(files, images, problems)
    else:
        parts = mpii_mat.read(own or base, images, problems)
    if parts is None or problems:
        raise LAYOUT.error(base, problems)
    LAYOUT.refuse(base, missing_pictures(parts, images))
    return parts
