"""Those who guess passwords: slowed down, told nothing, and nobody else waits for them."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from statistics import NormalDist, median

import httpx2
import pytest

from deploy.local.nats_server import NatsServer
from services.web.accounts.passwords import Passwords
from services.web.accounts.queries import set_disabled
from services.web.db.pool import Connection
from services.web.limits.model import Rate
from tests.integration.web.pages import running_web
from tests.support.accounts import PASSWORD, SETUP_CODE, browser, make_account, sign_in
from tests.support.http import BROWSER
from tests.support.stack import Web, web_settings
from tests.support.waiting import DEADLINE_SECONDS

WRONG = "not this one at all"
ROUNDS = 4
BURST = 4
# As the real ones, but that nothing comes free while a slow machine hashes.
RATES = {
    "BY_NAME": Rate(count=10, seconds=36_000, burst=BURST),
    "BY_ADDRESS": Rate(count=10, seconds=36_000, burst=2 * BURST),
    "NEW_ACCOUNTS": Rate(count=10, seconds=36_000, burst=BURST),
}


@pytest.fixture(autouse=True)
def rates(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, rate in RATES.items():
        monkeypatch.setattr(f"services.web.accounts.throttle.{name}", rate)


@asynccontextmanager
async def neighbour(address: str, own: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser on another machine, as far as the server sees: its address is `own`."""
    origin = f"http://{address}"
    async with httpx2.AsyncClient(
        base_url=origin,
        timeout=DEADLINE_SECONDS,
        headers={**BROWSER, "origin": origin},
        transport=httpx2.AsyncHTTPTransport(local_address=own),
    ) as client:
        yield client


async def statuses(attempts: Iterable[Awaitable[httpx2.Response]]) -> list[int]:
    return sorted([each.status_code for each in await asyncio.gather(*attempts)])


@pytest.mark.parametrize("name", ["ann", "nobody"])
async def test_a_name_is_slowed_exactly_across_replicas_and_for_whoever_asks(
    server: Web, database_url: str, nats_server: NatsServer, db: Connection, name: str
) -> None:
    await make_account(db, "ann", is_admin=True)
    await make_account(db, "bob")
    other_replica = web_settings(database_url, nats_server, single_user=False)
    async with (
        running_web(other_replica) as other,
        browser(server.address) as here,
        neighbour(other.address, "127.0.0.2") as there,
    ):
        # A right password is not counted, whenever it comes.
        assert (await sign_in(there, "ann")).status_code == 303
        attempts = [sign_in(client, name, WRONG) for client in [here, there] * BURST]
        found = await statuses(attempts)
        assert found == [422] * BURST + [429] * BURST
        slowed = await sign_in(here, name.upper(), PASSWORD, next="/chat/7/")
        assert slowed.status_code == 429
        assert 1 <= int(slowed.headers["retry-after"]) <= RATES["BY_NAME"].interval
        assert "Too many attempts to sign in." in slowed.text
        assert f'value="{name}"' in slowed.text
        assert 'value="/chat/7/"' in slowed.text
        assert PASSWORD not in slowed.text
        assert (await sign_in(there, "bob")).status_code == 303


async def test_an_address_is_slowed_and_no_other(server: Web, db: Connection) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as here, neighbour(server.address, "127.0.0.2") as there:
        guesses = [sign_in(here, f"name{n}", WRONG) for n in range(2 * BURST + 3)]
        found = await statuses(guesses)
        assert found == [422] * 2 * BURST + [429] * 3
        assert (await sign_in(here, "ann")).status_code == 429
        assert (await sign_in(there, "ann")).status_code == 303


async def test_what_costs_as_much_as_a_sign_in_is_slowed_too(server: Web) -> None:
    form = {"name": "eve", "password": PASSWORD}
    async with browser(server.address) as client:
        codes = [client.post("/setup/", data={"code": f"wrong {n}", **form}) for n in range(BURST)]
        assert set(await statuses(codes)) == {422}
        slowed = await client.post("/setup/", data={"code": SETUP_CODE, **form})
        assert slowed.status_code == 429
        assert SETUP_CODE in slowed.text
        # To judge this password takes a while, and a stranger has no more of it.
        weak = {"invitation": "t" * 43, "name": "eve", "password": "password" * 3}
        assert (await client.post("/sign-up/", data=weak)).status_code == 429


