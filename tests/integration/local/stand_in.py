"""A launcher of small children, given as JSON: `python -m … FOLDER '[["name", "code"], …]'`."""

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from operator import contains
from pathlib import Path

from deploy.local.console import Console
from deploy.local.output import standard_output
from deploy.local.process import Command, StartError
from deploy.local.run_lock import Holder, hold_folder
from deploy.local.supervisor import Supervisor, supervise
from services.shared.process.terminal import open_closed_streams

READY_SECONDS = 300.0
KEPT = "kept"
type Children = list[tuple[str, str]]


def start_all(children: Children) -> Callable[[Supervisor], None]:
    def start(supervisor: Supervisor) -> None:
        for name, code in children:
            child = supervisor.launch(Command(name, (sys.executable, "-c", code), {}))
            child.wait_until(partial(contains, child.last_lines, "ready"), READY_SECONDS)
            supervisor.console.say(f"{name} has pid {child.pid}")
            if name.startswith(KEPT):
                supervisor.keep(child)
        supervisor.console.say("all up")

    return start


def main(folder: str, children: str) -> int:
    open_closed_streams()
    console = Console(standard_output(), colour=True)
    holder = Holder(pid=os.getpid(), address="http://127.0.0.1:1")
    try:
        with hold_folder(Path(folder), holder, console.say) as lock:
            return supervise(start_all(json.loads(children)), console, lock)
    except StartError as error:
        console.say(str(error))
        return 1
    finally:
        console.output.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
