"""HTTP responses: cuts make no difference, the end is known, and nothing grows without limit."""

import asyncio
from itertools import pairwise

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ai.provider.http_response import LONGEST_HEAD, HttpResponse
from tests.support.waiting import DEADLINE_SECONDS

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4 \r\ndefg\r\n0\r\n\r\n"
MEASURED = HEAD + b"content-length: 7\r\n\r\nabcdefg"
ANNOUNCED = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + MEASURED
OPEN = HEAD + b"\r\nabcdefg"
OPEN_BY_NAME = HEAD + b"transfer-encoding: identity\r\n\r\nabcdefg"
TWOFOLD = CHUNKED.replace(b"transfer-", b"Content-Length: 7\r\nTransfer-")
KEPT = [CHUNKED, MEASURED, ANNOUNCED]
LAST = [OPEN, OPEN_BY_NAME, TWOFOLD]


def fed(*parts: bytes) -> HttpResponse:
    response = HttpResponse()
    for part in parts:
        response.feed(part)
    return response


async def test_a_body_is_read_as_far_as_it_has_come() -> None:
    response = fed(CHUNKED[:-13])
    await response.head()
    assert await response.read() == b"abc"
    response.feed(CHUNKED[-13:])
    assert (await response.read(), await response.read()) == (b"defg", b"")
    assert response.may_be_kept


@given(st.sampled_from([*KEPT, *LAST]), st.data())
def test_cuts_make_no_difference(whole: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=6).map(sorted))
    response = fed(*(whole[a:b] for a, b in pairwise([0, *cuts, len(whole)]) if a < b))
    response.end()
    assert (response.status, response.is_whole, response.has_failed) == (200, True, False)
    assert asyncio.run(response.read()) == b"abcdefg"
    assert dict(response.headers)[b"content-type"] == b"text/plain"
    assert response.may_be_kept is (whole in KEPT)


@pytest.mark.parametrize("whole", [CHUNKED, MEASURED, TWOFOLD])
async def test_an_end_before_the_end_is_a_fault_behind_what_has_come(whole: bytes) -> None:
    response = fed(whole[: whole.index(b"abc") + 3])
    response.end()
    assert await response.read() == b"abc"
    with pytest.raises(httpx2.RemoteProtocolError):
        await response.read()


async def test_the_end_of_a_connection_that_was_given_up_is_none_of_its_body() -> None:
    response = fed(OPEN)
    response.fail(httpx2.ReadTimeout("nothing came"))
    response.end()
    assert await response.read() == b"abcdefg"
    with pytest.raises(httpx2.ReadTimeout):
        await response.read()


@pytest.mark.parametrize(
    "parts",
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n",),
        (HEAD + b"content-length: -1\r\n\r\n",),
        (CHUNKED[:-13] + b"zz\r\n",),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",),
        (MEASURED, b"more"),
        (HEAD, *[b"x: %b\r\n" % (b"y" * 1000)] * (LONGEST_HEAD // 1000 + 1)),
        (CHUNKED[:-2] + b"x: ", *[b"y" * LONGEST_HEAD] * 2),
        (CHUNKED[:-13] + b"4;x=", *[b"y" * LONGEST_HEAD] * 2),
        (b"\r\n" * LONGEST_HEAD,),
    ],
    ids=range(9),
)
async def test_what_is_no_response_is_a_fault(parts: tuple[bytes, ...]) -> None:
    assert fed(*parts).has_failed


@pytest.mark.parametrize(
    "behind",
    [
        b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 3\r\n\r\nbad",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTT",
        b"more",
    ],
    ids=range(4),
)
@pytest.mark.parametrize("whole", [CHUNKED, MEASURED], ids=["chunked", "measured"])
async def test_what_comes_behind_the_end_is_no_part_of_a_response(
    whole: bytes, behind: bytes
) -> None:
    response = fed(whole + behind)
    assert (response.status, response.is_whole, response.has_failed) == (200, True, True)
    assert (await response.read(), await response.read()) == (b"abcdefg", b"")
    assert dict(response.headers).get(b"content-length") in {b"7", None}


async def test_a_long_body_is_bounded_by_nothing_but_its_reader() -> None:
    length = 4 * LONGEST_HEAD
    part = b"x" * LONGEST_HEAD
    for parts in (
        (HEAD + b"content-length: %d\r\n\r\n" % length, part, part * 2, part),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n%x\r\n" % length, part * 4, b"\r\n0\r\n\r\n"),
        (HEAD + b"x: %b\r\ncontent-length: %d\r\n\r\n" % (part * 2, length) + part * 4,),
    ):
        response = fed(*parts)
        assert (response.is_whole, response.has_failed) == (True, False)
        assert len(await response.read()) == length


async def test_two_ways_to_tell_the_end_of_one_body_are_no_head() -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        await fed(OPEN_BY_NAME.replace(b"transfer-", b"content-length: 7\r\ntransfer-")).head()


async def test_who_waits_is_told_of_a_fault() -> None:
    response = HttpResponse()
    async with asyncio.timeout(DEADLINE_SECONDS), asyncio.TaskGroup() as tasks:

        async def wait() -> None:
            with pytest.raises(httpx2.ReadTimeout):
                await response.head()

        tasks.create_task(wait())
        await asyncio.sleep(0)
        response.fail(httpx2.ReadTimeout("nothing came"))
        response.end()
