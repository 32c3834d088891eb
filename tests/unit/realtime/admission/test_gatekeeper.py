"""Admission of one request, without a server: the checks, their order and their answers."""

from collections.abc import Mapping, Sequence

import pytest
from pydantic import SecretStr, ValidationError
from starlette.requests import HTTPConnection

from services.realtime.admission.gatekeeper import Admission, AdmissionDeniedError, Gatekeeper
from services.realtime.admission.limits import Limits
from services.realtime.admission.revocations import Revocations
from services.realtime.settings import RealtimeSettings
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import check_group
from services.shared.stream_token import StreamKeys
from tests.support.tokens import KEYS, STREAM_KEYS, token_for

ORIGIN = "https://chat.example"
HOST = "live.example:8001"
NOW = 1_800_000_000.0
OTHER_KEYS = StreamKeys(["another-key-of-the-tests-0123456789abcd"])


class Gate:
    """A gatekeeper with its limits and revocations."""

    def __init__(
        self, *origins: str, in_all: int = 9, per_user: int = 9, per_address: int = 9
    ) -> None:
        settings = RealtimeSettings(
            nats_url=SecretStr("nats://nowhere"), stream_keys=STREAM_KEYS, allowed_origins=origins
        )
        self.limits = Limits(in_all=in_all, per_user=per_user, per_address=per_address)
        self.revocations = Revocations()
        self.keeper = Gatekeeper(settings, KEYS, self.limits, self.revocations)

    def admit(self, request: HTTPConnection) -> Admission:
        return self.keeper.admit(request)

    def refuse(self, request: HTTPConnection) -> AdmissionDeniedError:
        before = self.limits.open
        with pytest.raises(AdmissionDeniedError) as refusal:
            self.keeper.admit(request)
        assert self.limits.open == before
        assert "eyJ" not in refusal.value.reason
        return refusal.value


def asking(
    group: str = "chat_7",
    *,
    tokens: Sequence[str] | None = None,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    host: str | None = "192.0.2.7",
) -> HTTPConnection:
    offered = [token_for(group)] if tokens is None else tokens
    sent = {"host": HOST, **(headers or {})}
    return HTTPConnection(
        {
            "type": "websocket",
            "path_params": {"group": group},
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "client": None if host is None else (host, 40_000),
            "subprotocols": ["turbo-stream.v1", *(f"t.{token}" for token in offered)],
        }
    )


def from_page(origin: str, group: str = "chat_7") -> HTTPConnection:
    return asking(group, headers={"origin": origin})


def test_a_good_token_is_a_place() -> None:
    gate = Gate()
    token = token_for("chat_7")
    admission = gate.admit(asking(tokens=[token]))
    stated = KEYS.verify(token)
    assert (admission.group, admission.user, admission.address) == ("chat_7", "1", "192.0.2.7")
    assert (admission.issued, admission.expires) == (stated.issued, stated.expires)
    assert gate.limits.open == 1
    gate.keeper.release(admission)
    assert gate.limits.open == 0


def test_a_token_may_come_in_the_query() -> None:
    request = asking(tokens=[], query=f"since=0f3a99c1.1&token={token_for('chat_7', '2')}")
    assert Gate().admit(request).user == "2"


def test_pages_of_the_listed_origins_may_listen_and_no_others() -> None:
    gate = Gate(ORIGIN)
    assert gate.admit(from_page(ORIGIN)).group == "chat_7"
    for origin in (f"http://{HOST}", "null", "", ORIGIN.upper(), f"{ORIGIN}:443", f"{ORIGIN}.evil"):
        assert gate.refuse(from_page(origin)).status == 403


def test_an_origin_may_be_listed_as_people_write_it() -> None:
    for written in (
        "HTTPS://App.Example",
        "https://app.example/",
        "https://app.example:443",
        " https://app.example",
    ):
        assert Gate(written).admit(from_page("https://app.example")).group == "chat_7", written
    for written in ("http://app.example:80", "http://app.example"):
        gate = Gate(written)
        assert gate.admit(from_page("http://app.example")).group == "chat_7", written
        assert gate.refuse(from_page("https://app.example")).status == 403, written
    for written in ("", "*", "app.example", "https://", "https://app.example/a", "https://u@a.b"):
        with pytest.raises(ValidationError, match="an origin"):
            Gate(written)


