"""The programs of docs/examples/recipes as modules, cut down to seconds."""

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.places import DOCS

FOLDER = DOCS / "examples" / "recipes"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py"))
NEEDED = {
    "with_accelerate": ["accelerate"],
    "with_lightning": ["pytorch_lightning"],
    "with_peft": ["peft", "transformers"],
    "with_trainer": ["accelerate", "transformers"],
    "with_trainer_all_labels": ["accelerate", "transformers"],
}


def skip_without_its_libraries(name: str) -> None:
    for library in NEEDED.get(name, []):
        pytest.importorskip(library, reason=f"{name}.py needs {library}")


def program(name: str, patch: pytest.MonkeyPatch, **constants: object) -> ModuleType:
    """A program as a module of its own, with some of its constants replaced."""
    skip_without_its_libraries(name)
    patch.syspath_prepend(FOLDER)  # one program may use another
    patch.delitem(sys.modules, name, raising=False)
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    patch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    for constant, value in constants.items():
        assert hasattr(module, constant), constant
        patch.setattr(module, constant, value)
    return module
