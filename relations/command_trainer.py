"""Any training program as a trainer: started once a run, scores read from a file it writes."""

import contextlib
import errno
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from relations.errors import RelationsError, RunFailedError, ScoreError, all_problems, argument
from relations.running.placeholders import PLACEHOLDER, placeholders
from relations.running.program_output import MOST_OUTPUT, end_of, hint_of_start, with_cause
from relations.running.run_folder import run_folder
from relations.runs import Outcome, Run
from relations.side_scores import scored
from relations.tables.json_text import read_json
from relations.watch.command_files import watched_command
from relations.watch.watched import Watched

PLACEHOLDERS = {
    "tasks": "the run's tasks joined by +",
    "seed": "its seed",
    "out": "the file into which the program writes its scores",
}
GRACE_SECONDS = 10.0  # between the polite signal and the last one
_SLOWEST_POLL = 0.05
# prctl(PR_SET_PDEATHSIG, SIGKILL)
_TIE = """import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)
os.execvp(sys.argv[1], sys.argv[1:])"""


class CommandTrainer:
    """Trains by starting a program.

    `{tasks}`, `{seed}` and `{out}` in the command become the tasks joined by "+", the seed, and the
    file into which the program writes its scores as JSON, `{"pose": 0.81, "reid": 0.64}`. The
    program is started without a shell, in the folder the trainer was made in; for pipes and the
    like use `sh -c '...'`. It has failed when its exit code is not 0, when it runs out of time, or
    when the scores are not there or unsound; what it printed is kept with the run.

    Args:
        command: The command with its placeholders.
        values: Placeholder -> text for further placeholders that the command may have.
        time_limit: Seconds after which the program and all it has started are ended.
        retries: How often a program that failed is started again, within the same run.
        folder: Where to start it; the current folder when not given.

    Raises:
        RelationsError: A placeholder is missing or unknown, or a number is out of range; all
            problems at once.

    Example:
        >>> train = CommandTrainer("python train.py --tasks {tasks} --seed {seed} --scores {out}")
        >>> train.command_line(Run(("pose", "reid"), 0), "scores.json")
        'python train.py --tasks pose+reid --seed 0 --scores scores.json'
    """

    def __init__(
        self,
        command: str,
        *,
        values: Mapping[str, str] | None = None,
        time_limit: float | None = None,
        retries: int = 0,
        folder: str | Path | None = None,
    ) -> None:
        self.command = command
        self.values = dict(values or {})
        self.time_limit = time_limit
        self.retries = retries
        self.folder = str(Path.cwd() if folder is None else Path(folder).resolve())
        problems = _problems(command, self.values, time_limit, retries)
        if problems:
            raise RelationsError(all_problems("The training command", problems))
        self._code = self.watched().code

    def settings(self) -> dict[str, object]:
        """What its scores depend on, as far as it can be known: the command itself.

        The program's own libraries may be others than those here, so they are not named.
        """
        filled = {name: text for name, text in self.values.items() if self.has_placeholder(name)}
        return {"command": self.command, "libraries": {}, **({"values": filled} if filled else {})}

    def has_placeholder(self, name: str) -> bool:
        """Whether the command takes a further value of this name."""
        return name in placeholders(self.command)

    def watched(self) -> Watched:
        """The files that the command names, and what those import."""
        return watched_command(self.command, self.folder)

    def arguments(self, run: Run, out: str | Path) -> list[str]:
        """The program and its arguments for one run."""
        of_run = {"tasks": "+".join(run.tasks), "seed": str(run.seed), "out": str(out)}
        values = {**self.values, **of_run}
        return [
            PLACEHOLDER.sub(lambda match: values[match[1]], word)
            for word in shlex.split(self.command)
        ]

    def command_line(self, run: Run, out: str | Path) -> str:
        """One line for a shell that trains one run and writes its scores to `out`."""
        return shlex.join(self.arguments(run, out))

    def __call__(self, tasks: tuple[str, ...], seed: int) -> Mapping[str, float]:
        """Train one run.

        Raises:
            RunFailedError: The program failed; with what it printed last.
        """
        outcome = self.outcome(Run(tasks, seed))
        if outcome.scores is None:
            raise RunFailedError(f"{outcome.error}\n{outcome.output or ''}".rstrip())
        return outcome.scores

    def outcome(self, run: Run) -> Outcome:
        """Train one run, again if it fails and `retries` says so.

        It fails when the program's own code has changed since the trainer was made.
        """
        if edited := self._edited():
            return Outcome(run, error=f"{edited} was edited meanwhile. Start the probe again.")
        outcome = self._attempt(run)
        for attempt in range(1, self.retries + 1):
            if outcome.scores is not None:
                break
            before = f"{outcome.output}[attempt {attempt} failed: {outcome.error}]\n"
            outcome = self._attempt(run)
            outcome = replace(outcome, output=f"{before}{outcome.output}"[-MOST_OUTPUT:])
        return outcome

    def _edited(self) -> str | None:
        """The first of the program's Python files that is another one than at the beginning."""
        now = self.watched().code
        names = (name for name in self._code if name.endswith(".py"))
        return next((name for name in names if now.get(name) not in (None, self._code[name])), None)

    def _attempt(self, run: Run) -> Outcome:
        """Start the program once."""
        with run_folder() as temporary:
            out, log = Path(temporary) / "scores.json", Path(temporary) / "output.txt"
            start = time.monotonic()
            try:
                status, memory = self._run(self.arguments(run, out), log)
            except OSError as error:
                hint = hint_of_start(shlex.split(self.command)[0])
                told = f"The program cannot be started ({error}).{hint}"
                return Outcome(run, error=told, output="")
            seconds = time.monotonic() - start
            printed = end_of(log)
            command = self.command_line(run, out.name)  # `out` itself is gone after the run
            outcome = with_cause(_outcome(run, out, self._problem(status)), printed, command)
        return replace(outcome, wall_seconds=seconds, peak_memory_bytes=memory, output=printed)

    def _run(self, arguments: list[str], log: Path) -> tuple[int | None, int]:
        """Exit code (None: out of time) and peak memory in bytes."""
        with log.open("wb") as file:
            process = subprocess.Popen(
                _tied(arguments, self.folder),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,
            )
            deadline = None if self.time_limit is None else time.monotonic() + self.time_limit
            try:
                ended = _wait(process.pid, deadline)
                if ended is None:
                    memory = _end(process.pid)
                    process.returncode = -signal.SIGKILL  # reaped: Popen must not wait again
                    return None, memory
            except BaseException:  # an interrupt must not leave the program running
                _end(process.pid)
                process.returncode = -signal.SIGKILL
                raise
            process.returncode = ended[0]
            return ended

    def _problem(self, status: int | None) -> str | None:
        """What an exit code means."""
        if status is None:
            return f"The program was ended after its time limit of {self.time_limit:g} s."
        if status < 0:
            return f"The program was ended by the signal {signal.Signals(-status).name}."
        return f"The program ended with exit code {status}." if status else None


