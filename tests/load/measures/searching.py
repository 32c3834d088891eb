"""Search over a hundred thousand messages, and PostgreSQL's scan for the same words as its peer."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import quote_plus

from tests.load.browsing.asking import Asker, asking
from tests.load.browsing.chromium import browse
from tests.load.browsing.words import WORDS, Prose
from tests.load.crowd import CrowdError
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender
from tests.support.site import Site, running_site
from tests.support.stored_chats import StoredChat, StoredTurn, store_chats

_CHATS: Final = 1_000
_TURNS: Final = 50
_TIMES: Final = 7
_SCANS: Final = 3
_MILLI: Final = 1e3
_RESULT: Final = re.compile(r'class="result"')
_PHRASE: Final = "the lighthouse keeper"
# What people look for, each text to be found; the last is in no message.
QUERIES: Final[Mapping[str, Sequence[str]]] = {
    "frequent": [WORDS[0]],
    "rare": [WORDS[-1]],
    "pair": [WORDS[40], WORDS[300]],
    "part": ["ighthou"],
    "short": ["th"],
    "phrase": [_PHRASE],
    "nothing": ["qqxxqqxx"],
}
_SCAN: Final = """
SELECT id, chat_id, left(content, 200) FROM messages
WHERE content ILIKE ALL ($1) ORDER BY id DESC LIMIT 20
"""


def measure_searching(_contender: Contender, folder: Path) -> Findings:
    """Return milliseconds from request to last byte, by what is looked for, and of the scan."""
    return browse(_measure(folder))


async def _measure(folder: Path) -> Findings:
    async with running_site(folder) as site:
        began = time.perf_counter()
        await store_chats(site.db, site.account_id, [*_chats()])
        filled = time.perf_counter() - began
        # As autovacuum leaves it.
        await site.db.execute("VACUUM ANALYZE messages")
        await site.db.execute("VACUUM ANALYZE chats")
        with asking(site.url) as asker:
            ours = {name: _search(asker, name, texts) for name, texts in QUERIES.items()}
        scans = {name: await _scan(site, texts) for name, texts in QUERIES.items()}
        return {
            **{f"search_{name}": ms for name, ms in ours.items()},
            "search_slowest": max(ours.values()),
            "search_scan": max(scans.values()),
            "search_scan_fastest": min(scans.values()),
            "search_stored": _CHATS * _TURNS * 2 / filled,
        }


def _chats() -> Iterator[StoredChat]:
    newest = datetime.now(UTC)
    prose = Prose(7)
    for number in range(_CHATS):
        turns = [_turn(prose, number, turn) for turn in range(_TURNS)]
        title = " ".join(prose.words(4)).capitalize()
        yield StoredChat(title=title, turns=turns, at=newest - timedelta(hours=number))


def _turn(prose: Prose, chat: int, number: int) -> StoredTurn:
    answer = f"{prose.paragraph(4)}\n\n{prose.paragraph(3)}"
    if chat % 100 == number == 0:
        answer += f" This is {_PHRASE}. {WORDS[-1]}."
    return StoredTurn(question=prose.sentence(), answer=answer)


def _search(asker: Asker, name: str, texts: Sequence[str]) -> float:
    quoted = (f'"{text}"' if " " in text else text for text in texts)
    path = f"/search/?q={quote_plus(' '.join(quoted))}"
    pages = [asker.get(path) for _ in range(_TIMES)]
    if bool(_RESULT.search(pages[0].html)) == (name == "nothing"):
        raise CrowdError(f"searching for {texts} found what is not there, or not what is")
    return median(page.ms for page in pages)


async def _scan(site: Site, texts: Sequence[str]) -> float:
    spent = []
    for _ in range(_SCANS):
        began = time.perf_counter()
        await site.db.fetch(_SCAN, [f"%{text}%" for text in texts])
        spent.append((time.perf_counter() - began) * _MILLI)
    return median(spent)
