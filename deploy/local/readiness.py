"""Asks a service over HTTP whether it is ready."""

import http.client

_SECONDS = 3.0


def answers_ok(host: str, port: int, path: str) -> bool:
    """Return whether `GET path` is answered with 200 now."""
    connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