def read_scores(path: Path) -> object:
    """What a program wrote as its scores.

    Raises:
        ScoreError: The file is not there, or is no JSON.
    """
    try:
        return read_json(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ScoreError(
            f"The program wrote no scores to `{path.name}`, the file given by {{out}}. It must "
            'write JSON such as {"pose": 0.81}.'
        ) from None
    except (OSError, ValueError) as error:
        raise ScoreError(
            f'The scores in `{path.name}` must be JSON such as {{"pose": 0.81}} ({error}).'
        ) from error


def _problems(
    command: str, values: Mapping[str, str], time_limit: float | None, retries: int
) -> list[str]:
    """What is wrong with a trainer's arguments."""
    problems = []
    try:
        words = shlex.split(command)
    except ValueError as error:
        return [f"cannot be split into words ({error}): {command!r}."]
    if not words:
        problems.append("must name a program, got nothing.")
    given = placeholders(command)
    known = [*PLACEHOLDERS, *values]
    problems.extend(
        f"must hold {{{name}}}, {PLACEHOLDERS[name]}; got {command!r}."
        for name in PLACEHOLDERS
        if name not in given
    )
    problems.extend(
        f"has no placeholder {{{name}}}; it has {', '.join(f'{{{p}}}' for p in known)}."
        for name in sorted(given - set(known))
    )
    taken = [name for name in PLACEHOLDERS if name in values]
    problems.extend(f"fills {{{name}}} itself; `values` cannot." for name in taken)
    if time_limit is not None and time_limit <= 0:
        problems.append(f"{argument('time_limit')} must be positive seconds, got {time_limit}.")
    if retries < 0:
        problems.append(f"{argument('retries')} must be at least 0, got {retries}.")
    return problems


def _tied(arguments: list[str], folder: str) -> list[str]:
    """The command, made to end when the process that starts it is killed, where the system can.

    The kernel is asked by a small program that then becomes the command: between fork and exec in
    this process, which has threads, Python code could hang.

    Raises:
        FileNotFoundError: There is no such program.
    """
    if not sys.platform.startswith("linux"):
        return arguments
    program = arguments[0]
    if not (shutil.which(program) or shutil.which(str(Path(folder) / program))):
        raise FileNotFoundError(errno.ENOENT, "no such program, or not executable", program)
    return [sys.executable, "-I", "-S", "-c", _TIE, *arguments]


def _wait(pid: int, deadline: float | None) -> tuple[int, int] | None:
    """Exit code and peak memory of a child when it has ended; None at the deadline."""
    pause = 0.001
    while True:
        # wait4, because only it tells the memory of this child alone. Linux counts what the
        # starting process held as the child's: little for the command line, which loads no torch.
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024
        if deadline is not None and time.monotonic() >= deadline:
            return None
        time.sleep(pause)
        pause = min(2 * pause, _SLOWEST_POLL)


def _end(pid: int) -> int:
    """End a child and all it has started; its peak memory in bytes."""
    os.killpg(pid, signal.SIGTERM)
    ended = _wait(pid, time.monotonic() + GRACE_SECONDS)
    if ended is None:
        os.killpg(pid, signal.SIGKILL)
        ended = _wait(pid, None)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # grandchildren may have outlived the polite signal
    return 0 if ended is None else ended[1]


def _outcome(run: Run, out: Path, problem: str | None) -> Outcome:
    """What came of a program: what it wrote, unless something went wrong already."""
    if problem is not None:
        return Outcome(run, error=problem)
    try:
        return scored(run, read_scores(out))
    except ScoreError as error:
        return Outcome(run, error=str(error))
