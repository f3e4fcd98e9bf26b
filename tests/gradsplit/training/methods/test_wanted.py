"""Methods by the words of a command line."""

from pathlib import Path

import pytest

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.balancing.equal_norm import EqualNorm
from gradsplit.training.methods.balancing.gradnorm import GradNorm
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.masked.dropgrad import DropGrad
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import apart, build, read_methods
from relations.mask import GradientMask

CUT = GradientMask(tasks=["pose", "reid"], may_update=[[True, True], [False, True]])


def one(text: str) -> object:
    return build(read_methods((text,))[0], lambda threshold, relation: CUT)


def test_every_method_can_be_built() -> None:
    needed = {
        "quiet-source": ":source=pose,target=reid",
        "pcd": ":primary=pose",
        "hydalearn": ":main=pose",
    }
    for kind, method in registered().items():
        if not method.searched:
            assert one(kind + needed.get(kind, "")).settings()


def test_options_are_read() -> None:
    assert one("dropgrad:rate=0.75,modules=layer3+layer4") == DropGrad(0.75, ("layer3", "layer4"))
    assert one("weights:reid=0.3,pose=2") == LossWeights({"reid": 0.3, "pose": 2.0})
    assert one("gradsplit:modules=layer3") == MaskedTraining(CUT, ("layer3",))


def test_dropgrad_drops_as_much_as_the_mask() -> None:
    assert one("dropgrad") == DropGrad(0.25)


def test_threshold_and_relation_choose_the_mask() -> None:
    asked = []

    def mask_of(threshold: float | None, relation: str | None) -> GradientMask:
        asked.append((threshold, relation))
        return CUT

    for text in ("gradsplit", "gradsplit:threshold=-0.05", "gradsplit-identity:relation=t.csv"):
        build(read_methods((text,))[0], mask_of)
    assert asked == [(None, None), (-0.05, None), (None, "t.csv")]


def test_other_masks_are_made_of_the_measured_one() -> None:
    made = [one(f"gradsplit{kind}").mask for kind in ("", "-transposed", "-identity")]
    assert [mask.may_update.tolist() for mask in made] == [
        [[True, True], [False, True]],
        [[True, False], [True, True]],
        [[True, False], [False, True]],
    ]


def test_a_mask_file_and_loss_weights(tmp_path: Path) -> None:
    other = GradientMask(tasks=["pose", "reid"], may_update=[[True, False], [True, True]])
    other.save(tmp_path / "mask.json")
    made = one(f"gradsplit:mask={tmp_path}/mask.json,modules=layer3,weights=reid:0.3+pose:2")
    assert isinstance(made, LossWeights)
    assert made.factors == {"reid": 0.3, "pose": 2.0}
    assert isinstance(made.of, MaskedTraining)
    assert made.of.modules == ("layer3",)
    assert made.of.mask.may_update.tolist() == other.may_update.tolist()
    assert one("last-stage:weights=reid:0.3") == LossWeights({"reid": 0.3}, of=LastStage())
    assert one(f"dropgrad:mask={tmp_path}/mask.json") == DropGrad(0.25)
    with pytest.raises(GradSplitError, match="leave threshold and relation out"):
        one(f"gradsplit:mask={tmp_path}/mask.json,threshold=-0.02")


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("multi-head,gradnorm", ["multi-head", "gradnorm"]),
        ("multi-head, gradnrm", ["multi-head", "gradnrm"]),
        ("dropgrad:rate=0.5,multi-head,", ["dropgrad:rate=0.5", "multi-head"]),
        ("gradsplit:mask=m.json,weights=reid:0.3", ["gradsplit:mask=m.json,weights=reid:0.3"]),
        ("weights:reid=0.3,pose=2,gradsplit:modules=layer3", None),
        ("multi-head,mine.py:half:power=2,less=1", ["multi-head", "mine.py:half:power=2,less=1"]),
    ],
)
def test_commas_join_methods_and_their_options(text: str, methods: list[str] | None) -> None:
    assert apart(text) == (methods or ["weights:reid=0.3,pose=2", "gradsplit:modules=layer3"])


