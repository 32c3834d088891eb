"""The Caddyfile by itself: valid, in Caddy's own style, its numbers in step with the services'."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.realtime import sse_endpoint
from services.realtime.settings import RealtimeSettings
from services.shared.process.serving import KEEP_ALIVE_SECONDS
from services.shared.stream_token import MAX_TOKEN_SECONDS
from services.web.middleware.deadlines import BODY_SECONDS, TAKE_SECONDS, UNREAD_BYTES
from services.web.settings import WebSettings
from tests.support.caddy import CADDYFILE, run_caddy

NANOSECONDS = 1_000_000_000
ADDRESSES = ["", ":8080", "chat.example.org", "chat.example.org, www.chat.example.org"]


@pytest.fixture(scope="module")
def adapted() -> Any:
    return json.loads(run_caddy("adapt", "--adapter", "caddyfile", "--config", str(CADDYFILE)))


def parts(tree: Any, key: str) -> Iterator[Any]:
    """Find every value of `key`, however deep."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name == key:
                yield value
            yield from parts(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from parts(value, key)


def upstream(adapted: Any, name: str) -> Any:
    (found,) = (
        handler
        for handlers in parts(adapted, "handle")
        for handler in handlers
        if handler.get("dynamic_upstreams", {}).get("name") == name
    )
    return found


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("base_path", ["", "/", "/natter", "/a/b.c/"])
@pytest.mark.parametrize("trusted", ["", "10.0.0.0/8 fd00::/8"])
def test_it_is_valid(tmp_path_factory: Any, address: str, base_path: str, trusted: str) -> None:
    told = {"NATTER_SITE_ADDRESS": address} if address else {}
    run_caddy(
        *("validate", "--adapter", "caddyfile", "--config", str(CADDYFILE)),
        NATTER_WEB_BASE_PATH=base_path,
        NATTER_TRUSTED_PROXIES=trusted,
        XDG_DATA_HOME=str(tmp_path_factory.getbasetemp()),
        **told,
    )


def test_it_is_written_in_its_own_style() -> None:
    assert run_caddy("fmt", str(CADDYFILE)) == CADDYFILE.read_text()


def test_it_finds_the_services_where_they_listen(adapted: Any) -> None:
    for name, settings in (("web", WebSettings), ("realtime", RealtimeSettings)):
        port = settings.model_fields["port"].default
        assert upstream(adapted, name)["dynamic_upstreams"]["port"] == str(port)


def test_web_keeps_a_connection_longer_than_the_proxy_does(adapted: Any) -> None:
    for name in ("web", "realtime"):
        kept = upstream(adapted, name)["transport"]["keep_alive"]["idle_timeout"]
        assert 0 < kept < KEEP_ALIVE_SECONDS * NANOSECONDS


def test_a_slow_sender_is_answered_by_web(adapted: Any) -> None:
    (silence,) = parts(adapted, "read_idle_timeout")
    assert silence > BODY_SECONDS * NANOSECONDS


def test_a_slow_reader_has_as_long_as_the_services_give_it(adapted: Any) -> None:
    (silence,) = parts(adapted, "write_idle_timeout")
    assert silence >= max(TAKE_SECONDS, sse_endpoint.WRITE_SECONDS) * NANOSECONDS


def test_a_body_may_be_as_large_as_web_reads_it(adapted: Any) -> None:
    assert list(parts(adapted, "max_size")) == [UNREAD_BYTES]


def test_no_limit_is_set_that_cuts_streams(adapted: Any) -> None:
    """A token ends its stream before the proxy does."""
    for limit in ("read_timeout", "write_timeout", "write_min_rate"):
        assert list(parts(adapted["apps"]["http"], limit)) == []
    longest = MAX_TOKEN_SECONDS * NANOSECONDS
    for limit in ("grace_period", "stream_timeout", "stream_close_delay"):
        (value,) = parts(adapted, limit)
        assert value > longest
