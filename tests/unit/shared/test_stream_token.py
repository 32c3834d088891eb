"""Stream tokens: only a valid token for this audience, signed with a current key, is accepted."""

import base64
import hashlib
import hmac
import json
import time
from itertools import product

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.bus.subjects import check_group
from services.shared.stream_token import (
    MAX_TOKEN_SECONDS,
    SKEW_SECONDS,
    StreamKeys,
    StreamTokenError,
)
from tests.support.tokens import KEYS, SECRET, signed, token_for

GROUP = check_group("chat_7")
OTHER_SECRET = "another-key-of-the-tests-0123456789abcd"
NOW = 1_800_000_000


def at(now: float, *secrets: str) -> StreamKeys:
    return StreamKeys(secrets or [SECRET], clock=lambda: now)


def claims(**changes: object) -> dict[str, object]:
    stated = {"sub": "1", "group": "chat_7", "aud": "turbo-stream", "iat": NOW, "exp": NOW + 60}
    return {name: value for name, value in (stated | changes).items() if value is not None}


def by_hand(header: object, payload: object, secret: str = SECRET) -> str:
    """Sign with HMAC-SHA256, whatever the header says."""
    parts = [_segment(json.dumps(part).encode()) for part in (header, payload)]
    signature = hmac.digest(secret.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _segment(signature)])


def refused(token: str, keys: StreamKeys | None = None) -> str:
    """Return the reason, which must quote nothing of the token."""
    with pytest.raises(StreamTokenError) as refusal:
        (keys or at(NOW)).verify(token)
    said = str(refusal.value)
    assert not any(part in said for part in token.split(".") if len(part) > 3)
    assert not any(word in said for word in ("chat_7", "mallory", SECRET))
    return said


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_minted_token_states_its_claims() -> None:
    stated = at(NOW + 59).verify(at(NOW + 0.7).mint("ann@example.org", GROUP, seconds=60))
    assert (stated.user, stated.group) == ("ann@example.org", "chat_7")
    assert (stated.issued, stated.expires) == (NOW + 0.7, NOW + 60)


def test_it_was_issued_when_the_check_of_its_user_began_in_whole_milliseconds() -> None:
    for issued in (NOW - 3, NOW - 1.5, NOW - 0.0001, NOW + 0.9999):
        for seconds in (60, MAX_TOKEN_SECONDS):
            token = at(NOW).mint("1", GROUP, seconds=seconds, issued=issued)
            stated = at(NOW).verify(token)
            assert issued - 0.001 < stated.issued <= issued
            assert stated.issued * 1000 == round(stated.issued * 1000)
            assert seconds - 1 < stated.expires - stated.issued <= seconds


def test_the_clock_of_the_machine_is_used_by_default() -> None:
    stated = KEYS.verify(token_for("chat_7", seconds=5))
    assert abs(stated.issued - time.time()) < 60


def test_a_stock_library_mints_the_same_without_naming_a_key() -> None:
    stated = at(NOW).verify(signed(claims(jti="more", aud=["turbo-stream", "else"])))
    assert (stated.user, stated.group, stated.expires) == ("1", "chat_7", NOW + 60)


def test_a_stock_library_reads_a_minted_token() -> None:
    token = KEYS.mint("1", GROUP, seconds=60)
    read = jwt.decode(token, SECRET, algorithms=["HS256"], audience="turbo-stream")
    assert sorted(read) == ["aud", "exp", "group", "iat", "sub"]
    assert jwt.get_unverified_header(token).keys() == {"alg", "kid", "typ"}


def test_keys_are_rotated_without_a_gap() -> None:
    old, both, new = at(NOW, SECRET), at(NOW, OTHER_SECRET, SECRET), at(NOW, OTHER_SECRET)
    before, after = (keys.mint("1", GROUP, seconds=60) for keys in (old, both))
    assert both.verify(before) == both.verify(after)
    assert new.verify(after).user == "1"
    assert "key" in refused(before, new)
    assert "key" in refused(after, old)


def test_a_key_is_found_by_trying_where_none_is_named() -> None:
    token = signed(claims(), SECRET)
    assert at(NOW, OTHER_SECRET, SECRET).verify(token).user == "1"
    assert "key" in refused(token, at(NOW, OTHER_SECRET))


def test_an_unknown_key_admits_nobody() -> None:
    for unknown in ("", "ffffffff", "../../etc/passwd", "x" * 500):
        refused(signed(claims(), headers={"kid": unknown}))
    for malformed in (7, None, ["a"], {"a": 1}):
        refused(by_hand({"alg": "HS256", "kid": malformed}, claims()))


def test_a_token_without_a_signature_is_refused() -> None:
    unsigned = jwt.encode(claims(), "", algorithm="none")
    refused(unsigned)
    head, payload, _ = at(NOW).mint("1", GROUP, seconds=60).split(".")
    for token in (f"{head}.{payload}.", f"{head}.{payload}", f"{head}..", ".."):
        refused(token)


