"""The floor: one process that writes the frame to each socket of a group and does nothing else."""

import contextlib
import json
import selectors
import socket
import sys
import time
from base64 import b64encode
from collections import defaultdict
from hashlib import sha1

from tests.load.answering import Answer, say
from tests.load.loader.frames import text_frame
from tests.load.loader.handshake import KEY
from tests.load.publication import publication
from tests.load.schedule import Schedule, arrivals, group_name

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_ACCEPT = b64encode(sha1(f"{KEY}{_GUID}".encode()).digest()).decode()  # noqa: S324 - RFC 6455 says so
_ANSWER = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Accept: {_ACCEPT}\r\n\r\n"
).encode()
_REQUEST_BYTES = 4096
_LEAST_SLEEP_SECONDS = 0.001

type Groups = dict[str, list[socket.socket]]


def main(port: int) -> None:
    """Take sockets and orders, one after the other, until the input ends."""
    groups: Groups = defaultdict(list)
    with socket.create_server(("127.0.0.1", port), backlog=4096) as listener:
        ready = selectors.DefaultSelector()
        ready.register(listener, selectors.EVENT_READ)
        ready.register(sys.stdin, selectors.EVENT_READ)
        say({"ready": True})
        while True:
            for key, _ in ready.select():
                if key.fileobj is listener:
                    _take(listener, groups)
                elif not _obey(groups):
                    return


def _take(listener: socket.socket, groups: Groups) -> None:
    link, _ = listener.accept()
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = link.recv(_REQUEST_BYTES).decode("latin-1")
    link.sendall(_ANSWER)
    groups[head.split("/")[3]].append(link)


def _obey(groups: Groups) -> bool:
    line = sys.stdin.readline()
    if line:
        say(_write(Schedule(**json.loads(line)["schedule"]), groups))
    return bool(line)


def _write(schedule: Schedule, groups: Groups) -> Answer:
    """Write each publication when it is due; those that go together, with one write."""
    began, waiting = time.monotonic(), b""
    for number, (moment, group) in enumerate(arrivals(schedule), 1):
        wait = began + moment - time.monotonic()
        if wait > 0:
            # The timers of the other publishers know no less: to sleep for each would cost more.
            time.sleep(max(wait, _LEAST_SLEEP_SECONDS))
        waiting += text_frame(publication())
        if number % schedule.together == 0:
            for link in groups[group_name(group)]:
                with contextlib.suppress(ConnectionError):
                    link.send(waiting)
            waiting = b""
    return {"seconds": time.monotonic() - began}


if __name__ == "__main__":
    main(int(sys.argv[1]))
