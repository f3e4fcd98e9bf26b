"""The mask file: the contract between finding relations and training with them."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from relations.errors import MaskError, all_problems
from relations.mask_checks import content_problems, short

FORMAT = "gradsplit-mask"
VERSION = 1
KEYS = ("tasks", "may_update", "threshold", "undecided", "evidence", "provenance")


def write_mask(path: Path, text: str) -> None:
    """Write a mask file, replacing an old one in one step.

    Args:
        path: The file; its folder must exist.
        text: From `mask_text`.

    Raises:
        MaskError: It cannot be written there.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes files for the owner only; a mask is as readable as its folder allows.
            umask = os.umask(0)
            os.umask(umask)
            Path(temporary).chmod(0o666 & ~umask)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise MaskError(f"The mask cannot be written to `{path}` ({error.strerror}).") from error


def mask_text(content: dict[str, Any]) -> str:
    """A mask as JSON, one line a row.

    Args:
        content: The arguments of `GradientMask`.
    """
    content = {"format": FORMAT, "version": VERSION, **content}
    lines = [f"  {json.dumps(key)}: {_compact(value)}" for key, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: Any, depth: int = 1) -> str:
    """JSON with one line for each matrix row and each key of a mapping."""
    indent = "  " * (depth + 1)
    end = "\n" + "  " * depth
    if isinstance(value, dict) and value:
        items = [
            f"{indent}{json.dumps(key)}: {_compact(item, depth + 1)}" for key, item in value.items()
        ]
        return "{\n" + ",\n".join(items) + end + "}"
    if isinstance(value, list) and value and all(isinstance(item, list) for item in value):
        return "[\n" + ",\n".join(indent + json.dumps(item) for item in value) + end + "]"
    return json.dumps(value, allow_nan=False)


def read_mask(path: Path) -> dict[str, Any]:
    """The arguments of `GradientMask` from a mask file.

    Raises:
        MaskError: The file is missing, cut off, no mask, of a later version or unsound.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MaskError(f"There is no mask file `{path}`.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise MaskError(f"`{path}` cannot be read as a mask file ({error}).") from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise MaskError(
            f"`{path}` is not complete JSON (line {error.lineno}: {error.msg}); it may have been "
            "cut off. Make the mask again, or copy the whole file."
        ) from error
    problems = _format_problems(content) or content_problems(content)
    if problems:
        raise MaskError(all_problems(f"`{path}` is not a sound mask", problems))
    return {key: content.get(key) for key in KEYS}


def _format_problems(content: Any) -> list[str]:
    """Whether it is a mask file of a version that this program reads."""
    given = content.get("format") if isinstance(content, dict) else content
    if not isinstance(content, dict) or given != FORMAT:
        return [f'`format` must be "{FORMAT}", got {short(given)}.']
    version = content.get("version")
    if version == VERSION:
        return []
    return [
        f"this program reads version {VERSION}, the file has version {short(version)}. Use a "
        "newer gradsplit, or make the mask again with this one."
    ]
