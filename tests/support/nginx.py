"""A real nginx before the services."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.process import Child, Command, Watch
from tests.support.packages import find_program
from tests.support.programs import MISSING
from tests.support.waiting import DEADLINE_SECONDS

_CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
{user}
events {{}}
http {{
  log_format uri $request_uri;
  access_log {folder}/access.log uri;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    {locations}
    location / {{ return 404; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running nginx: where it listens, and the URI of each request that it has logged."""

    address: str
    log: Path

    def requests(self) -> list[str]:
        """Return what was asked for, in order."""
        return self.log.read_text().splitlines()


@contextmanager
def running_nginx(folder: Path, port: int, locations: str) -> Iterator[Nginx]:
    """Run an nginx with these locations on `port`, and its files in `folder`."""
    program = find_program("nginx")
    if program is None:
        pytest.fail(MISSING["nginx"], pytrace=False)
    # A worker of another user could not write into our folder.
    user = "user root;" if folder.owner() == "root" else ""
    path = folder / "nginx.conf"
    path.write_text(_CONFIGURATION.format(folder=folder, user=user, port=port, locations=locations))
    argv = (program, "-p", str(folder), "-c", str(path), "-e", "stderr")
    child = Child(Command("nginx", argv, {}, cwd=folder), Watch())
    try:
        child.wait_until(lambda: _accepts(port), DEADLINE_SECONDS)
        yield Nginx(f"127.0.0.1:{port}", folder / "access.log")
    finally:
        child.stop()


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