def test_where_none_is_listed_pages_of_the_same_host_may_listen() -> None:
    gate = Gate()
    for origin in (f"http://{HOST}", f"https://{HOST}"):
        assert gate.admit(from_page(origin)).group == "chat_7"
    for origin in ("http://live.example", ORIGIN, "null", f"ws://{HOST}"):
        assert gate.refuse(from_page(origin)).status == 403


def test_faults_are_answered_in_one_order() -> None:
    """Each request has all the faults of those that follow; the first is answered."""
    gate = Gate(per_user=1)
    gate.admit(asking())
    gate.revocations.add(Revocation(group=check_group("chat_8"), at=NOW))
    bad, other = ["x"], [token_for("chat_9")]
    foreign = {"origin": "https://evil.example"}
    assert gate.refuse(asking("*", tokens=bad, headers=foreign)).status == 403
    assert gate.refuse(asking("*", tokens=bad)).status == 404
    assert gate.refuse(asking("chat_8", tokens=bad)).status == 401
    assert "another group" in gate.refuse(asking("chat_8", tokens=other)).reason
    assert "revoked" in gate.refuse(asking("chat_8")).reason
    assert gate.refuse(asking()).status == 429


def test_a_name_that_is_no_group_is_not_found() -> None:
    for group in ("*", ">", "a.b", "", "%2A", "../x", "chat_1\r\n", "x" * 10_000):
        refusal = Gate().refuse(asking(group))
        assert refusal.status == 404, group
        assert len(refusal.reason) < 200, group


def test_a_bad_token_is_unauthorized() -> None:
    stranger = OTHER_KEYS.mint("1", check_group("chat_7"), seconds=60)
    for token in ("", "x", "a.b.c", "t." * 50, stranger):
        for request in (asking(tokens=[token]), asking(tokens=[], query=f"token={token}")):
            refusal = Gate().refuse(request)
            assert refusal.status == 401, token
            assert refusal.headers["www-authenticate"].startswith("Bearer")


def test_an_expired_token_is_unauthorized() -> None:
    old = StreamKeys([STREAM_KEYS[0].get_secret_value()], clock=lambda: NOW - 1e8)
    refusal = Gate().refuse(asking(tokens=[old.mint("1", check_group("chat_7"), seconds=60)]))
    assert (refusal.status, refusal.reason) == (401, "the token has expired")


def test_what_is_asked_twice_is_refused() -> None:
    for query in ("token=a&token=b", "since=1&since=1", "since=&since=", "a=1&since=1&since=2"):
        assert Gate().refuse(asking(tokens=[], query=query)).status == 400, query
    good = token_for("chat_7")
    for request in (asking(tokens=[good, good]), asking(tokens=[good], query=f"token={good}")):
        assert Gate().refuse(request).status == 400


def test_what_was_revoked_on_the_way_in_is_noticed() -> None:
    gate = Gate()
    admission = gate.admit(asking())
    gate.keeper.check_again(admission)
    gate.revocations.add(Revocation(user="1", at=admission.issued))
    with pytest.raises(AdmissionDeniedError, match="revoked"):
        gate.keeper.check_again(admission)
    gate.keeper.release(admission)
    assert gate.limits.open == 0


def test_each_limit_has_its_answer() -> None:
    for limit, status, said in (
        ("per_user", 429, "user"),
        ("per_address", 429, "address"),
        ("in_all", 503, "full"),
    ):
        gate = Gate(**{limit: 1})
        first = gate.admit(asking())
        refusal = gate.refuse(asking())
        assert (refusal.status, said in refusal.reason) == (status, True), limit
        assert int(refusal.headers["retry-after"]) > 0
        gate.keeper.release(first)
        assert gate.admit(asking()).group == "chat_7", limit


def test_an_ipv6_subscriber_is_one_address() -> None:
    gate = Gate(per_address=1)
    gate.admit(asking(host="2001:db8::1"))
    assert gate.refuse(asking(host="2001:db8::2")).status == 429
    assert gate.admit(asking(host="2001:db8:0:1::1")).group == "chat_7"


def test_a_client_without_an_address_is_counted_too() -> None:
    gate = Gate(per_address=1)
    gate.admit(asking(host=None))
    assert gate.refuse(asking(host=None)).status == 429
