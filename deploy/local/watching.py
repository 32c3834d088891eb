"""`make watch`: services that start again when their code changes, a front end that is rebuilt."""

import shlex
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from deploy.local.process import Command
from deploy.local.services import ROOT

_FRONT_END = "services/web/frontend"
_MANIFEST = ROOT / "services/web/static/build/manifest.json"
# The launcher waits longer for watchfiles itself, which then has time to kill the service.
_STOP_SECONDS = 10


def watching(command: Command) -> Command:
    """Run a service's command by watchfiles, which starts it again after each change below it.

    A service that fails to start stays down until the next change. A draining service would keep
    its successor waiting, so it ends at once.
    """
    target = shlex.join(command.argv)
    argv = (
        *(sys.executable, "-m", "watchfiles", "--verbosity", "warning"),
        *("--target-type", "command", "--sigint-timeout", str(_STOP_SECONDS)),
        *("--filter", f"{__package__}.watched_files.ServiceFiles"),
        *(target, "services/shared", f"services/{command.name}"),
    )
    # watchfiles reports a SIGTERM as a problem.
    return replace(command, argv=argv, env=_without_drain(command), stop_signal=signal.SIGINT)


def front_end_command(inherited: Mapping[str, str]) -> Command:
    """Rebuild the front end after each change of its sources; web then starts again."""
    argv = (str(Path(sys.executable).parent / "node"), "build.mjs", "--watch")
    return Command("frontend", argv, inherited, cwd=ROOT / _FRONT_END)


def is_built_since(moment: float) -> bool:
    """Return whether the front end has been built since `moment`, in seconds since 1970."""
    return _MANIFEST.exists() and _MANIFEST.stat().st_mtime >= moment


def _without_drain(command: Command) -> dict[str, str]:
    name = f"NATTER_{command.name.upper()}_DRAIN_SECONDS"
    return {**command.env, **({} if command.name == "demo" else {name: "0"})}