def test_all_mistakes_at_once() -> None:
    with pytest.raises(GradSplitError) as mistake:
        read_methods(("best", "dropgrad:rate", "gradsplit", "gradsplit"))
    text = str(mistake.value)
    assert "no method 'best'" in text
    assert "name=value, got 'rate'" in text
    assert "`gradsplit` is given more than once" in text
    assert "`gradsplit compare --methods list` lists them" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dropgrad:rate=half", "`rate` must be a finite number, got 'half'"),
        ("dropgrad:rate=0.5,relation=t.csv", "with a rate, leave relation out"),
        ("dropgrad:rate=nan", "`rate` must be a finite number, got 'nan'"),
        ("db-mtl:sigma=inf", "`sigma` must be a finite number, got 'inf'"),
        ("db-mtl:sigma=1e9", "sigma from 0 to 10, got 0.9 and 1000000000.0"),
        ("gradsplit:threshold=-inf", "`threshold` must be a finite number, got '-inf'"),
        ("gradsplit:weights=reid:much", "`weights` must be"),
        ("gradsplit:weights=reid:inf", "`weights` must be a finite number for each task"),
        ("gradsplit:weights=reid:1+reid:2", "`weights` must be a finite number for each task"),
        ("last-stage:modules=", "`modules` must be different names joined by [+], got ''"),
        ("last-stage:modules=layer4+layer4", "`modules` must be different names joined by"),
        ("nddr:stages=layer3+", "`stages` must be different names joined by [+]"),
        ("gradsplit:mask=", "`mask` must be a file, got ''"),
        ("multi-head:balance=best", "`multi-head:balance=best`: .*no method 'best'"),
        ("multi-head:balance=gradsplit", "`balance=gradsplit`: `gradsplit` does not go on top"),
        ("multi-head:rate=1", "takes balance, weights, not rate"),
        ("last-stage:stage=4", "takes modules, balance, weights, not stage"),
    ],
)
def test_wrong_options_are_refused(text: str, message: str) -> None:
    with pytest.raises(GradSplitError, match=message) as mistake:
        one(text)
    assert len(str(mistake.value).splitlines()) == 1


def test_a_near_name_is_asked_for() -> None:
    with pytest.raises(GradSplitError, match=r"no method 'gradslit'\. Did you mean `gradsplit`"):
        read_methods(("gradslit",))
    with pytest.raises(GradSplitError, match=r"^The methods cannot be read: there is no method"):
        read_methods(("gradslit",))


def test_a_methods_own_check_names_the_method() -> None:
    with pytest.raises(GradSplitError, match=r"^`equal-norm:power=-1`: `power` must be 0 or more"):
        one("equal-norm:power=-1")


@pytest.mark.parametrize("text", ["quiet-source", "quiet-source:source=pose"])
def test_what_has_no_default_must_be_given(text: str) -> None:
    with pytest.raises(GradSplitError, match=r"needs (source, )?target, such as"):
        one(text)


def test_a_balancing_goes_on_top_by_name() -> None:
    made = one("gradsplit:balance=gradnorm:alpha=1,modules=layer3")
    assert made == GradNorm(alpha=1.0, of=MaskedTraining(CUT, ("layer3",)))
    assert made.settings()["of"]["method"] == "gradsplit"
    assert one("last-stage:weights=reid:0.3,balance=equal-norm") == EqualNorm(
        of=LossWeights({"reid": 0.3}, of=LastStage())
    )
    with pytest.raises(GradSplitError, match="`last-stage` does not go on top"):
        one("multi-head:balance=last-stage")


@pytest.mark.parametrize("below", ["scheduled", "sparse-deltas", "meta-gf:auxiliary=0"])
def test_a_balancing_of_all_losses_is_refused_before_a_mask_is_measured(below: str) -> None:
    balance = below + ("," if ":" in below else ":") + "balance="
    kind = below.partition(":")[0]
    with pytest.raises(GradSplitError, match=f"`db-mtl` needs the losses of all.*`{kind}` has"):
        one(balance + "db-mtl")
    made = one(balance + "random-loss-weighting")
    assert [part.name for part in made.parts()] == ["random-loss-weighting", kind]
    assert one(balance + "weights:reid=0.3")


def test_what_is_searched_is_not_built() -> None:
    with pytest.raises(GradSplitError, match="`tuned-weights` is a search"):
        one("tuned-weights")


def test_a_mask_is_needed() -> None:
    with pytest.raises(GradSplitError, match="`gradsplit` needs a mask"):
        build(read_methods(("gradsplit",))[0])
