"""What NATS_URL may look like, and which user and password it tells."""

import pytest

from services.shared.bus.nats_url import inbox_prefix, login, servers

A, B = "nats://web:pw@a:4222", "nats://web:pw@b"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (A, [A]),
        (f"{A},{B}", [A, B]),
        (f" {A} ,\n {B},", [A, B]),
        (f",{A},,{A}", [A, A]),
        (
            "nats://web:pw@[::1]:4222,tls://web:pw@[::2]",
            ["nats://web:pw@[::1]:4222", "tls://web:pw@[::2]"],
        ),
        ("nats://web:p@w@a:4222/", ["nats://web:p@w@a:4222/"]),
    ],
)
def test_servers_stand_between_commas(url: str, expected: list[str]) -> None:
    assert servers(url) == expected
    assert inbox_prefix(url) == "_INBOX_web"


def test_who_has_no_login_logs_in_with_none() -> None:
    assert login("nats://a:4222", lambda: "") == {}
    assert inbox_prefix("nats://a:4222,nats://b:4222") == "_INBOX"


def test_an_address_that_cannot_be_read_any_more_has_no_password() -> None:
    """Another attempt follows, with what the address is by then."""
    urls = iter([f"{A},{B}", "nats://web:other@a:4222", "nats://web:half", ""])
    told = login(A, lambda: next(urls))
    assert told["user"] == "web"
    assert [told["password"]() for _ in range(4)] == ["pw", "other", "", ""]
