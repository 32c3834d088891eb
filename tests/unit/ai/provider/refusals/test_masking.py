"""No secret of a connection is shown, however an endpoint repeats it."""

import base64
import json
from itertools import product
from urllib.parse import quote

from pydantic import SecretStr

from services.ai.provider.refusals.masking import LONGEST_WORDS, PART, Mask
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


def test_a_secret_is_shown_by_no_word() -> None:
    secrets = (KEY, HEADER, QUERY, "signature-of-the-url")
    echoes = ("wrong: {}", "<<{}>>", "{0} and {0}", "x{}x", "{}.", "\x1b[31m{}\x1b[0m")
    for secret, echo in product(secrets, echoes):
        for said in (secret, secret.upper(), secret.lower(), quote(secret, safe=""), secret[:-3]):
            shown = MASK.words(echo.format(said)).lower()
            assert "***" in shown, (echo, said)
            assert not [part for part in parts(secret.lower()) if part in shown], (echo, said)


def test_no_eight_characters_of_a_secret_in_json_are_shown() -> None:
    said = json.dumps({"headers": {"authorization": f"Bearer {KEY}"}, "q": [QUERY, HEADER]})
    shown = MASK.words(said)
    assert not [part for secret in (KEY, QUERY, HEADER) for part in parts(secret) if part in shown]


def test_the_words_around_it_stay() -> None:
    assert MASK.words(f"The key {KEY} is wrong.") == "The key *** is wrong."
    assert MASK.words("The api-version 2024-10-21 is not supported.") == (
        "The api-version 2024-10-21 is not supported."
    )
    assert MASK.words("https://b.test says no") == "https://b.test says no"


def test_a_short_key_is_hidden_as_a_word_and_not_within_others() -> None:
    for key in ("demo7", "ollama1"):
        mask = Mask([key])
        assert mask.words(f"{key} is no key: {key}!") == "*** is no key: ***!"
        assert mask.words(f"natter-{key} and {key}s") == f"natter-{key} and {key}s"


PLACEHOLDERS = ["none", "x", "", "ollama", "lm-studio", "dummy", "model", "EMPTY", "Bearer ollama"]


def test_a_placeholder_hides_nothing() -> None:
    for key in PLACEHOLDERS:
        said = f"none of x: {key}, lm-studio and the model at http://ollama:11434"
        assert Mask([key]).words(said) == said


def test_names_that_are_written_openly_are_not_hidden() -> None:
    cases = [
        ("ollama", "http://ollama:11434/v1"),
        ("lm-studio", "http://lm-studio:1234/v1"),
        ("openrouter-key", "https://openrouter.ai/api/v1"),
        ("my-api-key-for-localhost", "http://localhost:8080/v1"),
        ("openrouter1", "https://openrouter1.example/v1"),
        ("vllm-server-8000", "http://vllm-server-8000:8000/v1"),
        ("demo7", "http://demo7/v1"),
    ]
    for key, base_url in cases:
        settings = ConnectionSettings(base_url=base_url, api_key=SecretStr(key), model=f"a/{key}")
        mask = Mask.of(settings, f"{key} there")
        assert mask.address(base_url) == base_url
        assert mask.name(f"a/{key}") == f"a/{key}"
        assert mask.name(f"{key} there") == f"{key} there"


def test_a_long_word_is_a_key() -> None:
    assert Mask(["correcthorse"]).words("not correcthorse") == "not ***"


def test_a_key_of_words_hides_none_of_them_alone() -> None:
    mask = Mask(["sk-no-key-required", "local-placeholder-2"])
    said = "A model is required; no placeholder for the local key 2."
    assert mask.words(said) == said
    assert mask.words("got no-key-required") == "got ***"


OPEN_HEADERS = {
    "X-Title": "Natter for 2 teams",
    "HTTP-Referer": "https://chat1.example",
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "thinking-2025-01-01",
    "Accept": "text/event-stream2",
    "X-Model": "llama-3.3-70b",
    "OpenAI-Beta": "assistants=v2",
}


