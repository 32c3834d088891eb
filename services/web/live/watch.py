"""Looks again and again at an answer that somebody waits for."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from pydantic import ValidationError

from services.shared.bus.answer_log import AnswerLogReader, LoggedAnswer
from services.shared.bus.connection import Bus
from services.shared.bus.errors import BusAwayError
from services.shared.process.logging import get_logger
from services.web.chats.model import ChatKey
from services.web.db.pool import Pool, connection
from services.web.errors import DatabaseAwayError
from services.web.live.reader import Reader
from services.web.messages.model import Message
from services.web.messages.open_answers import OpenAnswers
from services.web.messages.queries import get_message

# How often the row is read while the log does not say that the answer has ended.
ROW_SECONDS: Final = 1.0

log = get_logger("web.live")


@dataclass(slots=True)
class AnswerWatch:
    """One answer: its row, and the log in which it grows.

    While the bus or the database is away, it stands as it was seen last.
    """

    pool: Pool
    bus: Bus
    reader: Reader
    chat: ChatKey
    message: Message
    _log: AnswerLogReader = field(init=False)
    _logged: LoggedAnswer | None = field(default=None, init=False)
    _read_at: float = field(default=0.0, init=False)
    _can_read: bool = field(default=True, init=False)
    """Whether the log could be read last; only a change is logged."""

    def __post_init__(self) -> None:
        self._log = AnswerLogReader(self.bus, self.message.id)

    @property
    def logged(self) -> LoggedAnswer | None:
        """The log of the answer's present run, as far as other pages have it."""
        found = {} if self._logged is None else {self.message.id: self._logged}
        return OpenAnswers(logged=found).of(self.message)

    @property
    def text(self) -> str:
        """The text so far; all of it once the answer has ended."""
        return logged.text if (logged := self.logged) else self.message.content

    async def look(self) -> None:
        """See what is new.

        Raises `NotFoundError` if the chat is gone, `NotSignedInError` if the reader's session is.
        """
        await self.reader.look()
        await self._read_log()
        if self._is_row_due():
            await self._read_row()

    def _is_row_due(self) -> bool:
        logged = self._logged
        has_ended = logged is not None and (
            logged.result is not None or logged.run != self.message.run
        )
        return has_ended or monotonic() - self._read_at > ROW_SECONDS

    async def _read_log(self) -> None:
        try:
            self._logged = await self._log.read()
        except (BusAwayError, ValidationError) as error:
            if self._can_read:
                name = type(error).__name__
                log.warning("text_log_unread", message_id=self.message.id, error=name)
            self._can_read = False
        else:
            self._can_read = True

    async def _read_row(self) -> None:
        try:
            async with connection(self.pool) as db:
                self.message = await get_message(db, self.chat, self.message.id)
        except DatabaseAwayError:
            return  # the pool has logged it
        self._read_at = monotonic()
