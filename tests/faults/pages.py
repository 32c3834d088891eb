"""The open pages of a fault test: waiting for them, and the audit at the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

from tests.faults.audit import Tally, audit, has_come_to
from tests.faults.client import Client
from tests.faults.publisher import Load, Publisher
from tests.faults.report import line
from tests.support.figures import show
from tests.support.waiting import until

SETTLE_SECONDS = 60.0


@dataclass(slots=True)
class Pages:
    """Every page that was opened, and who publishes to them."""

    publisher: Publisher
    clients: list[Client] = field(default_factory=list)

    async def until_connected(self, clients: Sequence[Client], seconds: float = 60.0) -> None:
        """Wait until each of these pages has an open socket."""

        async def are_connected() -> bool:
            return all(client.visit is not None for client in clients)

        await until(are_connected, seconds=seconds)

    async def settle_after(self, load: Load) -> None:
        """End the load and `settle`."""
        await load.end()
        await self.settle()

    async def settle(self, seconds: float = SETTLE_SECONDS) -> None:
        """Wait until every page is up to date, if it is going to be, while nothing is published.

        Then one more is published to each group: what comes twice would come before it.
        """
        await self.until_up_to_date(seconds)
        for group in list(self.publisher.ledger.books):
            await self.publisher.publish(group)
        await self.until_up_to_date(seconds)

    async def until_up_to_date(self, seconds: float = SETTLE_SECONDS) -> None:
        """Wait until every page shows its group's last publication, or the time is over.

        No failure: the audit says what is missing.
        """

        async def are_up_to_date() -> bool:
            return all(
                has_come_to(client.record, self.publisher.ledger.books[client.visitor.group].head)
                for client in self.clients
            )

        try:
            await until(are_up_to_date, seconds=seconds)
        except AssertionError:
            return

    async def until_up_to_date_now(self, clients: Sequence[Client]) -> None:
        """Wait until these pages show what was published up to now, while more is published.

        What came later is none of their concern once they are closed.
        """
        heads = {group: book.head for group, book in self.publisher.ledger.books.items()}

        async def are_up_to_date() -> bool:
            return all(
                has_come_to(client.record, heads[client.visitor.group]) for client in clients
            )

        await until(are_up_to_date)
        for client in clients:
            client.record.closed = True

    def report(self, fault: str, **more: object) -> Tally:
        """Print what the audit found, and fail if anything was lost, doubled or out of order."""
        tally = self.tally()
        ended = self.endings().total()
        show(line(fault, self.publisher.ledger.published, tally, connections_ended=ended, **more))
        wrong = (
            tally.lost,
            tally.doubled,
            tally.repeated,
            tally.out_of_order,
            tally.misplaced,
        )
        assert not any(wrong), f"{fault}: {tally}, {self.endings()}"
        return tally

    def tally(self) -> Tally:
        """Audit every page."""
        audits = (
            audit(client.record, self.publisher.ledger.books[client.visitor.group])
            for client in self.clients
        )
        return reduce(add, audits, Tally())

    def endings(self) -> Counter[str]:
        """Count how the pages' connections ended."""
        return sum((client.endings for client in self.clients), Counter())
