"""Names of accounts: which ones there are, and which are one person's."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.web.accounts.names import is_name, normal_name

ONE_PERSON = [
    ("Alice", "alice"),
    ("  alice ", "alice"),
    ("\N{FULLWIDTH LATIN SMALL LETTER A}lice", "alice"),
    ("STRASSE", "Straße"),
    ("Zoe\u0308", "Zoë"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
]
NAMES = ["a", "7", "ann.b_c-d+e@example.org", "İsmail", "สมศรี", "कृष्ण", "محمد", "x" * 64]
NO_NAMES = {
    "empty": "",
    "blanks": " \t\n",
    "a blank inside": "ann b",
    "the single user's": "LOCAL",
    "too long": "x" * 65,
    "too long when it is normalised": "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 4,
    "NUL": "ann\0",
    "a mark first": "\u0308ann",
    "a sign first": "-ann",
    "a change of direction": "ann\N{RIGHT-TO-LEFT OVERRIDE}bob",
    "a joiner": "ann\N{ZERO WIDTH JOINER}",
    "SQL": "ann'--",
    "markup": "<b>",
    "a line": "ann\r\nset-cookie:x",
}


@pytest.mark.parametrize(("one", "other"), ONE_PERSON)
def test_spellings_of_one_name_are_one_persons(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other)


def test_i_and_the_dotless_i_are_two_peoples() -> None:
    assert normal_name("I") == "i" != normal_name("\N{LATIN SMALL LETTER DOTLESS I}")


@pytest.mark.parametrize("name", NAMES)
def test_people_of_all_scripts_have_names(name: str) -> None:
    assert is_name(normal_name(name))


@pytest.mark.parametrize("text", NO_NAMES.values(), ids=NO_NAMES.keys())
def test_what_is_no_name_is_refused(text: str) -> None:
    assert not is_name(normal_name(text))


@given(st.text(st.characters(categories=["L", "M", "N"]), min_size=1, max_size=20))
def test_a_stored_name_typed_again_is_the_same(text: str) -> None:
    stored = normal_name(text)
    assume(is_name(stored))
    assert normal_name(stored) == stored


def test_four_megabytes_of_marks_are_refused_at_once() -> None:
    # Normalising them would take hours.
    marks = "a" + "\u0300\u0316" * 1_000_000
    assert not is_name(normal_name(marks))
