"""Mask files."""

import json
from pathlib import Path
from random import Random
from typing import Any

from gradsplit.engine.split import GradSplit  # noqa: F401  imported before the clock runs
from gradsplit.studies.mask_check import check_mask
from relations import GradientMask
from tests.fuzz.mutations import changed_value, garbled, json_bytes, reordered
from tests.fuzz.reader import Files, Reader
from tests.places import ROOT

_CONTRACT = ROOT / "tests" / "contract"


class Masks(Reader):
    name = "masks"

    def originals(self) -> list[Any]:
        files = sorted(_CONTRACT.glob("mask-v*.json"))
        return [json.loads(file.read_text()) for file in files if "cut" not in file.name]

    def same(self, random: Random, original: Any) -> Files:
        return {"mask.json": json_bytes(random, reordered(random, original))}

    def changed(self, random: Random, original: Any) -> Files:
        if random.random() < 0.3:
            return {"mask.json": garbled(random, json_bytes(random, original))}
        return {"mask.json": json_bytes(random, changed_value(random, original))}

    def read(self, folder: Path) -> Any:
        mask = GradientMask.load(folder / "mask.json")
        assert mask.may_update.diagonal().all()
        str(check_mask(folder / "mask.json"))
        text = mask.to_json()
        mask.save(folder / "mask.json")
        again = GradientMask.load(folder / "mask.json")
        assert again == mask
        assert again.to_json() == text
        mask.select(mask.tasks[:1])
        return json.loads(text)