def test_headers_and_parameters_with_open_names_are_no_secrets() -> None:
    query = {"api_version": "2024-10-21", "api-version": "2024-10-22", "model": "gpt-4o-mini"}
    settings = ConnectionSettings.model_validate({"headers": OPEN_HEADERS, "query": query})
    mask = Mask.of(settings)
    for value in (*OPEN_HEADERS.values(), *query.values()):
        assert mask.words(f"Not {value}!") == f"Not {value}!"


def test_any_other_header_is_a_secret() -> None:
    for name in ("Authorization", "X-Api-Key", "Cookie", "X-Session", "X-Unknown"):
        settings = ConnectionSettings.model_validate({"headers": {name: "Zq7xWm2LpV9t"}})
        assert Mask.of(settings).words("Not Zq7xWm2LpV9t!") == "Not ***!", name


OPAQUE = "Zq7xWm2LpV9tKd4RsB8n"
PIECES = (OPAQUE[:7], OPAQUE[7:14], OPAQUE[14:])
BROKEN = {
    "white space": " ".join(PIECES),
    "hyphens": "-".join(PIECES),
    "single characters": " ".join(OPAQUE),
    "lines": "\n".join(PIECES),
    "tags": "<b>" + "</b><b>".join(PIECES) + "</b>",
    "quotes": "', '".join(PIECES),
    "percent-encoded": "".join(f"%{ord(char):02X}" for char in OPAQUE),
    "escaped": "".join(f"\\u{ord(char):04x}" for char in OPAQUE),
    "full width": "".join(chr(ord(char) + 0xFEE0) for char in OPAQUE),
    "a scheme": "Bearer " + " ".join(PIECES),
}


def test_a_key_that_is_broken_or_escaped_is_hidden() -> None:
    for name, written in BROKEN.items():
        shown = Mask([f"Bearer {OPAQUE}"]).words(f"I got {written} and it is wrong.")
        before, after = shown.split("***")
        assert before.startswith("I got "), name
        assert after.endswith(" and it is wrong."), name
        rests = (*PIECES, "5A", "005a", "Z", "8", "\uff3a")
        assert not [piece for piece in rests if piece in shown], name


def test_a_key_is_hidden_in_base64() -> None:
    for sent in (b":Pa55-wOrd_x9", b"Pa55-wOrd_x9"):
        encoded = base64.b64encode(sent).decode().rstrip("=")
        assert Mask(["Pa55-wOrd_x9"]).words(f"not {encoded}!") == "not ***!"


def test_a_password_is_hidden_as_it_was_before_it_was_encoded() -> None:
    sent = base64.b64encode(b"alice:hunter2").decode()
    mask = Mask([f"Basic {sent}"])
    assert mask.words("no alice:hunter2 here") == "no *** here"
    assert mask.words("The password hunter2 of alice") == "The password *** of alice"


def test_words_are_bounded_and_on_one_line() -> None:
    shown = MASK.words("a\n" * 5_000)
    assert len(shown) == LONGEST_WORDS
    assert shown.endswith("…")
    assert shown.isprintable()


def test_a_secret_at_the_cut_is_not_shown_in_part() -> None:
    for before in range(LONGEST_WORDS - len(KEY) - 2, LONGEST_WORDS + 1):
        shown = MASK.words("a" * before + " " + KEY)
        assert not [part for part in parts(KEY) if part in shown]


def test_an_address_has_neither_password_nor_query() -> None:
    assert MASK.address("http://user:pass@host:1/v1/x?key=1#f") == "http://host:1/v1/x"
    assert KEY not in MASK.address(f"http://host/{KEY}/v1")
    assert MASK.address("http://[::1]:11434/v1") == "http://[::1]:11434/v1"


def test_a_basic_key_is_hidden_as_it_is_sent() -> None:
    sent = base64.b64encode(b"user:password-of-mine").decode()
    settings = ConnectionSettings.model_validate({"headers": {"Authorization": f"Basic {sent}"}})
    assert sent not in Mask.of(settings).words(f"cannot take {sent}")
