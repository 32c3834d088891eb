"""Keeping children together: some are started again; the end of any other stops all in reverse."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from deploy.local.guard_pipe import Guard
from deploy.local.logs import Console
from deploy.local.process import (
    Child,
    Command,
    Interrupted,
    StartError,
    Watch,
    describe_end,
    quote_lines,
)
from deploy.local.signals import caught_signals

KILLED = 130
# A job may end the ai service six times, a few seconds apart, before it is given up, and others may
# do so meanwhile. A part that ends more often within half a minute will do no better the next time.
MOST_ENDS = 10
WITHIN_SECONDS = 30.0


class Supervisor:
    """What a start routine gets: it launches children and enters the parts that own one."""

    def __init__(self, console: Console, guard: Guard, stack: ExitStack) -> None:
        self.console = console
        self.watch = Watch(line=console.child_line, started=self._started, ended=self._ended)
        self.failure: str | None = None
        self._asked = False
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
        """Start these again from now on when they end unasked, unless they do so too often."""
        self._kept.update({child.name: deque(maxlen=MOST_ENDS) for child in children})

    def settle(self) -> None:
        """Once it is to stop: wait until nothing is being started any more."""
        with self._starting_again:
            return

    def enter[T](self, part: AbstractContextManager[T]) -> T:
        """Enter a part that owns its child; it is left after all that come later."""
        if self.watch.stop.is_set():
            raise Interrupted
        return self._stack.enter_context(part)

    def ask_to_stop(self) -> None:
        """Stop everything; the second time, kill everything and the launcher too."""
        if self._asked:
            self._kill()
        self._asked = True
        if not self.watch.stop.is_set():
            self.console.say("Stopping. Ctrl+C again kills what is left.")
        self.watch.stop.set()

    def _started(self, child: Child) -> None:
        with self._lock:
            self._running.append(child)
        self._guard.add(child)

    def _ended(self, child: Child) -> None:
        self._guard.remove(child)
        with self._lock:
            self._running.remove(child)
            if self.watch.stop.is_set() or child.runs_to_its_end:
                return
        if self._is_to_go_on(child):
            self._start_again(child)
        else:
            self.failure = f"{child.name} {describe_end(child)}{quote_lines(child)}"
            self.watch.stop.set()
            self.console.say(f"{child.name} {describe_end(child)}: stopping the rest.")

    def _is_to_go_on(self, child: Child) -> bool:
        ends = self._kept.get(child.name)
        if ends is None:
            return False
        now = time.monotonic()
        is_too_often = len(ends) == MOST_ENDS and now - ends[0] < WITHIN_SECONDS
        ends.append(now)
        return not is_too_often

    def _start_again(self, child: Child) -> None:
        with self._starting_again:
            if self.watch.stop.is_set():
                return
            self.console.say(f"{child.name} {describe_end(child)}: starting it again.")
            self._stack.callback(Child(self._commands[child.name], self.watch).stop)

    def _kill(self) -> None:
        for child in reversed(tuple(self._running)):
            child.kill()
        self.console.say("Killed.")
        os._exit(KILLED)


def supervise(start: Callable[[Supervisor], None], console: Console, lock: int) -> int:
    """Run `start`, wait for a signal or the first death, stop all in reverse; the exit status.

    0 after SIGINT, SIGTERM or SIGHUP, 1 when a part failed: its reason is on the last lines.
    """
    guard = Guard(lock)
    try:
        with ExitStack() as stack:
            supervisor = Supervisor(console, guard, stack)
            stack.enter_context(caught_signals(supervisor.ask_to_stop))
            console.on_closed = supervisor.watch.stop.set
            failure = _run(start, supervisor)
    finally:
        guard.close()
    console.say(failure or "Stopped.")
    return 1 if failure else 0


def _run(start: Callable[[Supervisor], None], supervisor: Supervisor) -> str | None:
    try:
        start(supervisor)
        supervisor.watch.stop.wait()
    except Interrupted:
        pass
    except StartError as error:
        return supervisor.failure or str(error)
    finally:
        supervisor.watch.stop.set()
        supervisor.settle()
    return supervisor.failure
