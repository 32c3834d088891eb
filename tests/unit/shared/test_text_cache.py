"""What was made of texts, kept within bounds."""

from services.shared.text_cache import TextCache


def test_the_last_used_texts_are_kept_within_the_limit() -> None:
    cache = TextCache[str](10_000)
    for name in "abcdefghij":
        cache.keep((name,), name * 500)
    assert all(cache.find((name,)) for name in "abcdefghij")
    for number in range(100):
        assert cache.find(("a",)) is not None
        cache.keep((f"{number}",), "x" * 500)
        assert cache.size <= 10_000
    assert cache.find(("b",)) is None


def test_a_text_that_is_larger_than_the_cache_is_not_kept() -> None:
    cache = TextCache[str](10_000)
    cache.keep(("big",), "x" * 20_000)
    assert cache.find(("big",)) is None
    assert cache.size == 0


def test_a_text_without_html_is_known_too() -> None:
    cache = TextCache[str](10_000)
    cache.keep(("a", "b"), None)
    kept = cache.find(("a", "b"))
    assert kept is not None
    assert kept.html is None
