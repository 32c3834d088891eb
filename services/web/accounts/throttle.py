"""Slows down those who guess: so many sign-ins for a name, and from an address.

(NIST SP 800-63B-4, section 3.2.2: far fewer than 100 consecutive failures for one account.)
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from services.shared.process.client_address import limited_address
from services.web.db.pool import Connection
from services.web.errors import TooManyRequestsError
from services.web.limits.model import Rate
from services.web.limits.queries import give_back, take
from services.web.limits.words import wait_in_words

BY_NAME: Final = Rate(count=30, seconds=3600, burst=10)
BY_ADDRESS: Final = Rate(count=240, seconds=3600, burst=30)
NEW_ACCOUNTS: Final = Rate(count=20, seconds=3600, burst=10)
"""Accounts that one address tries to make."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in as `name` from `address`, or a look at the password of who is signed in.

    Strangers who guess a name's password do not keep its owner from changing it.
    """

    name: str
    address: str
    is_own: bool = False

    @property
    def rates(self) -> tuple[tuple[str, Rate], ...]:
        """The keys that count it, in the order in which they are taken."""
        # A hash has one length, and tells nothing if somebody types the password as a name.
        name = sha256(self.name.encode()).hexdigest()
        return (
            (f"sign-in address {limited_address(self.address)}", BY_ADDRESS),
            (f"sign-in {'own' if self.is_own else 'name'} {name}", BY_NAME),
        )


async def count_attempt(db: Connection, attempt: Attempt) -> None:
    """Count an attempt; raises `TooManyRequestsError` after too many that failed."""
    for key, rate in attempt.rates:
        await _take(db, key, rate, "Too many attempts to sign in.")


async def forgive(db: Connection, attempt: Attempt) -> None:
    """Count an attempt that was right no more."""
    for key, rate in attempt.rates:
        await give_back(db, key, rate)


async def count_new_account(db: Connection, address: str) -> None:
    """Count an account that somebody tries to make; raises `TooManyRequestsError`."""
    key = f"sign-up address {limited_address(address)}"
    await _take(db, key, NEW_ACCOUNTS, "Too many accounts from this address.")


async def _take(db: Connection, key: str, rate: Rate, fault: str) -> None:
    seconds = await take(db, key, rate)
    if seconds is not None:
        message = f"{fault} Try again in {wait_in_words(seconds)}."
        raise TooManyRequestsError(message, seconds=seconds)
