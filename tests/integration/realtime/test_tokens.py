"""Stream tokens at a real gateway: bad ones are refused each way, and revoked ones from then on."""

import time

from websockets.asyncio.client import connect

from services.shared.bus.connection import Bus
from services.shared.bus.subjects import check_group
from services.shared.stream_token import StreamKeys
from tests.support.asking import (
    LISTENS,
    ask_each_way,
    ask_events,
    ask_socket,
    refused_each_way,
)
from tests.support.sockets import element, publish
from tests.support.tokens import forged, minted_at, signed, token_for

GROUP = check_group("chat_1")
STRANGER = StreamKeys(["a-key-of-somebody-else-0123456789abcdef"])
REVOKED = 4503
KICKED = 4011


def stated(**changes: object) -> dict[str, object]:
    now = int(time.time())
    claims = {"sub": "1", "group": GROUP, "aud": "turbo-stream", "iat": now, "exp": now + 60}
    return claims | changes


async def test_a_good_token_is_let_in_each_way(gateway: str) -> None:
    for answer in await ask_each_way(gateway, "chat_1", token_for("chat_1")):
        assert answer.status == LISTENS
    for answer in await ask_each_way(gateway, "chat_1", signed(stated())):
        assert answer.status == LISTENS


async def test_a_stock_socket_with_its_token_in_the_query_listens(
    gateway: str, web_bus: Bus
) -> None:
    url = f"ws://{gateway}/ws/turbo_stream/chat_1/?token={token_for('chat_1')}"
    async with connect(url, proxy=None) as socket:
        assert socket.subprotocol is None
        await publish(web_bus, "chat_1", element("hello"))
        frame = await socket.recv()
    assert isinstance(frame, str)
    assert frame.startswith('<turbo-stream data-cursor="')


async def test_the_token_is_never_selected_as_the_subprotocol(gateway: str) -> None:
    url, token = f"ws://{gateway}/ws/turbo_stream/chat_1/", token_for("chat_1")
    async with connect(url, proxy=None, subprotocols=[f"t.{token}"]) as socket:  # type: ignore[list-item]  # a NewType of str
        assert socket.subprotocol is None
        assert token not in str(socket.response)


BAD: list[tuple[str, str]] = [
    (forged("chat_1"), "not signed"),
    (STRANGER.mint("1", GROUP, seconds=60), "not signed"),
    (minted_at("chat_1", time.time() - 100), "expired"),
    (minted_at("chat_1", time.time() + 3600), "not valid yet"),
    (signed(stated(aud="web")), "something else"),
    (signed(stated(exp=4_000_000_000)), "too long"),
    (signed(stated(group="*")), "claims"),
    (signed(stated(sub=1)), "claims"),
    ("x", "not readable"),
    ("a.b.c", "not readable"),
    ("x" * 3000, "not readable"),
]


async def test_a_bad_token_is_unauthorized(gateway: str) -> None:
    for token, reason in BAD:
        answer = await refused_each_way(gateway, "chat_1", token)
        assert answer.status == 401, reason
        assert reason in answer.reason
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_without_a_token_one_is_told_how_to_bring_it(gateway: str) -> None:
    for answer in (await ask_socket(gateway, "chat_1"), await ask_events(gateway, "chat_1")):
        assert (answer.status, "t.<token>" in answer.reason) == (401, True)


async def test_the_token_of_another_group_is_forbidden(gateway: str) -> None:
    answer = await refused_each_way(gateway, "chat_1", token_for("chat_11"))
    assert (answer.status, answer.reason) == (403, "the token is for another group\n")


async def test_what_is_asked_twice_is_refused(gateway: str) -> None:
    good = token_for("chat_1")
    answers = [
        await ask_socket(gateway, "chat_1", good, token_for("chat_1", "2")),
        await ask_socket(gateway, "chat_1", good, query=f"?token={good}"),
        await ask_socket(gateway, "chat_1", query=f"?token={good}&token={good}"),
        await ask_socket(gateway, "chat_1", good, query="?since=1&since=2"),
        await ask_events(gateway, "chat_1", query=f"?token={good}&token=bad"),
        await ask_events(gateway, "chat_1", query=f"?token={good}&since=&since="),
    ]
    assert [answer.status for answer in answers] == [400] * len(answers)
