"""Trainings that make one step whenever they are asked to."""

import threading
from collections.abc import Callable

OnStep = Callable[..., None]


class Stepped:
    """A training in a thread of its own, which stands still between its steps.

    Whatever loop a method has, its steps can so take turns with another training's.

    Args:
        train: Trains; calls what it is given after every step.
    """

    def __init__(self, train: Callable[[OnStep], object]) -> None:
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self._error: BaseException | None = None
        self._left = False

        def run() -> None:
            self._go.acquire()
            try:
                train(self._rest)
            except _LeftError:
                pass
            except BaseException as wrong:
                self._error = wrong  # raised where steps are asked for
            self._stands.release()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Go on to the end of the next step, or of the training."""
        self._go.release()
        self._stands.acquire()
        if self._error is not None:
            raise self._error

    def leave(self) -> None:
        """Give the training up where it stands."""
        self._left = True
        self._go.release()
        self._thread.join()

    def _rest(self, *_: object) -> None:
        self._stands.release()
        self._go.acquire()
        if self._left:
            raise _LeftError


class _LeftError(BaseException):
    """Nobody asks for more steps."""
