"""Nchan, a module of nginx in C: one worker, its channels in memory, publications by HTTP."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.load.child import ordered_child
from tests.load.servers.running import (
    Contender,
    Pace,
    Running,
    Setting,
    accepts,
    process,
)
from tests.support.ports import free_port

MODULE: Final = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
_CONFIGURATION: Final = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
load_module {module};
{user}
events {{ worker_connections 15000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  nchan_shared_memory_size 512M;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location ~ ^/pub/(\\w+)$ {{ nchan_publisher; nchan_channel_id $1; }}
    location ~ ^/ws/turbo_stream/(\\w+)/$ {{
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


@contextmanager
def _run(folder: Path, setting: Setting) -> Iterator[Running]:
    del setting  # it has none that a measure wants otherwise
    port, path = free_port(), folder / "nginx.conf"
    # A worker of another user could not write into our folder.
    user = "user root;" if Path(folder).owner() == "root" else ""
    path.write_text(_CONFIGURATION.format(folder=folder, module=MODULE, port=port, user=user))
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin") or "nginx"
    argv = (nginx, "-p", str(folder), "-c", str(path), "-e", "stderr")
    with (
        process("nginx", argv, {}, lambda: accepts(port)) as pid,
        ordered_child("tests.load.publishers.http_post", str(port)) as publisher,
    ):
        yield Running(port, publisher, (pid,))


NCHAN: Final = Contender(
    "Nchan", _run, Pace(), frozenset({"memory", "fan-out", "handshakes", "latency"})
)
