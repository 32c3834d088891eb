"""A container's health check: `python -m services.shared.process.probe <port> [path]`.

It requests `/ready`, or the given path, from a port of this machine. It exits with 0 if the answer
is 200, and otherwise with 1 and one line that says why. `http.client` ignores the environment's
proxies.
"""

import sys
from http.client import HTTPConnection, HTTPException
from typing import Final

from services.shared.process.terminal import printable

TIMEOUT_SECONDS: Final = 3.0
_SHOWN_BYTES: Final = 300


def probe(port: int, path: str = "/ready", *, host: str = "127.0.0.1") -> str | None:
    """Return why `path` does not answer with 200; None if it does."""
    connection = HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        if response.status == 200:  # noqa: PLR2004 - the one status that means healthy
            return None
        body = response.read(_SHOWN_BYTES).decode(errors="replace")
    except (OSError, HTTPException) as error:
        return printable(f"{path}: {type(error).__name__}: {error}")
    finally:
        connection.close()
    return printable(f"{path}: {response.status} {body}")


def main(arguments: list[str]) -> str | None:
    """Probe as the command line asks; return the fault."""
    match arguments:
        case [port] if port.isdecimal():
            return probe(int(port))
        case [port, path] if port.isdecimal() and path.startswith("/"):
            return probe(int(port), path)
        case _:
            return "usage: python -m services.shared.process.probe <port> [path]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
