"""The settings a score depends on, as JSON, as a fingerprint, and the difference of two."""

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

_LIBRARIES = ("torch", "numpy")


def library_versions() -> dict[str, str]:
    """Versions of what scores depend on, read without importing anything heavy."""
    versions = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def canonical_json(settings: Mapping[str, object]) -> str:
    """JSON text that is equal for equal settings, whatever their order.

    Raises:
        TypeError: A value is none that JSON has.
    """
    return json.dumps(settings, sort_keys=True, ensure_ascii=False, allow_nan=False)


def fingerprint(settings: Mapping[str, object]) -> str:
    """A short digest of settings.

    Example:
        >>> fingerprint({"steps": 1, "lr": 2}) == fingerprint({"lr": 2, "steps": 1})
        True
    """
    return hashlib.sha256(canonical_json(settings).encode()).hexdigest()[:16]


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """One line for each setting that differs.

    Args:
        old: Settings of the runs that are there.
        new: Settings of the runs to come.

    Example:
        >>> differences({"recipe": {"steps": 400}}, {"recipe": {"steps": 800}, "width": 2})
        ['recipe.steps: 400 in the ledger, 800 now', 'width: absent in the ledger, 2 now']
    """
    before, after = _flat(old), _flat(new)
    return [
        f"{key}: {before.get(key, 'absent')} in the ledger, {after.get(key, 'absent')} now"
        for key in sorted(before | after)
        if before.get(key) != after.get(key)
    ]


def _flat(settings: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Nested settings as dotted names and JSON texts."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = json.dumps(value, ensure_ascii=False)
    return flat
