"""People of a whole stack: accounts made, and signed in to, by the forms that a browser sends."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx2

from tests.support.http import BROWSER
from tests.support.waiting import DEADLINE_SECONDS

ADMIN: Final = "ada"
PASSWORD: Final = "four words nobody joins"
_COOKIE: Final = "natter_session"


@dataclass(frozen=True, slots=True)
class Session:
    """A session at a site on loopback; `token` is what its cookie holds."""

    token: str

    @property
    def cookies(self) -> dict[str, str]:
        """Return what this person's browser sends."""
        return {_COOKIE: self.token}

    def client(self, url: str, *, seconds: float = DEADLINE_SECONDS) -> httpx2.AsyncClient:
        """Make a client that asks as this person's browser does."""
        return httpx2.AsyncClient(
            base_url=url,
            timeout=seconds,
            cookies=self.cookies,
            headers=_as_browser(url),
        )


def set_up(url: str, code: str, name: str = ADMIN) -> Session:
    """Make the first administrator's account with the code of a stack."""
    return _session(url, "/setup/", code=code, name=name, password=PASSWORD)


def sign_up(url: str, invitation: str, name: str) -> Session:
    """Make an account with an invitation."""
    return _session(url, "/sign-up/", invitation=invitation, name=name, password=PASSWORD)


def sign_in(url: str, name: str = ADMIN) -> Session:
    """Sign in to an account of these."""
    return _session(url, "/sign-in/", name=name, password=PASSWORD)


def _session(url: str, path: str, **fields: str) -> Session:
    answer = httpx2.post(
        url + path, data=fields, headers=_as_browser(url), timeout=DEADLINE_SECONDS
    )
    assert answer.status_code == httpx2.codes.SEE_OTHER, f"{answer.status_code}: {answer.text}"
    return Session(answer.cookies[_COOKIE])


def _as_browser(url: str) -> dict[str, str]:
    """Return what a browser tells of a page of this site that asks."""
    parts = urlsplit(url)
    return {
        **BROWSER,
        "origin": f"{parts.scheme}://{parts.netloc}",
        "sec-fetch-site": "same-origin",
    }
