"""Passwords: which are accepted, and how they are counted and compared."""

import pytest

from services.web.accounts.password_rules import objection
from services.web.accounts.passwords import Passwords

GOOD = "seven lamps under a wet table"
# Each is one code point, and more bytes or UTF-16 units.
EMOJI = "😀🦀🌵🛶🎻🧩🪁🥁🧭🪆🛼🧶🪀🎷🧵"


async def fault(password: str, name: str = "ann", least_chars: int = 15) -> str | None:
    return await objection(password, name=name, least_chars=least_chars)


async def test_length_is_counted_in_code_points() -> None:
    assert await fault(EMOJI) is None
    assert await fault(EMOJI[1:]) == "A password has 15 characters or more; this one has 14."
    # A letter and its mark are one character, however they were typed.
    assert "this one has 14" in (await fault("e\u0301" * 14) or "")


async def test_a_thousand_characters_are_accepted_and_no_more() -> None:
    thousand = (GOOD * 40)[:1000]
    assert await fault(thousand) is None
    assert "at most; this one has 1,001" in (await fault(thousand + "x") or "")


@pytest.mark.parametrize("password", ["", " " * 30, "\0" * 30])
async def test_nothing_much_is_refused(password: str) -> None:
    assert await fault(password) is not None


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "123456789012345678",
        "qwertyuiopasdfghjkl",
        "aaaaaaaaaaaaaaaaaaaa",
        "annabel-the-second",
    ],
)
async def test_what_is_easy_to_guess_is_refused(password: str) -> None:
    assert "easy to guess" in (await fault(password, "annabel-the-second") or "")


async def test_four_megabytes_of_marks_are_refused_at_once() -> None:
    # Normalising them would take hours.
    marks = "a" + "\u0300\u0316" * 1_000_000
    assert "2,000,001" in (await fault(marks) or "")
    assert not await Passwords().verify(None, marks)


async def test_blanks_count_and_ways_to_write_a_letter_do_not() -> None:
    passwords = Passwords()
    stored = await passwords.hash(f"  {GOOD} é\0x")
    assert await passwords.verify(stored, f"  {GOOD} e\u0301\0x")
    assert not await passwords.verify(stored, f"{GOOD} é\0x")
    assert not await passwords.verify(stored, f"  {GOOD} é")


@pytest.mark.parametrize(
    "stored", ["", "x", "$argon2id$", "ünsinn", "$argon2id$v=19$m=8,t=1,p=1$$"]
)
@pytest.mark.parametrize("typed", ["", GOOD])
async def test_what_is_no_hash_is_nobodys_password(stored: str, typed: str) -> None:
    assert not await Passwords().verify(stored, typed)


@pytest.mark.parametrize("typed", ["", GOOD])
async def test_without_a_hash_no_password_is_right(typed: str) -> None:
    assert not await Passwords().verify(None, typed)
