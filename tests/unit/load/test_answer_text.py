"""The answers of the benchmark."""

from tests.load.answers.text import MOST_CHUNKS, Words, asked_for, chunk_text, question
from tests.support.rendered import plain


def whole(answer: int, words: int) -> str:
    return "".join(chunk_text(answer, number) for number in range(words))


def test_a_question_is_read_as_it_was_put() -> None:
    assert asked_for(question(7, 750, 50)) == (7, 750, 50)


def test_any_other_question_is_not_taken_for_one() -> None:
    assert asked_for(f"Find a title: {question(7, 750, 50)}") is None


def test_each_chunk_brings_one_word_that_is_found_in_the_html_of_the_answer() -> None:
    html = plain(whole(17, MOST_CHUNKS)).encode()
    found = list(Words(17).numbers(html, 0, len(html)))
    assert found == list(range(MOST_CHUNKS))


def test_a_word_is_found_as_soon_as_its_chunk_is_there() -> None:
    for words in range(1, 300):
        html = plain(whole(3, words)).encode()
        assert words - 1 in Words(3).numbers(html, 0, len(html))


def test_words_of_another_answer_are_not_taken_for_its_own() -> None:
    html = whole(18, 300).encode()
    assert not list(Words(17).numbers(html, 0, len(html)))


def test_only_what_stands_between_the_two_places_is_looked_at() -> None:
    data = f"{chunk_text(1, 5)} {chunk_text(1, 6)} {chunk_text(1, 7)}".encode()
    assert list(Words(1).numbers(data, data.index(b"q0106"), data.index(b" q0107"))) == [6]


def test_the_text_has_every_kind_of_block_that_costs_differently() -> None:
    html = plain(whole(0, 300))
    for tag in ("<h", "<p", "<li", "<strong", "<pre", "<table", "<code"):
        assert tag in html
