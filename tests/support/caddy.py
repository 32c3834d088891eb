"""A real Caddy with the configuration of `deploy/proxy`, before services on loopback."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local.process import Child, Command, Watch
from tests.support.ports import free_port
from tests.support.waiting import DEADLINE_SECONDS

ROOT: Final = Path(__file__).parent.parent.parent
CADDYFILE: Final = ROOT / "deploy/proxy/Caddyfile"
CADDY: Final = Path(sys.prefix) / "bin/caddy"
# It waits for event streams, as long as it is let.
STOP_SECONDS: Final = 0.5
RELOAD: Final = ("reload", "--adapter", "caddyfile", "--config", str(CADDYFILE))


@dataclass(frozen=True, slots=True)
class Caddy:
    """A running Caddy: where it listens, and each line that it has logged."""

    child: Child
    address: str
    tls_address: str
    environment: Mapping[str, str]
    lines: list[str] = field(default_factory=list)

    @property
    def log(self) -> str:
        """Return all that was logged."""
        return "\n".join(self.lines)

    def reload(self, **changes: str) -> None:
        """Have it read its configuration again, with these changes of the environment."""
        admin = self.environment["NATTER_PROXY_ADMIN"]
        told = {f"NATTER_{name}": value for name, value in changes.items()}
        run_caddy(*RELOAD, "--address", admin, **{**self.environment, **told})


@contextmanager
def running_caddy(folder: Path, **settings: str) -> Iterator[Caddy]:
    """Run Caddy on a free port of 127.0.0.1, with its files in `folder`.

    `settings` are variables of the Caddyfile, without the `NATTER_` at their beginning. A site
    address that they name is one for TLS, at the port of `tls_address`.
    """
    port, tls_port = free_port(), free_port()
    environment = {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "NATTER_PROXY_ADMIN": f"127.0.0.1:{free_port()}",
        "NATTER_PROXY_BIND": "127.0.0.1",
        "NATTER_PROXY_HTTP_PORT": str(port),
        "NATTER_PROXY_HTTPS_PORT": str(tls_port),
        "NATTER_SITE_ADDRESS": f":{port}",
        **{f"NATTER_{name}": value for name, value in settings.items()},
    }
    lines: list[str] = []
    argv = (str(CADDY), "run", "--adapter", "caddyfile", "--config", str(CADDYFILE))
    watch = Watch(line=lambda _name, line: lines.append(line))
    child = Child(Command("caddy", argv, environment, cwd=folder), watch)
    tls_address = f"localhost:{tls_port}"
    try:
        has_tls = "SITE_ADDRESS" in settings
        is_ready = (lambda: _has_certificate(tls_port)) if has_tls else (lambda: _accepts(port))
        child.wait_until(is_ready, DEADLINE_SECONDS)
        yield Caddy(child, f"127.0.0.1:{port}", tls_address, environment, lines)
    finally:
        child.stop(STOP_SECONDS)


def run_caddy(*arguments: str, **environment: str) -> str:
    """Run one of Caddy's commands and return what it printed."""
    done = subprocess.run(
        (CADDY, *arguments),
        env={"HOME": os.devnull, **environment},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _has_certificate(port: int) -> bool:
    """Shake hands; it listens before it has made its certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname="localhost"),
        ):
            return True
    except OSError:
        return False
