"""Runs trained elsewhere, one command each: their scores are collected from files."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from relations.command_trainer import read_scores
from relations.errors import LedgerError, ScoreError, all_problems, did_you_mean_file
from relations.ledger.changed_code import changed_code, refusal, without_code
from relations.ledger.fingerprint import Settings, differences
from relations.run_files import run_file
from relations.runs import Outcome, Run
from relations.side_scores import scored
from relations.tables.json_text import read_json

MADE_WITH = "gradsplit:settings"
"""The name in a scores file under which stands what the scores were made with."""
FOLDERS = "gradsplit-settings.json"
"""What all files of a folder were made with, where they do not say so themselves."""


def scores_file(folder: str | Path, run: Run) -> Path:
    """Where the scores of a run are expected: JSON `{task: score}`.

    Example:
        >>> scores_file("scores", Run(("pose", "reid"), 3)).as_posix()
        'scores/pose+reid.seed3.json'
    """
    return run_file(folder, run, ".json")


def save_scores(
    path: str | Path, scores: Mapping[str, float], settings: Settings | None = None
) -> None:
    """Write a run's scores at once, so that whoever collects meanwhile never sees half a file.

    Args:
        path: The file, such as `scores_file` names it; folders are made.
        scores: By task.
        settings: What they were made with; whoever collects them refuses them where it asks for
            runs of other settings.
    """
    made_with = {} if settings is None else {MADE_WITH: settings}
    _write(Path(path), {**scores, **made_with})


def save_settings(folder: str | Path, settings: Settings) -> None:
    """Write what the scores that programs will write into a folder are made with.

    Raises:
        LedgerError: The folder is for runs of other settings or code.
    """
    path = Path(folder) / FOLDERS
    if path.is_file():
        changed = _changed_code(path, _settings_in(path, _content(path)), settings)
        if changed:
            raise LedgerError(all_problems(f"`{folder}` is for runs of other code", changed))
    _write(path, settings)


def arrived(
    runs: Iterable[Run],
    folder: str | Path,
    settings: Settings,
    *,
    accept_changed_code: bool = False,
    tell: Callable[[str], None] = lambda text: None,  # noqa: ARG005
) -> tuple[list[Outcome], list[str]]:
    """Read the scores that have arrived.

    Args:
        runs: Runs that may have been trained elsewhere.
        folder: The folder of their files, see `scores_file`.
        settings: Of the runs.
        accept_changed_code: Take scores of other code.
        tell: Told what is not known of the scores.

    Returns:
        Outcomes of the runs whose file was there, failed where their scores are unsound; and the
        changes of code that were accepted.

    Raises:
        LedgerError: There is no such folder, or scores were made with other settings or code.
    """
    if not Path(folder).is_dir():
        hint = did_you_mean_file(Path(folder))
        raise LedgerError(f"There is no folder `{folder}` to collect scores from.{hint}")
    outcomes, accepted, unsaid = [], dict[str, None](), 0
    for run in runs:
        path = scores_file(folder, run)
        if not path.is_file():
            continue
        try:
            scores = read_scores(path)
            outcomes.append(scored(run, scores))
        except ScoreError as error:
            outcomes.append(Outcome(run, error=str(error)))
            continue
        made_with = _made_with(path, scores, Path(folder))
        unsaid += made_with is None
        changed = [] if made_with is None else _changed_code(path, made_with, settings)
        if changed and not accept_changed_code:
            raise refusal(f"`{path}`", changed, [path.stat().st_mtime])
        accepted |= dict.fromkeys(changed)
    if unsaid:
        tell(f"{unsaid} of {len(outcomes)} files do not say what they were made with: taken as is")
    return outcomes, list(accepted)


def _made_with(path: Path, scores: object, folder: Path) -> Settings | None:
    """What scores were made with, as their file or the file of their folder says."""
    said = scores.get(MADE_WITH) if isinstance(scores, Mapping) else None
    if said is None and (folder / FOLDERS).is_file():
        path = folder / FOLDERS
        said = _content(path)
    return None if said is None else _settings_in(path, said)


def _content(path: Path) -> object:
    """What a file of settings holds.

    Raises:
        LedgerError: It is no JSON.
    """
    try:
        return read_json(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise LedgerError(
            f"`{path}` must be JSON that says what the scores beside it were made with ({error}). "
            "Use another folder, or move it away if you know that they fit."
        ) from error


def _settings_in(path: Path, said: object) -> Settings:
    """Settings that a file holds.

    Raises:
        LedgerError: They are none.
    """
    if isinstance(said, Mapping):
        return said
    raise LedgerError(
        f"What scores were made with, in `{path}`, must be settings by name, got {said!r}."
    )


def _changed_code(path: Path, made_with: Settings, settings: Settings) -> list[str]:
    """Changes of the code since scores were made; other settings are refused."""
    lines = differences(without_code(made_with), without_code(settings), "there")
    if lines:
        raise LedgerError(
            all_problems(
                f"`{path}` is of runs with other settings; runs are never mixed. Use another "
                "folder, or the settings these were made with",
                lines,
            )
        )
    return changed_code(made_with, settings)


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.part")
    half.write_text(json.dumps(content) + "\n")
    half.replace(path)
