"""One question of a study, and how far it is answered."""

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "mind", "bad", "open"]

_ORDER: tuple[State, ...] = ("good", "open", "mind", "bad")


@dataclass(frozen=True)
class Light:
    """One question of a study, and how far it is answered.

    Attributes:
        question: What was asked.
        state: "good", "mind" (read on), "bad", or "open" where nobody looked.
        said: The state in a word that answers the question.
        answer: In a sentence without its full stop.
    """

    question: str
    state: State
    said: str
    answer: str

    def beside(self, other: "Light") -> "Light":
        """What two findings say together: both answers, and the word of the worse."""
        worse = other if _ORDER.index(other.state) > _ORDER.index(self.state) else self
        return Light(self.question, worse.state, worse.said, f"{self.answer}; {other.answer}")
