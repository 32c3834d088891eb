"""What was made of texts, kept within bounds."""

from services.shared.text_cache import TextCache


def test_what_was_used_last_is_kept_within_its_bytes() -> None:
    cache = TextCache[str](10_000)
    for name in "abcdefghij":
        cache.keep((name,), name * 500)
    assert all(cache.find((name,)) for name in "abcdefghij")
    for number in range(100):
        assert cache.find(("a",)) is not None
        cache.keep((f"{number}",), "x" * 500)
        assert cache.size <= 10_000
    assert cache.find(("b",)) is None


def test_what_is_larger_than_all_of_it_is_not_kept() -> None:
    cache = TextCache[str](10_000)
    cache.keep(("big",), "x" * 20_000)
    assert cache.find(("big",)) is None
    assert cache.size == 0


def test_that_nothing_could_be_made_of_a_text_is_known_as_well() -> None:
    cache = TextCache[str](10_000)
    cache.keep(("a", "b"), None)
    kept = cache.find(("a", "b"))
    assert kept is not None
    assert kept.html is None
