"""The settings a score depends on, as JSON, as a fingerprint, and the difference of two.

What is compared and what is only recorded (docs/formats.md, "What a fingerprint holds"): settings
hold what a training was told and `library_versions`, torch and numpy by major and minor version,
since a new minor version computes and draws in other ways. Everything else that is known of the
versions, that of this library too, is recorded with each run by `recorded_versions` and not
compared: a release that changes no training must not throw trainings away. One that does says so by
a raised `revision` among the settings.
"""

import json
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

from relations.digests import digest

Settings = Mapping[str, object]
Modernise = Callable[[Settings], Settings]
"""Settings as an earlier release wrote them -> as this one writes them."""

_COMPARED = ("torch", "numpy")
_RECORDED = ("gradsplit", "torch", "numpy")


def library_versions() -> dict[str, str]:
    """Major and minor versions of what scores depend on; nothing heavy is imported."""
    return {name: _minor(found) for name, found in _installed(_COMPARED).items()}


def recorded_versions() -> dict[str, str]:
    """Full versions, to be kept beside what was made with them."""
    return {"python": platform.python_version(), **_installed(_RECORDED)}


def versions_in(settings: Settings) -> dict[str, str]:
    """The versions that an earlier release wrote among its settings."""
    found: dict[str, str] = {}
    for part in (settings.get("libraries"), settings.get("versions")):
        found |= part if isinstance(part, Mapping) else {}
    return found


def modernised(settings: Settings) -> Settings:
    """Settings of an earlier release as they are written now: libraries by minor version.

    Example:
        >>> modernised({"libraries": {"python": "3.11", "torch": "2.13.0+cpu"}, "steps": 3})
        {'libraries': {'torch': '2.13'}, 'steps': 3}
    """
    libraries = settings.get("libraries")
    if not isinstance(libraries, Mapping):
        return settings
    minor = {name: _minor(str(libraries[name])) for name in _COMPARED if name in libraries}
    rest = {name: text for name, text in libraries.items() if name != "python"}
    return {**settings, "libraries": rest | minor}


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _minor(text: str) -> str:
    return ".".join(text.split("+")[0].split(".")[:2])


def canonical_json(settings: Settings) -> str:
    """JSON text that is equal for equal settings, whatever their order.

    Raises:
        TypeError: A value is none that JSON has.
    """
    return json.dumps(settings, sort_keys=True, ensure_ascii=False, allow_nan=False)


def fingerprint(settings: Settings) -> str:
    """A short digest of settings.

    Example:
        >>> fingerprint({"steps": 1, "lr": 2}) == fingerprint({"lr": 2, "steps": 1})
        True
    """
    return digest(canonical_json(settings))


def differences(old: Settings, new: Settings, where: str = "in the ledger") -> list[str]:
    """One line for each setting that differs.

    Args:
        old: Settings of the runs that are there.
        new: Settings of the runs to come.
        where: Where the old ones are.

    Example:
        >>> differences({"recipe": {"steps": 400}}, {"recipe": {"steps": 800}, "width": 2})
        ['recipe.steps: 400 in the ledger, 800 now', 'width: absent in the ledger, 2 now']
    """
    before, after = _flat(old), _flat(new)
    return [
        f"{key}: {before.get(key, 'absent')} {where}, {after.get(key, 'absent')} now"
        for key in sorted(before | after)
        if before.get(key) != after.get(key)
    ]


def _flat(settings: Settings, prefix: str = "") -> dict[str, str]:
    """Nested settings as dotted names and JSON texts."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = json.dumps(value, ensure_ascii=False)
    return flat
