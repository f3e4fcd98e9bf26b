import pytest

from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from gradsplit.references import load_model
from relations import GradientMask


@pytest.mark.parametrize("reference", ["Net", "nowhere.py:Net", "no.module:Net", "math:Net"])
def test_a_missing_model_is_spoken_of_as_a_model(reference):
    with pytest.raises(GradSplitError, match=f"There is no model `{reference}`") as missing:
        load_model(reference)
    assert "task set" not in str(missing.value)


def test_check_speaks_of_a_model(tmp_path, capsys):
    GradientMask.identity(["pose", "reid"]).save(tmp_path / "m.json")
    assert main(["check", str(tmp_path / "m.json"), "--model", "Net"]) != 0
    assert "There is no model `Net`" in capsys.readouterr().err
