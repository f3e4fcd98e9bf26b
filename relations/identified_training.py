"""A training with all that tells it from others: its settings, its code, what was said of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from relations.errors import RelationsError, argument
from relations.ledger.changed_code import CODE, Taken
from relations.ledger.fingerprint import Modernise, Settings, library_versions, modernised
from relations.ledger.ledger import Ledger
from relations.runs import Trainer
from relations.tasks import Task
from relations.watch.declared import Declared, watched
from relations.watch.watched import Watched


@dataclass(frozen=True)
class IdentifiedTraining:
    """What a ledger must know of a training, so that its runs are never mixed with others.

    Attributes:
        train: The trainer.
        variant: Its variant in the ledger.
        declared: What was said of it beside.
    """

    train: Trainer
    variant: str
    declared: Declared

    def settings(self) -> dict[str, object]:
        """Everything the scores depend on, as it is written into the ledger.

        Raises:
            RelationsError: What was declared is said by the trainer itself.
        """
        describe: Callable[[], Mapping[str, object]] = getattr(self.train, "settings", dict)
        of_trainer = {"libraries": library_versions(), **describe()}
        said = {*of_trainer, CODE} - {"libraries"}
        if doubled := sorted(said & set(self.declared.settings)):
            raise RelationsError(
                f"{argument('settings')} cannot hold {', '.join(doubled)}: the trainer says that "
                "itself. "
                "Use another name."
            )
        return {**of_trainer, **self.declared.settings, **self.watched().settings()}

    def watched(self) -> Watched:
        """The user's own code and files that it depends on, and what is not watched."""
        return watched(self.train, self.declared.depends)

    def known_code(self, ledger: Ledger) -> Taken:
        """What is known of the code of a ledger's runs.

        Raises:
            LedgerError: They were made with other settings or code.
        """
        settings = self.settings()
        changed = ledger.check_settings(
            settings,
            self.variant,
            self._modernised,
            accept_changed_code=self.declared.accept_changed_code,
        )
        return Taken(
            accepted=[*ledger.accepted(self.variant), *changed],
            unknown=ledger.is_unwatched(settings, self.variant),
            unseen=str(self.watched()),
        )

    def register(self, ledger: Ledger, tasks: Sequence[Task]) -> None:
        """Tell a ledger what the runs are made of.

        Raises:
            LedgerError: It holds runs of the variant that were made with other settings.
        """
        ledger.register(
            tasks,
            self.settings(),
            self.variant,
            modernise=self._modernised,
            accept_changed_code=self.declared.accept_changed_code,
        )

    def _modernised(self, settings: Settings) -> Settings:
        """Settings as an earlier release wrote them into the ledger, as `settings` gives them."""
        of_trainer: Modernise = getattr(self.train, "modernised", dict)
        return of_trainer(modernised(settings))
