"""Nothing that a connection sends as a secret is told, however an endpoint repeats it."""

import base64
import json
from urllib.parse import quote

import pytest

from services.ai.provider.masking import LONGEST_WORDS, PART, Mask
from services.ai.provider.settings import ConnectionSettings

KEY = "Zq-known.Key_of/the+test=7"
HEADER = "hush-hush-header"
QUERY = "query-that-is-secret"
SETTINGS = ConnectionSettings.model_validate(
    {
        "base_url": "http://127.0.0.1:1/v1?sig=signature-of-the-url",
        "api_key": KEY,
        "headers": {"X-Secret": HEADER, "Proxy": f"Basic {HEADER}", "Referer": "https://a.example"},
        "query": {"code": QUERY, "api-version": "2024-10-21"},
    }
)
MASK = Mask.of(SETTINGS)


def parts(secret: str) -> list[str]:
    return [secret[i : i + PART] for i in range(len(secret) - PART + 1)]


@pytest.mark.parametrize("secret", [KEY, HEADER, QUERY, "signature-of-the-url"])
@pytest.mark.parametrize(
    "echo",
    [
        "wrong: {}",
        "<<{}>>",
        "{0} and {0}",
        "x{}x",
        "{}.",
        "\x1b[31m{}\x1b[0m",
    ],
)
def test_a_secret_is_told_by_no_word(secret: str, echo: str) -> None:
    for said in (secret, secret.upper(), secret.lower(), quote(secret, safe=""), secret[:-3]):
        told = MASK.words(echo.format(said)).lower()
        assert "***" in told
        assert not [part for part in parts(secret.lower()) if part in told]


def test_a_secret_in_a_list_of_characters_is_told_by_no_part_of_eight() -> None:
    said = json.dumps({"headers": {"authorization": f"Bearer {KEY}"}, "q": [QUERY, HEADER]})
    told = MASK.words(said)
    assert not [part for secret in (KEY, QUERY, HEADER) for part in parts(secret) if part in told]


def test_the_words_around_it_stay() -> None:
    assert MASK.words(f"The key {KEY} is wrong.") == "The key *** is wrong."
    assert MASK.words("The api-version 2024-10-21 is not supported.") == (
        "The api-version 2024-10-21 is not supported."
    )
    assert MASK.words("https://b.test says no") == "https://b.test says no"


@pytest.mark.parametrize("key", ["demo", "ollama"])
def test_a_short_key_is_hidden_as_a_word_and_not_within_others(key: str) -> None:
    mask = Mask([key])
    assert mask.words(f"{key} is no key: {key}!") == "*** is no key: ***!"
    assert mask.words(f"natter-{key} and {key}s") == f"natter-{key} and {key}s"


@pytest.mark.parametrize("key", ["none", "x", ""])
def test_a_placeholder_hides_nothing(key: str) -> None:
    assert Mask([key]).words("none of x") == "none of x"


def test_words_are_bounded_and_on_one_line() -> None:
    told = MASK.words("a\n" * 100_000)
    assert len(told) == LONGEST_WORDS
    assert told.endswith("…")
    assert told.isprintable()


def test_a_secret_at_the_cut_is_not_told_in_part() -> None:
    for before in range(LONGEST_WORDS - len(KEY) - 2, LONGEST_WORDS + 1):
        told = MASK.words("a" * before + " " + KEY)
        assert not [part for part in parts(KEY) if part in told]


def test_an_address_has_neither_password_nor_query() -> None:
    assert MASK.address("http://user:pass@host:1/v1/x?key=1#f") == "http://host:1/v1/x"
    assert KEY not in MASK.address(f"http://host/{KEY}/v1")
    assert MASK.address("http://[::1]:11434/v1") == "http://[::1]:11434/v1"


def test_a_basic_key_is_hidden_as_it_is_sent() -> None:
    sent = base64.b64encode(b"user:password-of-mine").decode()
    settings = ConnectionSettings.model_validate({"headers": {"Authorization": f"Basic {sent}"}})
    assert sent not in Mask.of(settings).words(f"cannot take {sent}")
