"""Supervises children: some are restarted; the end of any other stops all in reverse order."""

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress

from deploy.local.console import Console
from deploy.local.guard_pipe import Guard
from deploy.local.process import (
    Child,
    Command,
    Interrupted,
    StartError,
    Watch,
    describe_end,
    describe_fault,
    quote_lines,
)
from deploy.local.signals import SIGNALS, caught_signals
from deploy.local.terminal import watch_terminal

KILLED = 130
# A process manager may signal all our processes at once, and a child may end before we get ours.
TOGETHER_SECONDS = 0.5
# A job may end the ai service six times, a few seconds apart, before it is given up, and other jobs
# may do the same meanwhile. A part that ends more often in half a minute will not recover.
MOST_ENDS = 10
WITHIN_SECONDS = 30.0


class Supervisor:
    """Launches children, and enters the parts that own one, for a start routine."""

    def __init__(self, console: Console, guard: Guard, stack: ExitStack) -> None:
        self.console = console
        self.watch = Watch(line=console.child_line, started=self._started, ended=self._ended)
        self.failure: str | None = None
        self.was_asked = False
        self._guard = guard
        self._stack = stack
        self._running: list[Child] = []
        self._lock = threading.Lock()
        self._commands: dict[str, Command] = {}
        self._kept: dict[str, deque[float]] = {}
        self._starting_again = threading.Lock()

    def launch(self, command: Command) -> Child:
        """Start one child; it is stopped after all that are launched later."""
        if self.watch.stop.is_set():
            raise Interrupted
        child = Child(command, self.watch)
        self._commands[child.name] = command
        self._stack.callback(child.stop)
        return child

    def keep(self, *children: Child) -> None:
        """Restart these from now on when they end unasked, unless they do so too often."""
        self._kept.update({child.name: deque(maxlen=MOST_ENDS) for child in children})

    def settle(self) -> None:
        """After a request to stop, wait until no restart is in progress."""
        with self._starting_again:
            return

    def enter[T](self, part: AbstractContextManager[T]) -> T:
        """Enter a part that owns its child; it is left after all that come later."""
        if self.watch.stop.is_set():
            raise Interrupted
        return self._stack.enter_context(part)

    def ask_to_stop(self, number: signal.Signals) -> None:
        """Stop everything; at a second Ctrl+C kill everything, and the launcher too.

        Several other signals may be one request: a shell and the kernel both report a closed
        terminal, and a process manager signals us directly and through `make`.
        """
        if self.was_asked and number == signal.SIGINT:
            self._kill()
        if not self.watch.stop.is_set():
            again = " again" if number == signal.SIGINT else ""
            self.console.say(f"Stopping. Ctrl+C{again} kills what is left.")
        self.was_asked = True
        self.watch.stop.set()

    def lose_terminal(self) -> None:
        """Stop everything: no one can read the output or press Ctrl+C any more."""
        self.was_asked = True
        self.watch.stop.set()

    def lose_output(self, reason: str) -> None:
        """Stop everything: no one would see the output."""
        with suppress(OSError):  # standard error may be as closed
            sys.stderr.write(f"natter: standard output is closed ({reason}): stopping.\n")
        self.lose_terminal()

    def _started(self, child: Child) -> None:
        with self._lock:
            self._running.append(child)
        self._guard.add(child)

    def _ended(self, child: Child) -> None:
        self._guard.remove(child)
        with self._lock:
            self._running.remove(child)
        if self.watch.stop.wait(_patience(child)) or child.runs_to_its_end:
            return
        if self._should_restart(child):
            self._restart(child)
        else:
            self.failure = f"{child.name} {describe_end(child)}{quote_lines(child)}"
            self.watch.stop.set()
            self.console.say(f"{child.name} {describe_end(child)}: stopping the rest.")

    def _should_restart(self, child: Child) -> bool:
        ends = self._kept.get(child.name)
        if ends is None:
            return False
        now = time.monotonic()
        is_too_often = len(ends) == MOST_ENDS and now - ends[0] < WITHIN_SECONDS
        ends.append(now)
        return not is_too_often

    def _restart(self, child: Child) -> None:
        with self._starting_again:
            if self.watch.stop.is_set():
                return
            self.console.say(f"{child.name} {describe_end(child)}: starting it again.")
            self._stack.callback(Child(self._commands[child.name], self.watch).stop)

    def _kill(self) -> None:
        for child in reversed(tuple(self._running)):
            child.kill()
        self.console.say("Killed.")
        self.console.output.flush()
        os._exit(KILLED)


def supervise(start: Callable[[Supervisor], None], console: Console, lock: int) -> int:
    """Run `start`, wait for a signal or the first death, stop all in reverse.

    Returns the exit status: 0 after SIGINT, SIGTERM or SIGHUP, 1 if a part failed; the last lines
    have the reason.
    """
    guard = Guard(lock)
    try:
        with ExitStack() as stack:
            supervisor = Supervisor(console, guard, stack)
            stack.enter_context(caught_signals(supervisor.ask_to_stop))
            console.output.when_closed(supervisor.lose_output)
            watch_terminal(supervisor.watch.stop, supervisor.lose_terminal)
            failure = _run(start, supervisor)
    finally:
        guard.close()
    console.say(failure or "Stopped.")
    return 1 if failure else 0


def _patience(child: Child) -> float:
    """Return how many seconds to wait for a stop request that may have reached `child` first."""
    code = child.exit_code or 0
    if code < 0:
        return TOGETHER_SECONDS if -code in SIGNALS else 0
    return 0 if child.runs_to_its_end and code == 0 else TOGETHER_SECONDS


def _run(start: Callable[[Supervisor], None], supervisor: Supervisor) -> str | None:
    try:
        start(supervisor)
        supervisor.watch.stop.wait()
    except Interrupted:
        pass
    except (StartError, OSError) as error:
        reason = describe_fault(error) if isinstance(error, OSError) else str(error)
        return None if supervisor.was_asked else supervisor.failure or reason
    finally:
        supervisor.watch.stop.set()
        supervisor.settle()
    return supervisor.failure
