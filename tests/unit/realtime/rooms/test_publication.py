"""A publication's frame: the position is the first attribute of its first tag."""

from html.parser import HTMLParser
from typing import override

from hypothesis import given
from hypothesis import strategies as st

from services.realtime.rooms.publication import Publication, join_frames, memory, refresh, stamp
from services.realtime.websocket.frames import TEXT
from services.shared.bus.position import Cursor, Epoch
from services.shared.pages.turbo import starts_like_turbo_streams
from tests.support.client_frames import server_frames
from tests.support.sockets import element

EPOCH = "0f3a99c1"
CURSOR = f"{EPOCH}.42"
MARK = f'<turbo-stream data-cursor="{CURSOR}"'


class FirstTag(HTMLParser):
    """The attributes of the first tag, as they stand there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str | None]] | None = None
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.attributes is None:
            assert tag == "turbo-stream"
            self.attributes = attrs


def stamped(html: str) -> str:
    """Stamp, check that the publication is one text frame of just that, and return it."""
    publication = stamp(EPOCH, 42, html.encode())
    assert server_frames(publication.frame) == [(TEXT, publication.html)]
    assert publication.sequence == 42
    assert publication.size == len(publication.html)
    assert publication.cursor == CURSOR.encode()
    return publication.html.decode()


def first_attributes(html: str) -> list[tuple[str, str | None]]:
    attributes = FirstTag(html).attributes
    assert attributes is not None
    return attributes


def test_the_position_is_the_first_attribute_and_nothing_else_is_changed() -> None:
    html = element("one") + element("two")
    assert stamped(html) == html.replace("<turbo-stream", MARK, 1)
    assert first_attributes(stamped(html)) == [
        ("data-cursor", CURSOR),
        ("action", "append"),
        ("target", "log"),
    ]


def test_whatever_stands_after_the_name_the_tag_stays_one() -> None:
    for rest in (">", " >", "\n>", "\t>", "\naction='x'>", "\taction=x>"):
        html = f"<turbo-stream{rest}</turbo-stream>"
        assert starts_like_turbo_streams(html.encode()), rest
        assert stamped(html) == f"{MARK}{rest}</turbo-stream>"
        assert first_attributes(stamped(html))[0] == ("data-cursor", CURSOR), rest


def test_a_forged_position_comes_second_and_html_takes_the_first() -> None:
    for forged in (
        'data-cursor="ffffffff.9"',
        "data-cursor='ffffffff.9'",
        "DATA-CURSOR=ffffffff.9",
        "data-cursor",
        'x="" data-cursor="ffffffff.9"',
    ):
        html = stamped(f'<turbo-stream {forged} action="refresh"></turbo-stream>')
        positions = [value for name, value in first_attributes(html) if name == "data-cursor"]
        assert positions[0] == CURSOR, forged
        assert len(positions) == 2, forged


def test_text_of_any_language_stays_what_it_was() -> None:
    html = element("ä 漢字 👩‍👩‍👧 \u2028 &lt;/turbo-stream&gt;\r\n\x00")
    assert stamped(html).removeprefix(MARK) == html.removeprefix("<turbo-stream")


def test_a_refresh_is_as_turbo_and_our_element_read_it() -> None:
    publication = refresh(Cursor(Epoch(EPOCH), 42))
    assert publication.html.decode() == (
        f'{MARK} action="refresh" method="morph" scroll="preserve"></turbo-stream>'
    )
    assert publication.sequence == 42
    assert starts_like_turbo_streams(publication.html)


def test_joined_publications_stay_frames_of_their_own() -> None:
    made = [stamp(EPOCH, number, element(str(number)).encode()) for number in range(3)]
    assert server_frames(join_frames(made)) == [(TEXT, publication.html) for publication in made]
    assert join_frames([]) == b""


def test_what_is_kept_costs_more_memory_than_its_bytes() -> None:
    small, large = (stamp(EPOCH, 1, element("x" * size).encode()) for size in (0, 1000))
    assert memory(small) > len(small.frame)
    assert memory(large) - memory(small) == len(large.frame) - len(small.frame)


@given(st.integers(0, 2**63 - 1), st.text(max_size=300))
def test_position_and_html_come_out_of_the_frame_as_they_went_in(sequence: int, text: str) -> None:
    payload = f"<turbo-stream {text.encode(errors='ignore').decode()}</turbo-stream>".encode()
    made: Publication = stamp(EPOCH, sequence, payload)
    assert made.cursor == f"{EPOCH}.{sequence}".encode()
    mark = b'<turbo-stream data-cursor="%b"' % made.cursor
    assert made.html == mark + payload.removeprefix(b"<turbo-stream")
