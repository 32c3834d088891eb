"""Revocations: no revoked token becomes valid again, and memory stays bounded."""

from dataclasses import dataclass

from services.realtime.admission.revocations import Revocations
from services.realtime.close_codes import REVOKED, TOKEN_EXPIRED
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import check_group
from services.shared.stream_token import MAX_TOKEN_SECONDS, SKEW_SECONDS, StreamClaims

NOW = 1_800_000_000.0


@dataclass(slots=True)
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


def revocation(
    user: str | None = None, group: str | None = None, at: float = NOW, **ways: bool
) -> Revocation:
    return Revocation(user=user, group=check_group(group) if group else None, at=at, **ways)


def claims(user: str = "1", group: str = "chat_7", issued: float = NOW - 1) -> StreamClaims:
    return StreamClaims(user, check_group(group), issued, issued + 900)


def revoked(*revocations: Revocation) -> Revocations:
    known = Revocations(clock=Clock())
    for each in revocations:
        known.add(each)
    return known


def test_it_reaches_those_that_it_names() -> None:
    everybody = [(who, where) for who in ("1", "2") for where in ("chat_7", "chat_8")]
    for user, group, refused in (
        ("1", None, {("1", "chat_7"), ("1", "chat_8")}),
        (None, "chat_7", {("1", "chat_7"), ("2", "chat_7")}),
        ("1", "chat_7", {("1", "chat_7")}),
        ("3", "chat_7", set()),
    ):
        known = revoked(revocation(user, group))
        assert {each for each in everybody if known.refuses(claims(*each))} == refused


def test_a_token_issued_later_is_good() -> None:
    known = revoked(revocation("1"))
    assert known.refuses(claims(issued=NOW))
    assert not known.refuses(claims(issued=NOW + 0.001))


def test_an_earlier_revocation_does_not_undo_a_later_one() -> None:
    known = revoked(revocation("1", at=NOW), revocation("1", at=NOW - 500))
    assert known.refuses(claims(issued=NOW))
    assert len(known) == 1


def test_who_may_come_back_is_not_refused() -> None:
    known = revoked(revocation("1", come_back=True))
    assert not known.refuses(claims())
    assert len(known) == 0


def test_who_renews_is_refused_until_the_order_has_come() -> None:
    """A check that ran beside the transaction began before the order was published."""
    known = Revocations(clock=Clock(NOW + 0.5))
    known.add(revocation("1", renew=True))
    known.add(revocation("2", renew=True), arrived=NOW + 0.2506)
    known.add(revocation("3", at=NOW + 0.3, renew=True), arrived=NOW + 0.25)
    known.add(revocation("4"))
    for user, last in (("1", 0.499), ("2", 0.249), ("3", 0.3), ("4", 0.0)):
        assert known.refuses(claims(user, issued=NOW + last)), user
        assert not known.refuses(claims(user, issued=NOW + last + 0.001)), user


def test_the_reason_is_that_of_the_revocation_that_reaches_further() -> None:
    final, renewal = revocation("1"), revocation("1", at=NOW - 9, renew=True)
    arrived_later, arrived_before = NOW + 9, NOW - 9
    for arrived, expected in ((arrived_later, TOKEN_EXPIRED), (arrived_before, REVOKED)):
        for final_first in (True, False):
            known = Revocations(clock=Clock())
            for each in (final, renewal) if final_first else (renewal, final):
                known.add(each, arrived)
            assert known.reason(claims()) == expected, (arrived, final_first)
    assert revoked().reason(claims()) is None


def test_a_clock_far_ahead_locks_nobody_out() -> None:
    for at in (NOW + SKEW_SECONDS + 1, 1e300):
        known = revoked(revocation("1", at=at))
        assert known.refuses(claims(issued=NOW + SKEW_SECONDS))
        assert not known.refuses(claims(issued=NOW + SKEW_SECONDS + 1))


def test_it_is_forgotten_once_no_token_of_its_time_lives() -> None:
    clock = Clock()
    known = Revocations(clock=clock)
    known.add(revocation("1"))
    clock.now = NOW + MAX_TOKEN_SECONDS
    known.add(revocation("2", at=clock.now))
    assert known.refuses(claims("1"))
    clock.now = NOW + MAX_TOKEN_SECONDS + SKEW_SECONDS
    known.add(revocation("3", at=clock.now))
    assert not known.refuses(claims("1"))
    assert len(known) == 2


def test_where_there_is_no_room_the_oldest_tokens_of_all_are_refused() -> None:
    known = Revocations(limit=10, clock=Clock())
    for number in range(25):
        known.add(revocation(str(number), at=NOW - 100 + number))
    assert len(known) == 10
    assert all(known.refuses(claims(str(number), issued=NOW - 100)) for number in range(25))
    assert known.refuses(claims("nobody", issued=NOW - 86))
    assert not known.refuses(claims("nobody", issued=NOW - 85))
    assert known.refuses(claims("24", issued=NOW - 76))
    assert not known.refuses(claims("24", issued=NOW - 75))
