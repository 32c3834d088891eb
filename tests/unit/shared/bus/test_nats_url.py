"""NATS_URL: the servers that it names, and the user and password for all of them."""

import pytest

from services.shared.bus.nats_url import inbox_prefix, login, servers

A, B = "nats://web:pw@a:4222", "nats://web:pw@b"


def test_servers_are_written_between_commas() -> None:
    for url, expected in (
        (A, [A]),
        (f"{A},{B}", [A, B]),
        (f" {A} ,\n {B},", [A, B]),
        (f",{A},,{A}", [A, A]),
        (
            "nats://web:pw@[::1]:1,tls://web:pw@[::2]",
            ["nats://web:pw@[::1]:1", "tls://web:pw@[::2]"],
        ),
        ("nats://web:p@w@a:4222/", ["nats://web:p@w@a:4222/"]),
    ):
        assert (servers(url), inbox_prefix(url)) == (expected, "_INBOX_web"), url


def test_servers_with_several_logins_are_refused() -> None:
    with pytest.raises(ValueError, match="one user and one password") as refused:
        servers("nats://web:one@127.0.0.1:1,nats://web:other@127.0.0.1:2")
    assert "other" not in str(refused.value)


def test_a_url_without_a_login_uses_none() -> None:
    assert login("nats://a:4222", lambda: "") == {}
    assert inbox_prefix("nats://a:4222,nats://b:4222") == "_INBOX"


def test_a_url_that_has_become_malformed_has_no_password() -> None:
    """nats-py tries again, with the URL at that time."""
    urls = iter([f"{A},{B}", "nats://web:other@a:4222", "nats://web:half", ""])
    arguments = login(A, lambda: next(urls))
    assert arguments["user"] == "web"
    assert [arguments["password"]() for _ in range(4)] == ["pw", "other", "", ""]
