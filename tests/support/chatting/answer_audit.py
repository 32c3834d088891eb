"""Audits answers: in the database, on the pages, and against the endpoint's words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from services.shared.pages.message_view import message_element
from tests.support.chatting.chat import Chat
from tests.support.chatting.reader import ChatPage, fetch_page, messages_of
from tests.support.elements import parse
from tests.support.rendered import plain, without_colours
from tests.support.waiting import until

SETTLE_SECONDS: Final = 20.0
AROUND: Final = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was sent, the id of its answer and what the endpoint says to it."""

    chat: Chat
    answer: int
    expected: str


@dataclass(slots=True)
class Findings:
    """The result of an audit: one sentence for each fault."""

    answers: int = 0
    characters: int = 0
    faults: list[str] = field(default_factory=list)
    not_found: int = 0
    """Streams whose target was not on the page; browsers pass over them."""
    reloads: int = 0

    def check(self) -> None:
        """Fail where anything is wrong."""
        assert not self.faults, f"{len(self.faults)} faults:\n" + "\n".join(self.faults)


async def audit_answers(
    asked: Iterable[Asked],
    pages: Sequence[ChatPage],
    compared: Callable[[str], str] = without_colours,
) -> Findings:
    """Compare ended answers with the endpoint's words, and pages with fresh ones.

    `compared` takes from the HTML of a page's messages what must be equal.
    """
    findings = Findings()
    for each in asked:
        await _audit_stored(each, findings)
    for page in pages:
        await audit_page(page, findings, compared)
    return findings


async def audit_page(
    page: ChatPage, findings: Findings, compared: Callable[[str], str] = without_colours
) -> None:
    """Compare what a page shows, once it is up to date, with a fresh rendering.

    A page may have been loaded when there were older messages, which it does not show.
    """
    fresh = shown = ""

    async def is_equal() -> bool:
        nonlocal fresh, shown
        whole, messages = await _fetch_messages(page), page.messages()
        fresh, shown = "".join(whole[-len(messages) :]), "".join(messages)
        return compared(fresh) == compared(shown) and not page.loading

    try:
        await until(is_equal, seconds=SETTLE_SECONDS)
    except AssertionError:
        findings.faults.append(f"page of chat {page.chat}: {difference(shown, fresh)}")
    if page.document.doubled:
        findings.faults.append(f"chat {page.chat}: ids twice: {sorted(page.document.doubled)}")
    findings.not_found += page.document.missing.total()
    findings.reloads += page.reloads


async def _fetch_messages(page: ChatPage) -> list[str]:
    """Fetch all messages that the chat shows, part by part from the newest."""
    messages: list[str] = []
    query = ""
    while True:
        document = await fetch_page(page.http, page.chat, query)
        messages[:0] = messages_of(document, page.chat)
        older = document.by_id.get("older")
        if older is None:
            return messages
        query = f"?{urlsplit(older.attributes['src']).query}"


async def _audit_stored(asked: Asked, findings: Findings) -> None:
    stored = await asked.chat.message(asked.answer)
    findings.answers += 1
    findings.characters += len(stored.content)
    if stored.status != "complete":
        findings.faults.append(f"message {stored.id} is {stored.status} ({stored.error})")
    elif stored.content != asked.expected:
        found = difference(stored.content, asked.expected)
        findings.faults.append(f"text of message {stored.id}: {found}")
    fresh = await fetch_page(asked.chat.http, asked.chat.number, f"?around={stored.id}")
    element = fresh.by_id.get(f"{message_element(stored.id)}_done")
    shown = without_colours(element.inner_html()) if element else ""
    canonical = parse(plain(stored.content, id_prefix=message_element(stored.id))).inner_html()
    if shown != canonical:
        found = difference(shown, canonical)
        findings.faults.append(f"rendering of message {stored.id}: {found}")


def difference(found: str, expected: str) -> str:
    """Quote the first place where two texts part."""
    same = 0
    while same < min(len(found), len(expected)) and found[same] == expected[same]:
        same += 1
    start = max(0, same - AROUND)
    return (
        f"{len(found)} characters instead of {len(expected)}; at {same}"
        f" {found[start : same + AROUND]!r} instead of {expected[start : same + AROUND]!r}"
    )
