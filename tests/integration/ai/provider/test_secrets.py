"""Keys and headers go to their endpoint and appear nowhere else, whatever it answers."""

import gc
import json
import logging
import traceback
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from services.ai.provider.errors import EndpointError
from services.ai.provider.settings import ConnectionSettings, Timeouts
from tests.support.provider import HEADER, KEY, ask, connected, connected_to
from tests.support.scripted import Reply, ScriptedEndpoint, chunk, event, refusal
from tests.support.wire import OK, Behaviour, closing, in_chunks, measured, running_wire

ECHO = f"Incorrect API key provided: {KEY}, {HEADER}."
ECHOES = {
    "wrapped": refusal(
        401, {"error": {"message": ECHO, "code": ECHO, "type": ECHO, "param": ECHO}}
    ),
    "page": refusal(400, f"<p>{ECHO}</p>".encode()),
    "plain": refusal(500, ECHO.encode(), retry_after=f"0.01 {KEY}", x_should_retry="false"),
    "in 200": Reply((json.dumps({"error": ECHO}).encode(),)),
    "in the stream": Reply(
        (chunk("Hi"), event(json.dumps({"error": {"message": ECHO, "code": ECHO}}).encode()))
    ),
    "as an event": Reply((f"event: error\ndata: {ECHO}\n\n".encode(),)),
    "no JSON": Reply((chunk("Hi"), event(ECHO.encode()))),
    "cut": Reply((chunk("Hi"),), cuts=True),
    "a part": refusal(401, {"error": {"message": f"No: {KEY[:-4]}***, {HEADER[3:]}"}}),
    "capitals": refusal(401, {"detail": [{"loc": [KEY.upper()], "msg": HEADER.upper()}]}),
    "no message": refusal(400, {KEY: {"request": {"authorization": f"Bearer {KEY}"}}, "h": HEADER}),
    "a page in 200": Reply((f"<title>{KEY}</title><p>{HEADER}<!-- {KEY} -->".encode(),)),
    "routed": refusal(400, {"error": {"message": "m", "metadata": {"raw": ECHO}}}),
    "silent": Reply(stalls=True),
    "redirected": Reply(status=307, headers={"location": f"http://localhost:1/{KEY}"}),
}


# No eight characters of them in a row are shown, in small letters or capitals.
HIDDEN = {secret[i : i + 8] for secret in (KEY, HEADER) for i in range(len(secret) - 7)}


def told(error: EndpointError) -> Iterator[str]:
    """Yield everything that a log could hold of an error."""
    yield from (repr(error), str(error), error.diagnosis, error.said, repr(vars(error)))
    yield from traceback.format_exception(error)
    cause = error.__cause__ or error.__context__
    assert cause is None, f"{cause!r} goes along"


async def test_the_key_and_the_headers_are_shown_by_no_error(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    for name, reply in ECHOES.items():
        script = ScriptedEndpoint(reply, pages={"/v1/models": reply})
        timeouts = Timeouts(idle=1.0 if name == "silent" else 60.0)
        async with connected(script, timeouts, headers={"X-Secret": HEADER}) as connection:
            got = await ask(connection)
            said = [*told(got.fault), repr(connection), repr(connection.settings), str(got.pieces)]
            if name != "silent":
                with pytest.raises(EndpointError) as raised:
                    await connection.knowledge.listing.get()
                said += [repr(raised.value), *traceback.format_exception(raised.value)]
        captured = capfd.readouterr()
        said += [caplog.text, captured.out, captured.err]
        assert script.asked[0].headers["x-secret"] == HEADER
        assert not [text for text in said if any(part in text.lower() for part in HIDDEN)], name


SPOKEN = f"{KEY} {HEADER}".encode()
WIRED: dict[str, bytes | Behaviour] = {
    "no head": closing(b""),
    "no HTTP": SPOKEN + b"\r\n\r\n",
    "long header": OK + b"x: " + SPOKEN * 1000 + b"\r\n\r\n",
    "odd header": OK + SPOKEN + b"\r\n\r\n",
    "odd chunk": in_chunks(chunk("Hi"))[:-5] + SPOKEN + b"\r\n",
    "odd coding": measured(SPOKEN, head=OK + b"content-encoding: gzip\r\n"),
    "too short": closing(OK + b"content-length: 900\r\n\r\n" + SPOKEN),
    "cookie": measured(SPOKEN, head=OK + b"set-cookie: " + SPOKEN + b"\r\n"),
}


async def test_the_key_is_shown_by_no_fault_on_the_wire(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    said: list[str] = []
    for reply in WIRED.values():
        async with (
            running_wire(reply) as endpoint,
            connected_to(endpoint.base_url, headers={"X-Secret": HEADER}) as connection,
        ):
            got = await ask(connection)
        assert KEY.encode() in endpoint.asked[0]
        said += [*told(got.fault), str(got.pieces)]
    # An exception that nobody has retrieved is logged when it is collected.
    gc.collect()
    captured = capfd.readouterr()
    said += [caplog.text, captured.out, captured.err]
    assert not [text for text in said if KEY in text or HEADER in text]


async def test_the_key_is_shown_by_no_error_without_an_endpoint() -> None:
    async with connected_to("http://127.0.0.1:1/v1") as connection:
        got = await ask(connection)
    assert got.fault.error_class == "unreachable"
    assert not [text for text in told(got.fault) if KEY in text]


def test_settings_that_cannot_be_sent_are_refused_without_being_repeated() -> None:
    cases: list[dict[str, object]] = [
        {"api_key": f"{KEY}\n{KEY}"},
        {"api_key": f"{KEY}ü"},
        {"headers": {"X": f"{KEY}\x00"}},
        {"headers": {f"{KEY}:": "x"}},
        {"base_url": f"http://user:{KEY}@127.0.0.1/v1"},
        {"base_url": f"ftp://127.0.0.1/{KEY}"},
        {"base_url": KEY},
        {"takeover": KEY},
    ]
    for wrong in cases:
        with pytest.raises(ValidationError) as raised:
            ConnectionSettings.model_validate(wrong)
        assert KEY not in str(raised.value)
