"""Writing a text file in one step, so that nobody ever reads half of it."""

from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write a text beside its place and move it there; its folder is made.

    Args:
        path: The file; an old one stays as it is until the new one is whole.
        text: Written as UTF-8.

    Raises:
        OSError: It cannot be written there; nothing is left behind.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "new" / "page.html"
        >>> write_text(path, "<p>")
        >>> [one.name for one in path.parent.iterdir()]
        ['page.html']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.part")
    try:
        half.write_text(text, encoding="utf-8", newline="\n")
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
