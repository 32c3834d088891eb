"""Text that grows piece by piece."""

from services.shared.text_buffer import TextBuffer


def test_a_buffer_holds_its_pieces_in_order() -> None:
    buffer = TextBuffer("a")
    for piece in ("bc", "", "d"):
        buffer.add(piece)
        assert str(buffer).endswith(piece)
    assert (str(buffer), buffer.length) == ("abcd", 4)


def test_a_buffer_that_was_taken_is_empty_and_goes_on() -> None:
    buffer = TextBuffer("a")
    assert buffer.take() == "a"
    assert (str(buffer), buffer.length) == ("", 0)
    buffer.add("b")
    assert buffer.take() == "b"