def test_no_other_algorithm_is_accepted() -> None:
    named = {"kid": jwt.get_unverified_header(token_for("chat_7"))["kid"]}
    others = ["none", "None", "RS256", "ES256", "EdDSA", "HS384", "HS512", "hs256", "", 7, None]
    for algorithm in others:
        for key in ({}, named):
            refused(by_hand({"alg": algorithm, "typ": "JWT", **key}, claims()))


def test_a_header_that_demands_more_is_refused() -> None:
    headers: list[object] = [
        [],
        "HS256",
        {},
        {"alg": "HS256", "crit": ["exp"], "exp": 1},
        {"alg": "HS256", "b64": False, "crit": ["b64"]},
        {"alg": "HS256", "crit": []},
    ]
    for header in headers:
        refused(by_hand(header, claims()))


def test_changing_one_character_anywhere_is_enough() -> None:
    token = at(NOW).mint("mallory", GROUP, seconds=60)
    # The last character of a segment may hold bits that stand for nothing.
    for place in range(len(token) - 1):
        changed = "A" if token[place] != "A" else "B"
        forged = token[:place] + changed + token[place + 1 :]
        try:
            stated = at(NOW).verify(forged)
        except StreamTokenError:
            continue
        pytest.fail(f"{stated} from a change at {place}")


def test_claims_cannot_be_exchanged_between_tokens() -> None:
    mine, other = (at(NOW).mint("1", check_group(name), seconds=60) for name in ("a_1", "a_2"))
    head, _, signature = mine.split(".")
    refused(f"{head}.{other.split('.')[1]}.{signature}")


def test_it_expires_to_the_second() -> None:
    token = at(NOW).mint("1", GROUP, seconds=60)
    assert at(NOW + 59.9).verify(token).expires == NOW + 60
    assert "expired" in refused(token, at(NOW + 60))
    assert "expired" in refused(signed(claims(exp=-1)))


def test_a_clock_that_is_a_little_ahead_does_no_harm() -> None:
    token = at(NOW + SKEW_SECONDS).mint("1", GROUP, seconds=60)
    assert at(NOW).verify(token).issued == NOW + SKEW_SECONDS
    assert "not valid yet" in refused(token, at(NOW - 1))
    later = signed(claims(nbf=NOW + SKEW_SECONDS + 1))
    assert "not valid yet" in refused(later)


def test_a_token_for_another_audience_is_refused() -> None:
    audiences: list[object] = ["turbo", "", "turbo-stream ", [], ["web"]]
    for audience in audiences:
        assert "something else" in refused(signed(claims(aud=audience)))


def test_nothing_lives_longer_than_a_day() -> None:
    assert at(NOW).verify(signed(claims(exp=NOW + MAX_TOKEN_SECONDS))).user == "1"
    for times in ({"exp": NOW + MAX_TOKEN_SECONDS + 1}, {"iat": 0}, {"exp": 1e300}):
        assert "too long" in refused(signed(claims(**times)))


def test_nothing_is_minted_for_longer_or_for_no_time() -> None:
    for seconds in (0, -1, MAX_TOKEN_SECONDS + 1):
        with pytest.raises(ValueError, match="lives 1 to"):
            at(NOW).mint("1", GROUP, seconds=seconds)


def test_a_malformed_group_is_refused() -> None:
    long = "chat_" + "1" * 99
    for group in ("*", ">", "a.b", "chat_*", "chat_7.>", "", "../x", "chat_1\r\n", long):
        refused(signed(claims(group=group)))


def test_a_user_is_a_short_plain_word() -> None:
    for user in ("", " ", "a b", "a\nb", "é", "x" * 129):
        refused(by_hand({"alg": "HS256"}, claims(sub=user)))
        with pytest.raises(ValueError, match="sub"):
            at(NOW).mint(user, GROUP, seconds=60)


def test_claims_of_another_type_are_refused() -> None:
    values: list[object] = [None, 7, "7", True, [7], {"a": 1}, float("nan")]
    for claim, value in product(["sub", "group", "aud", "iat", "exp"], values):
        if (claim, value) == ("sub", "7") or (claim in {"iat", "exp"} and value == 7):
            continue  # these are valid
        refused(by_hand({"alg": "HS256"}, claims() | {claim: value}))
    for payload in values[:4]:
        refused(by_hand({"alg": "HS256"}, [payload]))
        refused(by_hand({"alg": "HS256"}, payload))


def test_a_huge_token_is_not_parsed() -> None:
    assert "not readable" in refused(signed(claims(more="x" * 5_000)))
    assert "not readable" in refused("x" * 100_000)
    deep = _segment(b"[" * 1_400)
    refused(f"{deep}.{deep}.{deep}")


@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")))
def test_garbage_is_refused(garbage: str) -> None:
    with pytest.raises(StreamTokenError):
        KEYS.verify(garbage)


def test_a_short_key_is_refused_and_no_key_is_shown() -> None:
    short: list[list[str]] = [[], ["short"], [SECRET, "x" * 31]]
    for secrets in short:
        with pytest.raises(ValueError, match="32 characters") as refusal:
            StreamKeys(secrets)
        assert "short" not in str(refusal.value)
    assert SECRET not in f"{KEYS} {KEYS!r}"
