"""An auditing reader: opens a chat's page, follows its stream, shows what comes as Turbo would."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx2

from services.shared.bus.position import Cursor
from services.shared.pages.message_view import message_element, message_list_element
from tests.support.chatting.backoff import Backoff
from tests.support.chatting.growth import Growth
from tests.support.chatting.handshake import RefusedError, Request
from tests.support.chatting.visit import REWOUND, STALE_SECONDS, Visit
from tests.support.chatting.websocket import ABNORMAL, open_socket
from tests.support.document import REFRESH, Document
from tests.support.elements import Element
from tests.support.http import BROWSER

LOOK_AGAIN_SECONDS: Final = 0.25
# What the gateway sends, from a place of its own, where it can't go on from the page's.
CANNOT_GO_ON: Final = 'action="refresh" method="morph" scroll="preserve"'


@dataclass(eq=False, slots=True)
class ChatPage:
    """One open page of a chat; `http` goes to web."""

    chat: int
    http: httpx2.AsyncClient
    random: Random
    document: Document = field(default_factory=lambda: Document.of(""))
    growth: Growth = field(default_factory=Growth)
    endings: Counter[str] = field(default_factory=Counter)
    visit: Visit | None = None
    """The connection, while it is open."""
    place: Cursor | None = None
    token: str | None = None
    """The token of the next connection; without one, web is asked for it."""
    loading: int = 0
    """The number of page loads under way."""
    reloads: int = 0
    gateways: Callable[[], str] | None = None
    """Which gateway a new connection comes to; without it, the one that the page names."""

    async def run(self) -> None:
        """Open the page and follow its stream until cancelled."""
        backoff = Backoff(self.random)
        await self._load()
        async with asyncio.TaskGroup() as tasks:
            while True:
                visit = Visit(self, lambda: tasks.create_task(self._reload()))
                code, reason = await self._follow(visit)
                self.endings[f"{code} {reason.partition('=')[0]}".strip()] += 1
                if (code, reason) != REWOUND:
                    await asyncio.sleep(backoff.pause(code, reason, visit.lasted()))

    def show(self, payload: bytes) -> bool:
        """Show one frame; return whether it asks for the page to be loaded again."""
        frame = payload.decode()
        cursor = Cursor.parse(frame.split('"', 2)[1])
        if self._has(cursor) and CANNOT_GO_ON not in frame:
            return False
        self.place = cursor
        now = asyncio.get_running_loop().time()
        streams = self.document.apply(frame)
        for stream in streams:
            self.growth.note(stream, now)
        wants = any(stream.attributes["action"] == REFRESH for stream in streams)
        self.loading += wants
        return wants

    def advance(self, payload: bytes) -> None:
        """Take a heartbeat, whose position says up to where everything has been sent."""
        cursor = Cursor.parse(payload.decode())
        if self.place is None or self.place.epoch == cursor.epoch:
            self.place = max(self.place or cursor, cursor, key=lambda place: place.sequence)

    def messages(self) -> list[str]:
        """Write the messages on the page, in their order."""
        return messages_of(self.document, self.chat)

    def message(self, message_id: int) -> Element | None:
        """Find a message on the page."""
        return self.document.by_id.get(message_element(message_id))

    def text_of(self, message_id: int) -> str:
        """Read what a message says on the page."""
        element = self.message(message_id)
        return element.text() if element else ""

    async def _load(self) -> None:
        """Fetch the page until it comes."""
        self.document = await fetch_page(self.http, self.chat)
        self.token = self._source().attributes["token"]
        self.place = self._since()

    async def _reload(self) -> None:
        """Load the page again; one that was rendered as of an earlier place goes back there."""
        document = await fetch_page(self.http, self.chat)
        self.loading -= 1
        self.reloads += 1
        document.doubled |= self.document.doubled
        document.missing += self.document.missing
        self.document = document
        self.token = self._source().attributes["token"]
        since = self._since()
        if since and since != self.place and self._has(since):
            self.place = since
            if self.visit is not None:
                self.visit.end(*REWOUND)

    def _has(self, cursor: Cursor) -> bool:
        """Return whether the page stands at `cursor` or after it."""
        place = self.place
        is_known = place is not None and place.epoch == cursor.epoch
        return place is not None and is_known and cursor.sequence <= place.sequence

    def _since(self) -> Cursor | None:
        since = self._source().attributes["since"]
        return Cursor.parse(since) if since != "none" else None

    async def _follow(self, visit: Visit) -> tuple[int, str]:
        """Connect and listen until the connection ends; return why."""
        try:
            socket = await open_socket(await self._request(), visit)
        except RefusedError as refused:
            # The page's own may be signed with a key that has been taken away since.
            self.token = None
            return ABNORMAL, f"status {refused.status}"
        except (OSError, httpx2.HTTPError) as error:
            return ABNORMAL, type(error).__name__
        self.visit = visit
        try:
            return await visit.outcome(socket, STALE_SECONDS)
        finally:
            self.visit = None

    async def _request(self) -> Request:
        attributes = self._source().attributes
        where = urlsplit(urljoin(str(self.http.base_url), attributes["src"]))
        if self.token is None:
            answer = await self.http.get(attributes["token-url"])
            self.token = answer.raise_for_status().json()["token"]
        return Request(
            self.gateways() if self.gateways else where.netloc,
            f"{where.path}?since={self.place or 'none'}",
            ("turbo-stream.v1", f"t.{self.token}"),
        )

    def _source(self) -> Element:
        source = self.document.root.first("natter-stream-source")
        assert source is not None, "the page has no stream"
        return source


def messages_of(document: Document, chat: int) -> list[str]:
    """Write the messages of a page, in their order."""
    shown = document.by_id.get(message_list_element(chat))
    children = shown.elements() if shown else ()
    return [child.html() for child in children if child.tag == "article"]


async def fetch_page(http: httpx2.AsyncClient, chat: int, query: str = "") -> Document:
    """Fetch a chat's page, with the part that `query` asks for; retry while web is away."""
    while True:
        try:
            answer = await http.get(f"/chat/{chat}/message/list/{query}", headers=BROWSER)
        except httpx2.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200:
            return Document.of(answer.text)
        assert answer is None or answer.status_code >= 500, f"status {answer.status_code}"
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
