"""An ordinary user on a network of its own, where the ports that a document names are free.

On Linux it is a network namespace (network_namespaces(7)) with loopback, an address as a machine
has it in a home network, and nothing else: what runs there reaches nobody. Elsewhere, and where the
system allows none, it is this machine's network.
"""

import fcntl
import os
import pwd
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOME_ADDRESS: Final = "192.168.1.5"
ROOT: Final = Path(__file__).parent.parent.parent
# Entering another namespace loses the working directory.
_IN_FOLDER: Final = ("sh", "-c", 'cd "$0" && exec "$@"')
_ORDINARY: Final = "nobody"
_OF_USER: Final = ("user", "net")
_SIOCGIFFLAGS: Final = 0x8913
_SIOCSIFFLAGS: Final = 0x8914
_SIOCSIFADDR: Final = 0x8916


@dataclass(frozen=True, slots=True)
class OwnNetwork:
    """The commands to run something there: `enter` it, then `become` the ordinary user."""

    enter: tuple[str, ...]
    become: tuple[str, ...]
    uid: int
    gid: int

    def command(self, folder: Path, *argv: str) -> tuple[str, ...]:
        """Return what runs `argv` in `folder` as the ordinary user."""
        return (*self.enter, *self.become, *_IN_FOLDER, str(folder), *argv)


@contextmanager
def own_network() -> Iterator[OwnNetwork]:
    """Keep such a network for as long as the body runs."""
    is_root = os.geteuid() == 0
    keeper = _start_keeper(is_root=is_root)
    turn = (ROOT / "README.md").open()
    try:
        if keeper is None:
            fcntl.flock(turn, fcntl.LOCK_EX)  # the ports are there only once
        yield _network_of_root(keeper) if is_root else _network_of_user(keeper)
    finally:
        turn.close()
        if keeper is not None:
            keeper.communicate()  # it ends with its input


def _network_of_root(keeper: subprocess.Popen[bytes] | None) -> OwnNetwork:
    user = pwd.getpwnam(_ORDINARY)
    ids = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    files = () if keeper is None else ("nsenter", f"--mount=/proc/{keeper.pid}/ns/mnt")
    enter = () if keeper is None else ("nsenter", f"--net=/proc/{keeper.pid}/ns/net")
    return OwnNetwork(enter, (*files, "setpriv", *ids), user.pw_uid, user.pw_gid)


def _network_of_user(keeper: subprocess.Popen[bytes] | None) -> OwnNetwork:
    spaces = () if keeper is None else [f"--{one}=/proc/{keeper.pid}/ns/{one}" for one in _OF_USER]
    enter = ("nsenter", *spaces, "--preserve-credentials") if spaces else ()
    return OwnNetwork(enter, (), os.getuid(), os.getgid())


def _start_keeper(*, is_root: bool) -> subprocess.Popen[bytes] | None:
    kind = ("--mount",) if is_root else ("--map-current-user", "--keep-caps")
    command = ("unshare", "--net", *kind, "--", sys.executable, "-m", "tests.support.own_network")
    try:
        keeper = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except FileNotFoundError:
        return None
    assert keeper.stdout is not None
    if keeper.stdout.readline() == b"ready\n":
        return keeper
    keeper.communicate()
    return None


def _keep() -> None:
    """Be the process that has the network, until its input ends."""
    _bring_loopback_up()
    _add_home_address()
    if os.geteuid() == 0:
        _show_python()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sh14x", b"lo", 0)
        name, flags = struct.unpack("16sh14x", fcntl.ioctl(probe, _SIOCGIFFLAGS, request))
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", name, flags | 1))  # IFF_UP


def _add_home_address() -> None:
    """Give loopback a second address, as netdevice(7) does it, by an alias."""
    address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(HOME_ADDRESS))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, _SIOCSIFADDR, struct.pack("16s16s", b"lo:1", address))


def _show_python() -> None:
    """Let the ordinary user reach a Python that stands in a private folder, such as root's home.

    Only here: the folder is covered, with nothing in it but the way to that Python.
    """
    python = Path(sys.base_prefix)
    hidden = [folder for folder in python.parents if not folder.stat().st_mode & 1]
    if not hidden:
        return
    keep = Path("/mnt")
    _mount("--bind", str(python), str(keep))
    _mount("-t", "tmpfs", "-o", "mode=755", "python", str(hidden[-1]))
    python.mkdir(parents=True)
    _mount("--bind", str(keep), str(python))


def _mount(*arguments: str) -> None:
    program = shutil.which("mount") or "mount"
    subprocess.run((program, *arguments), check=True)


if __name__ == "__main__":
    _keep()
