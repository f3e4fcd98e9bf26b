"""Any two methods against each other, paired by seed, all tests of a comparison corrected together.

A question is a pair of methods: is there a difference in delta_m between the first and the second?
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.comparison.comparison import Comparison
from analysis.comparison.seed_means import Difference, differences, paired_means
from relations.errors import RelationsError, argument
from relations.statistics.corrections import corrected_interval, holm

LEVEL = 0.95

Question = tuple[str, str]

_FORMS = ("shuffled", "transposed", "identity")
"""Of a mask, as names of methods have them: controls that a mask should beat."""

_WEIGHTS = ("tuned-weights", "weights")


@dataclass(frozen=True)
class Answer:
    """What the seeds say to a question.

    Attributes:
        method: The first method.
        against: The second.
        difference: Delta_m of the first minus that of the second, with its own p-value.
        lower: Lower end of the interval from which it is judged, as the number of questions that
            were asked together allows (Holm); nan where there is none.
        upper: Its upper end.
        p_holm: The p-value, corrected for that number.
    """

    method: str
    against: str
    difference: Difference
    lower: float
    upper: float
    p_holm: float

    def turned(self) -> "Answer":
        """The same of the second method against the first."""
        seen = self.difference
        return Answer(
            self.against,
            self.method,
            Difference(-seen.mean, seen.se, seen.n, seen.p_raw),
            -self.upper,
            -self.lower,
            self.p_holm,
        )

    @property
    def decided(self) -> bool:
        """Whether the difference has a sign at 95 %, with all questions that were asked."""
        return self.p_holm <= 1 - LEVEL


def answer_questions(comparison: Comparison, questions: Sequence[Question]) -> tuple[Answer, ...]:
    """Test pairs of methods; they are one family, corrected together by Holm's method.

    Args:
        comparison: The methods.
        questions: Pairs of methods, the first minus the second.

    Returns:
        An answer to each, in order.

    Raises:
        RelationsError: A method is unknown.
        ScoreError: Two methods have no seed in common.

    Example:
        >>> runs = {seed: {"pose": 0.8} for seed in range(3)}
        >>> better = {0: {"pose": 0.88}, 1: {"pose": 0.87}, 2: {"pose": 0.89}}
        >>> comparison = Comparison({"single": runs, "multi-head": runs, "split": better})
        >>> [answer] = answer_questions(comparison, [("split", "multi-head")])
        >>> round(answer.difference.mean, 3), answer.decided
        (0.1, True)
    """
    return answer_pairs(questions, [comparison.pairs(*question) for question in questions])


def answer_pairs(
    questions: Sequence[Question], pairs: Sequence[Mapping[int, float]]
) -> tuple[Answer, ...]:
    """The same of any differences by seed.

    Args:
        questions: Pairs of methods.
        pairs: Of each question: seed -> the first minus the second.
    """
    if not questions:
        return ()
    means = paired_means([dict(pair) for pair in pairs])
    lower, upper, _ = corrected_interval(means, 0.0, 1 - LEVEL, "holm")
    corrected = holm(means.p_values(0.0))
    return tuple(
        Answer(*question, difference, *map(float, ends))
        for question, difference, *ends in zip(
            questions, differences(means), lower, upper, corrected, strict=True
        )
    )


def questions_against(
    methods: Sequence[str], against: Sequence[str | Question]
) -> tuple[Question, ...]:
    """The questions of somebody who names methods to compare with, or pairs.

    Args:
        methods: All methods, single-task training among them.
        against: Methods that every other one is compared with, and pairs.

    Returns:
        Each pair of methods once, as it came first.

    Raises:
        RelationsError: A method is unknown, or compared with itself.

    Example:
        >>> questions_against(("a", "b", "c"), ["a", ("c", "b")])
        (('b', 'a'), ('c', 'a'), ('c', 'b'))
    """
    if isinstance(against, str):
        raise RelationsError(
            f"{argument('against')} takes a list of methods or pairs, got {against!r}."
        )
    pairs: list[Question] = []
    for item in against:
        pair = (item,) if isinstance(item, str) else tuple(item)
        if not set(pair) <= set(methods) or len(set(pair)) < len(pair) or len(pair) not in (1, 2):
            raise RelationsError(
                f"{argument('against')} takes methods that the others are compared with, or "
                "pairs of two "
                f"methods, got {item!r}. The methods are {', '.join(methods)}."
            )
        if len(pair) == 2:
            pairs.append(pair)
        else:
            pairs += [(name, pair[0]) for name in methods if name != pair[0]]
    return _once(pairs)


def usual_questions(
    comparison: Comparison,
    baseline: str,
    *,
    words: Mapping[str, str] | None = None,
    balanced: Collection[str] = (),
) -> tuple[Question, ...]:
    """The questions that matter when nobody asks others.

    Every method against the baseline; every mask against its shuffled, transposed and identity
    forms, against loss weights, searched or given, and against the best of the methods that balance
    without a search. What a method is, is read from its name.

    Args:
        comparison: The methods.
        baseline: One of them.
        words: Name -> the word of `gradsplit compare --methods` it stands for, of methods that have
            names of their own.
        balanced: The words that balance without a search.
    """
    trained = [name for name in comparison.methods if name != comparison.single]
    words = {name: (words or {}).get(name, name) for name in trained}
    kinds = {name: word.partition(":")[0] for name, word in words.items()}
    masks = [name for name in trained if kinds[name] == "gradsplit"]
    free = [name for name in trained if kinds[name] in balanced]
    rivals = [name for name in trained if kinds[name] in _WEIGHTS]
    rivals += [max(free, key=lambda name: comparison.delta_m(name).mean)] if free else []
    pairs = [(name, baseline) for name in trained]
    for mask in masks:
        pairs += [(mask, form) for form in _forms_of(words[mask], words)]
        pairs += [(mask, rival) for rival in rivals]
    return _once([(first, second) for first, second in pairs if first != second])


def _forms_of(mask: str, words: Mapping[str, str]) -> Iterator[str]:
    """The methods that are a form of a mask with the same options, whatever their order."""
    options = _options(mask)
    for form in _FORMS:
        for name, word in words.items():
            if word.partition(":")[0] == f"gradsplit-{form}" and _options(word) == options:
                yield name


def _options(word: str) -> set[str]:
    return set(word.partition(":")[2].split(","))


def _once(pairs: Sequence[Question]) -> tuple[Question, ...]:
    """Each pair of methods once, whatever their order."""
    first: dict[frozenset[str], Question] = {}
    for pair in pairs:
        first.setdefault(frozenset(pair), pair)
    return tuple(first.values())
