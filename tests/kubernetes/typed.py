"""The commands of the guide, typed as they are printed, into a shell whose `kubectl` is ours."""

import os
import subprocess
import sys
import threading
import traceback
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Final

from tests.compose.engine import LONGEST_SECONDS
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.podman import environment
from tests.support.printed import ROOT

_STAND_IN: Final = ROOT / "tests/kubernetes/stand_in_kubectl.py"


class Terminal:
    """A shell in a folder that has `deploy`; its `kubectl` does something to a cluster."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster, self._folder = cluster, folder
        (folder / "deploy").symlink_to(ROOT / "deploy")
        self._programs, self._asked = folder / "bin", str(folder / "asked")
        self._programs.mkdir()
        for name in ("kubectl", "sleep"):
            path = self._programs / name
            path.write_text(
                f'#!/bin/sh\nexec {sys.executable} {_STAND_IN} {self._asked} {name} "$@"\n'
            )
            path.chmod(0o755)

    def type(self, text: str) -> str:
        """Run commands one after the other; return what they wrote, or fail with it."""
        given = environment()
        path = os.pathsep.join((str(self._programs), given["PATH"]))
        with Listener(self._asked, "AF_UNIX") as listener:
            threading.Thread(target=self._serve, args=(listener,), daemon=True).start()
            done = subprocess.run(
                ("/bin/sh", "-eu", "-c", text),
                cwd=self._folder,
                env={**given, "PATH": path},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=LONGEST_SECONDS,
                check=False,
            )
        said = done.stdout.decode(errors="replace")
        assert done.returncode == 0, f"{text}\n{said}"
        return said

    def _serve(self, listener: Listener) -> None:
        while True:
            try:
                asking = listener.accept()
            except OSError:
                return
            with asking:
                self._answer(asking)

    def _answer(self, asking: Connection) -> None:
        words, given = asking.recv()
        try:
            asking.send(self._cluster.do(words, given))
        except Exception:  # noqa: BLE001 - what is wrong is to be read where it was typed
            asking.send(([], traceback.format_exc(), 1))
