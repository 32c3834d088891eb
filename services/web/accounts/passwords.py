"""Hashes passwords and checks them, in threads of their own: either takes a tenth of a second."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from services.web.errors import BusyError

# Each takes 64 MiB while it works (RFC 9106, section 4, second recommended option).
THREADS: Final = 2
MOST_WAITING: Final = 50
# The time of normalising grows with the square of the length (a run of combining marks is sorted).
MOST_NORMALISED_CHARS: Final = 4000

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")


class Passwords:
    """Hashes and verifies passwords by argon2id; raises `BusyError` if too many wait for it."""

    def __init__(self) -> None:
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Return the hash of a password, with its parameters and salt."""
        return await self._run(lambda: _hasher.hash(normal_password(password)))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether `password` is the one of the hash; never without a hash."""
        normal = normal_password(password)
        is_right = await self._run(lambda: _verify(password_hash, normal))
        return is_right and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Return whether the hash was made with other parameters than today's."""
        return _hasher.check_needs_rehash(password_hash)

    async def _run[T](self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(_threads, work)
        finally:
            self._waiting -= 1


def normal_password(password: str) -> str:
    """Return a password as it is hashed: keyboards write one character in several ways.

    (NIST SP 800-63B-4, section 3.1.1.2.) What is too long for any password stays as it is.
    """
    if len(password) > MOST_NORMALISED_CHARS:
        return password
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys_hash() -> str:
    """Return the hash for unknown names: they take as long as a wrong password."""
    return _hasher.hash(secrets.token_hex())


def _verify(password_hash: str | None, password: str) -> bool:
    known = _nobodys_hash() if password_hash is None else password_hash
    try:
        return _hasher.verify(known, password)
    except (VerificationError, ValueError):  # a hash that is none is nobody's
        return False
