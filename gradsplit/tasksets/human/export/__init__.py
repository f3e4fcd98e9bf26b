"""Drawn people, written in exactly the formats that the readers read."""

from gradsplit.tasksets.human.export.write import FORMATS, export_people

__all__ = ["FORMATS", "export_people"]