async def test_the_owner_too_is_slowed_on_the_page_of_the_account(
    server: Web, db: Connection
) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as client:
        await sign_in(client, "ann")
        for n in range(BURST):
            form = {"present": f"{WRONG} {n}", "new": "five other words nobody joins"}
            wrong = await client.post("/settings/account/password/", data=form)
            assert wrong.status_code == 422
        slowed = await client.post("/settings/account/delete/", data={"confirm": PASSWORD})
        assert slowed.status_code == 429
        assert int(slowed.headers["retry-after"]) >= 1
        assert (await client.get("/settings/account/")).status_code == 200


async def test_a_flood_is_refused_and_holds_nobody_up(
    server: Web, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.web.accounts.passwords.MOST_WAITING", 4)
    await make_account(db, "ann", is_admin=True)
    monkeypatch.setattr(
        "services.web.accounts.throttle.BY_ADDRESS", Rate(count=10, seconds=36_000, burst=99)
    )
    counted = "SELECT count(*) FROM rate_limits WHERE arrival > clock_timestamp()"
    async with browser(server.address) as client:
        others = 0
        async with asyncio.TaskGroup() as tasks:
            flood = [tasks.create_task(sign_in(client, f"ann{n}", WRONG)) for n in range(24)]
            while not all(each.done() for each in flood):
                assert (await client.get("/sign-up/")).status_code == 403
                others += 1
        answers = [each.result() for each in flood]
        found = sorted(answer.status_code for answer in answers)
        assert set(found) == {422, 503}
        # Passwords take a tenth of a second each; pages were served all the while.
        assert others > 1
        busy = next(answer for answer in answers if answer.status_code == 503)
        assert int(busy.headers["retry-after"]) >= 1
        assert "Too many people sign in" in busy.text
        # Nobody's password was looked at, so it is no attempt of theirs: the address and a name
        # for each that was.
        assert await db.fetchval(counted) == 1 + found.count(422)
        assert (await sign_in(client, "ann")).status_code == 303


async def test_the_time_tells_nothing(
    server: Web, db: Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await make_account(db, "ann", is_admin=True)
    await make_account(db, "eve")
    await set_disabled(db, name="eve", is_disabled=True)
    await db.execute("INSERT INTO accounts (name) VALUES ('local')")
    hashings = 0
    verify = Passwords.verify

    async def counted(self: Passwords, stored: str | None, password: str) -> bool:
        nonlocal hashings
        hashings += 1
        return await verify(self, stored, password)

    monkeypatch.setattr(Passwords, "verify", counted)
    cases = {  # the first is what the others are compared with
        "wrong password": ("ann", WRONG),
        "unknown name": ("nobody", WRONG),
        "disabled": ("eve", WRONG),
        "disabled, right password": ("eve", PASSWORD),
        "without a password": ("local", WRONG),
    }
    seconds: dict[str, list[float]] = {case: [] for case in cases}
    clock = asyncio.get_running_loop().time
    async with browser(server.address) as client:
        for _ in range(ROUNDS):
            for case, (name, password) in cases.items():
                before, begun = hashings, clock()
                answer = await sign_in(client, name, password)
                seconds[case].append(clock() - begun)
                assert answer.status_code == 422
                assert hashings == before + 1
                await db.execute("TRUNCATE rate_limits")
    with capsys.disabled():
        known = seconds["wrong password"]
        for case, times in seconds.items():
            line = f"{case}: {median(times) * 1000:.1f} ms, p = {rank_test(known, times):.2f}"
            sys.stdout.write(f"{line}\n")


def rank_test(some: list[float], others: list[float]) -> float:
    """The probability of ranks that differ as much by chance (Mann-Whitney, two-sided)."""
    wins = sum((one > other) + (one == other) / 2 for one in some for other in others)
    n, m = len(some), len(others)
    deviation = (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * (1 - NormalDist().cdf(abs(wins - n * m / 2) / deviation))


async def test_what_a_stranger_sends_costs_little_to_read(server: Web) -> None:
    async with browser(server.address) as client:
        for path in ("/sign-in/", "/sign-up/", "/setup/"):
            large = await client.post(path, data={"name": "%" * 40_000})
            assert large.status_code == 413, path
        # A password of a thousand characters is none too large, in whatever alphabet.
        longest = await sign_in(client, "ann", "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 1000)
        assert longest.status_code == 422


async def test_strangers_do_not_keep_an_owner_from_the_own_password(
    server: Web, db: Connection
) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as ann, browser(server.address) as eve:
        await sign_in(ann, "ann")
        guesses = [await sign_in(eve, "ann", "a guess that is wrong") for _ in range(11)]
        assert guesses[-1].status_code == 429
        data = {"present": PASSWORD, "new": "five other words nobody joins"}
        assert (await ann.post("/settings/account/password/", data=data)).status_code == 303
