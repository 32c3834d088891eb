"""What web insists on being told, in the words of the environment."""

import pytest

from services.web.settings import WebSettings, http_address, origin

GOOD = "a-good-key-0123456789abcdefghijklmnop"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1/natter")
    monkeypatch.setenv("NATS_URL", "nats://web:secret@127.0.0.1:4222")
    monkeypatch.setenv("NATTER_STREAM_KEYS", f'["{GOOD}"]')


def complaint() -> str:
    with pytest.raises(SystemExit) as ended:
        WebSettings.load()
    return str(ended.value)


def test_keys_are_read_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATTER_STREAM_KEYS", f'["{GOOD}", "{GOOD[::-1]}"]')
    settings = WebSettings.load()
    assert [key.get_secret_value() for key in settings.stream_keys] == [GOOD, GOOD[::-1]]
    assert settings.stream_token_seconds == 900
    assert "a-good-key" not in repr(settings)


KEYS = {
    "": "NATTER_STREAM_KEYS",
    '[""]': "a key has 32 characters or more, such as `openssl rand -hex 32` makes",
    GOOD: "JSON",
    **dict.fromkeys(("[]", f'["{GOOD}", "short"]', '["short"]', "[7]", "{}"), ""),
}


def test_a_missing_or_short_key_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for keys, expected in KEYS.items():
        monkeypatch.setenv("NATTER_STREAM_KEYS", keys)
        said = complaint()
        assert "NATTER_STREAM_KEYS" in said, keys
        assert expected in said, keys
        assert "short" not in said.replace("shorter", ""), keys
        assert GOOD not in said, keys


@pytest.mark.parametrize("seconds", ["59", "86401", "soon"])
def test_a_token_lives_a_minute_to_a_day(monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    monkeypatch.setenv("NATTER_WEB_STREAM_TOKEN_SECONDS", seconds)
    assert "NATTER_WEB_STREAM_TOKEN_SECONDS" in complaint()


@pytest.mark.parametrize(
    ("websocket", "http"),
    [
        ("ws://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("wss://a.example", "https://a.example"),
        ("wss://a.example/ws", "https://a.example/ws"),
        ("/ws", "/ws"),
        ("", ""),
    ],
)
def test_a_gateway_has_an_address_for_event_streams(websocket: str, http: str) -> None:
    assert http_address(websocket) == http


def test_a_base_path_is_the_root_unless_it_is_written_well(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (WebSettings.load().base_path, WebSettings.load().realtime_url) == ("", None)
    monkeypatch.setenv("NATTER_WEB_BASE_PATH", "/natter/")
    assert WebSettings.load().base_path == "/natter"
    monkeypatch.setenv("NATTER_WEB_BASE_PATH", "natter")
    assert "NATTER_WEB_BASE_PATH: " in complaint()
    assert "a base path is written as `/natter`" in complaint()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("wss://live.example.org", "wss://live.example.org"),
        ("wss://live.example.org/", "wss://live.example.org"),
        ("wss://example.org/natter", "wss://example.org/natter"),
        ("ws://127.0.0.1:8001/a/b/", "ws://127.0.0.1:8001/a/b"),
    ],
)
def test_a_gateway_may_have_a_path(
    monkeypatch: pytest.MonkeyPatch, written: str, meant: str
) -> None:
    monkeypatch.setenv("NATTER_WEB_REALTIME_URL", written)
    assert WebSettings.load().realtime_url == meant


@pytest.mark.parametrize(
    "written",
    [
        *("https://example.org", "example.org", "/natter", "wss://", "wss:///natter"),
        *("wss://example.org/..", "wss://example.org/natter?a", "wss://example.org#a"),
        *("wss://a.example;script-src", "wss://a.example 'unsafe-inline'", "wss://a.example/;a"),
    ],
)
def test_what_is_no_gateway_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("NATTER_WEB_REALTIME_URL", written)
    assert "NATTER_WEB_REALTIME_URL: " in complaint()


@pytest.mark.parametrize("address", ["wss://a.example", "wss://a.example/b", "wss://a.example/b/c"])
def test_an_origin_has_no_path(address: str) -> None:
    assert origin(address) == "wss://a.example"


@pytest.mark.parametrize("count", ["0", "2", "4", "7", "three"])
def test_streams_have_one_copy_or_three_or_five(
    monkeypatch: pytest.MonkeyPatch, count: str
) -> None:
    assert WebSettings.load().stream_replicas == 1
    for good in (1, 3, 5):
        monkeypatch.setenv("NATTER_WEB_STREAM_REPLICAS", str(good))
        assert WebSettings.load().stream_replicas == good
    monkeypatch.setenv("NATTER_WEB_STREAM_REPLICAS", count)
    assert "NATTER_WEB_STREAM_REPLICAS: must be " in complaint()


def test_several_servers_of_nats_have_one_login(monkeypatch: pytest.MonkeyPatch) -> None:
    several = "nats://web:secret@a:4222, nats://web:secret@b:4222"
    monkeypatch.setenv("NATS_URL", several)
    assert WebSettings.load().nats_url.get_secret_value() == several
    monkeypatch.setenv("NATS_URL", "nats://web:secret@a:4222,nats://web:other@b:4222")
    said = complaint()
    assert "NATS_URL: the servers of NATS_URL have one user and one password" in said
    assert "secret" not in said
    assert "other" not in said
