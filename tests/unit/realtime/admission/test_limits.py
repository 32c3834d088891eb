"""Limits of sockets: exact, and without memory of who has left."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.realtime.admission.limits import Limit, LimitReachedError, Limits
from services.shared.process.client_address import limited_address


def refused(limits: Limits, user: str, address: str) -> Limit:
    with pytest.raises(LimitReachedError) as reached:
        limits.take(user, address)
    return reached.value.limit


def test_each_limit_is_met_exactly() -> None:
    limits = Limits(in_all=4, per_user=2, per_address=3)
    limits.take("1", "a")
    limits.take("1", "a")
    assert refused(limits, "1", "b") == "user"
    limits.take("2", "a")
    assert refused(limits, "3", "a") == "address"
    limits.take("3", "b")
    assert refused(limits, "4", "c") == "all"
    limits.release("1", "a")
    limits.take("1", "c")
    assert limits.open == 4


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("12345"), st.sampled_from("abcde"))), st.randoms())
def test_counts_return_to_nothing(visits: list[tuple[str, str]], chance: random.Random) -> None:
    limits = Limits(in_all=20, per_user=5, per_address=7)
    inside: list[tuple[str, str]] = []
    for user, address in visits:
        with suppress(LimitReachedError):
            limits.take(user, address)
            inside.append((user, address))
        assert limits.open == len(inside) <= 20
        assert all([user for user, _ in inside].count(user) <= 5 for user in "12345")
        assert all([place for _, place in inside].count(place) <= 7 for place in "abcde")
    chance.shuffle(inside)
    for user, address in inside:
        limits.release(user, address)
    assert (limits.open, limits.users) == (0, 0)


def test_a_place_cannot_be_given_back_twice() -> None:
    limits = Limits(in_all=2, per_user=2, per_address=2)
    limits.take("1", "a")
    limits.release("1", "a")
    with pytest.raises(KeyError):
        limits.release("1", "a")
    assert limits.open == 0


def test_a_subscribers_addresses_count_as_one() -> None:
    for host, counted_as in (
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:bbbb:0:0:9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("/run/gateway.sock", "/run/gateway.sock"),
        ("not:an:address", "not:an:address"),
        ("1::2::3", "1::2::3"),
        ("a:\x00", "a:\x00"),
        ("a:\ud800", "a:\ud800"),
    ):
        assert limited_address(host) == counted_as, host
