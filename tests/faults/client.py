"""An auditing client: behaves as the browser's element does, and takes down what it shows."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from services.shared.bus.position import Cursor
from tests.faults.audit import Record, View
from tests.faults.visitors import Visitor
from tests.faults.web import Web
from tests.support.chatting.backoff import Backoff, is_final
from tests.support.chatting.handshake import RefusedError, Request
from tests.support.chatting.visit import REWOUND, Visit
from tests.support.chatting.websocket import ABNORMAL, open_socket
from tests.support.tokens import token_for

_ELEMENT: Final = re.compile(
    rb'<turbo-stream data-cursor="([0-9a-f]{8}\.\d+)" action="(append|refresh)"'
    rb'(?: target="log"><template>(\S+) (\d+) *</template>| [^>]*>)</turbo-stream>'
)


@dataclass(eq=False, slots=True)
class Client:
    """One open page. `pick` names the gateway to go to, each time it connects."""

    visitor: Visitor
    web: Web
    pick: Callable[[], str]
    random: Random
    record: Record = field(default_factory=Record)
    endings: Counter[str] = field(default_factory=Counter)
    visit: Visit | None = None
    """The connection, while it is open."""
    epoch: str = ""
    sequence: int = 0

    async def run(self) -> None:
        """Open the page and follow its group, until a final close code or until cancelled."""
        backoff = Backoff(self.random)
        page = await self.web.render(self.visitor.group)
        self._begin_view(page.epoch, page.sequence, page.rows)
        async with asyncio.TaskGroup() as tasks:
            while True:
                visit = Visit(self, lambda: tasks.create_task(self.reload()))
                code, reason = await self._follow(visit)
                self.endings[f"{code} {reason.partition('=')[0]}".strip()] += 1
                if is_final(code):
                    return
                lasted = visit.lasted()
                rewound = (code, reason) == REWOUND
                pause = backoff.soon() if rewound else backoff.pause(code, reason, lasted)
                self.record.away_since(asyncio.get_running_loop().time())
                await asyncio.sleep(pause)

    def show(self, payload: bytes) -> bool:
        """Render one frame; return whether it asks for the page to be loaded again."""
        found = _ELEMENT.fullmatch(payload)
        assert found is not None, f"not what was published: {payload[:200]!r}"
        cursor = Cursor.parse(found[1].decode())
        if found[2] == b"refresh":
            self._begin_view(cursor.epoch, cursor.sequence, 0)
            self.record.loading += 1
            return True
        assert found[3].decode() == self.visitor.group, "another group's publication"
        if self.epoch == cursor.epoch and cursor.sequence <= self.sequence:
            self.record.repeated += 1
            return False
        self.epoch, self.sequence = cursor.epoch, cursor.sequence
        self.record.views[-1].received.append((cursor.sequence, int(found[4])))
        self.record.changed(asyncio.get_running_loop().time())
        return False

    def advance(self, payload: bytes) -> None:
        """Take a heartbeat, whose position says up to where everything has been sent."""
        cursor = Cursor.parse(payload.decode())
        if cursor.epoch == self.epoch:
            self.sequence = max(self.sequence, cursor.sequence)

    async def reload(self) -> None:
        """Load the page again; one that was rendered as of an earlier place goes back there."""
        page = await self.web.render(self.visitor.group)
        self.record.loading -= 1
        self.record.refreshes += 1
        if page.sequence >= self.sequence:
            self.record.views[-1].rows = page.rows
            return
        self._begin_view(page.epoch, page.sequence, page.rows)
        if self.visit is not None:
            self.visit.end(*REWOUND)

    def _begin_view(self, epoch: str, sequence: int, rows: int) -> None:
        self.epoch, self.sequence = epoch, sequence
        self.record.views.append(View(sequence, rows))
        self.record.changed(asyncio.get_running_loop().time())

    async def _follow(self, visit: Visit) -> tuple[int, str]:
        """Connect and listen until the connection ends; return why."""
        try:
            socket = await open_socket(self._request(), visit)
        except RefusedError as refused:
            return ABNORMAL, f"status {refused.status}"
        except OSError as error:
            return ABNORMAL, type(error).__name__
        self.visit = visit
        self.record.back(asyncio.get_running_loop().time())
        try:
            return await visit.outcome(socket, self.visitor.stale_seconds)
        finally:
            self.visit = None

    def _request(self) -> Request:
        group, user = self.visitor.group, self.visitor.user
        since = f"{self.epoch}.{self.sequence}" if self.epoch else "none"
        return Request(
            self.pick(),
            f"/ws/turbo_stream/{group}/?since={since}",
            ("turbo-stream.v1", f"t.{token_for(group, user)}"),
            self.visitor.source,
        )
