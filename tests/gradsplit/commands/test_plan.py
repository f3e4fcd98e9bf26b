"""Options of `gradsplit plan` that other commands have too."""

import pytest

from gradsplit.cli import main

PLAN = ["plan", "planted", "--steps", "2", "--measure", "0"]


def test_trainings_of_a_recommendation_are_given_as_recommend_takes_them(capsys):
    assert main([*PLAN, "--recommend", "90"]) == 0
    said = capsys.readouterr().out
    assert "90" in said
    assert main([*PLAN, "--recommend", "--runs", "90"]) == 0
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--runs", "90"], "give `--recommend 90`"),
        (["--recommend", "90", "--runs", "80"], "takes one number of trainings"),
        (["--recommend", "90", "80"], "takes one number of trainings"),
    ],
)
def test_other_numbers_are_refused(words, said, capsys):
    assert main([*PLAN, *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("words", "seeds"), [([], 5), (["--seeds", "3"], 3)])
def test_a_diagnosis_has_its_own_seeds_where_none_are_given(words, seeds, capsys):
    assert main([*PLAN, "--diagnose", *words]) == 0
    said = capsys.readouterr().out
    assert "3 seeds: 30 runs" in said
    assert f"be harmful, {seeds} seeds: at most" in said


def test_numbers_to_give_are_of_the_option_that_takes_them(tmp_path, capsys):
    assert main([*PLAN, "--recommend", "80"]) == 0
    assert "for a probe of 4 tasks: `--recommend 95` would do" in capsys.readouterr().out
    assert main([*PLAN, "--recommend", "95"]) == 0
    assert "masks, groupings" not in capsys.readouterr().out
    words = ["plan", "--command", "python train.py {tasks} {seed} {out}", "--tasks", "a,b,c,d"]
    assert main([*words, "--recommend"]) == 2
    assert "Give `--recommend 61` or more" in capsys.readouterr().err
