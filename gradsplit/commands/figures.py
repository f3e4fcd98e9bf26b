"""`gradsplit figures --out sheet.png`: look at the drawn people of the embedded task set."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Figures:
    """Draw a contact sheet of the figures task set, with key points and part masks."""

    out: str
    """The picture: .png, .svg or .pdf."""
    seed: int = 0
    """Which people."""

    def run(self) -> int:
        """Draw and save it."""
        from analysis.figure_file import save
        from gradsplit.tasksets.contact_sheet import contact_sheet

        save(contact_sheet(seed=self.seed), self.out)
        print(f"written: {self.out}")
        return 0
