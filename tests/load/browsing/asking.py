"""Somebody who asks web for pages, one after the other over one connection, and times them."""

import http.client
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from tests.load.crowd import CrowdError

_SECONDS: Final = 60.0
_MILLI: Final = 1e3
_HEADERS: Final = {"accept": "text/html"}


@dataclass(frozen=True, slots=True)
class Timed:
    """A page, and the milliseconds from its request to its last byte."""

    html: str
    ms: float


@dataclass(frozen=True, slots=True)
class Asker:
    """A connection that stays open."""

    connection: http.client.HTTPConnection

    def get(self, path: str, headers: Mapping[str, str] = _HEADERS) -> Timed:
        """Load a page; raises CrowdError where it is not there."""
        began = time.perf_counter()
        self.connection.request("GET", path, headers=dict(headers))
        response = self.connection.getresponse()
        body = response.read()
        spent = (time.perf_counter() - began) * _MILLI
        if response.status != HTTPStatus.OK:
            raise CrowdError(f"GET {path}: {response.status}")
        return Timed(body.decode(), spent)


@contextmanager
def asking(url: str) -> Iterator[Asker]:
    """Give somebody who asks the site at `url` until the body ends."""
    address = urlsplit(url).netloc
    with closing(http.client.HTTPConnection(address, timeout=_SECONDS)) as connection:
        yield Asker(connection)
