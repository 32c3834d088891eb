"""A person at web, as far as it takes to ask and to stop an answer."""

import http.client
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from services.shared.pages.turbo import MEDIA_TYPE
from tests.load.answers.stack import Web
from tests.load.crowd import CrowdError
from tests.support.accounts import FROM_HERE, PASSWORD, password_hash

_SECONDS: Final = 10.0
_FORM: Final = {"content-type": "application/x-www-form-urlencoded", **FROM_HERE}
_NAME: Final = "ann"
_ACCOUNT: Final = "INSERT INTO accounts (name, password_hash, is_admin) VALUES ('{}', '{}', true)"
_CHAT: Final = re.compile(r"/chat/(\d+)/")
_MESSAGE: Final = re.compile(r'\bid="message_(\d+)"')


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer that was asked for."""

    chat: int
    message: int


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whose connection to web stays open."""

    connection: http.client.HTTPConnection
    cookie: str

    def ask(self, question: str) -> Asked:
        """Send `question` in a new chat; raises CrowdError where web says anything unexpected."""
        return self.ask_in(self.new_chat(), question)

    def new_chat(self) -> int:
        """Begin a chat and return its number."""
        return _last_number(_CHAT, self._post("/chat/", {"fresh": "1"}, HTTPStatus.SEE_OTHER))

    def ask_in(self, chat: int, question: str) -> Asked:
        """Send `question` in `chat`."""
        page = self._post(f"/chat/{chat}/message/create/", {"content": question}, HTTPStatus.OK)
        # The answer's message is younger than the question's.
        return Asked(chat, _last_number(_MESSAGE, page))

    def see(self, chat: int) -> str:
        """Load the page of `chat` and return its HTML."""
        return self._request("GET", f"/chat/{chat}/message/list/", {}, HTTPStatus.OK)

    def renew_token(self, chat: int) -> None:
        """Get a token for one more connection to `chat`, as its page does."""
        self._request("GET", f"/chat/{chat}/message/stream/", {}, HTTPStatus.OK)

    def stop(self, asked: Asked) -> None:
        """Press stop; raises CrowdError where web refuses."""
        self._post(f"/chat/{asked.chat}/message/{asked.message}/stop/", {}, HTTPStatus.OK)

    def _post(self, path: str, form: dict[str, str], expected: HTTPStatus) -> str:
        """Return the answer's body, or where it leads."""
        return self._request("POST", path, form, expected)

    def _request(self, method: str, path: str, form: dict[str, str], expected: HTTPStatus) -> str:
        headers = {**_FORM, "accept": f"{MEDIA_TYPE}, text/html", "cookie": self.cookie}
        self.connection.request(method, path, urlencode(form), headers)
        response = self.connection.getresponse()
        body = response.read().decode()
        if response.status != expected:
            raise CrowdError(f"{method} {path}: {response.status} {body[:200]}")
        return response.headers.get("location", body)


@contextmanager
def visiting(web: Web) -> Iterator[Visitor]:
    """Give somebody who has an account at `web`, and is signed in, until the body ends."""
    web.ask_database(_ACCOUNT.format(_NAME, password_hash()))
    with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=_SECONDS)) as connection:
        yield Visitor(connection, _session_of(connection))


def _session_of(connection: http.client.HTTPConnection) -> str:
    connection.request("POST", "/sign-in/", urlencode({"name": _NAME, "password": PASSWORD}), _FORM)
    response = connection.getresponse()
    response.read()
    if response.status != HTTPStatus.SEE_OTHER:
        raise CrowdError(f"POST /sign-in/: {response.status}")
    return response.headers["set-cookie"].partition(";")[0]


def _last_number(pattern: re.Pattern[str], text: str) -> int:
    numbers = [int(found) for found in pattern.findall(text)]
    if not numbers:
        raise CrowdError(f"nothing like {pattern.pattern} in {text[:200]!r}")
    return max(numbers)
