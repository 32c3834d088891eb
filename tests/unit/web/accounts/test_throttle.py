"""Which addresses count as one."""

import pytest

from services.web.accounts.throttle import subscriber


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:0DB8:1:2::1", "2001:db8:1:2::2"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_one_subscribers_addresses_are_one(one: str, other: str) -> None:
    assert subscriber(one) == subscriber(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("192.0.2.7", "192.0.2.8"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8"),
        ("", "127.0.0.1"),
    ],
)
def test_others_addresses_are_others(one: str, other: str) -> None:
    assert subscriber(one) != subscriber(other)


def test_what_is_no_address_has_a_key_of_bounded_length() -> None:
    assert len(subscriber("x" * 10_000)) == 64
