"""Many small cases in one test, which fails with the names of all cases that failed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, product

_SHOWN = 160


def each_of(*groups: Iterable[object]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Run a test for every combination of cases; a mapping gives it both a key and a value."""

    def decorate(check: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            failures = [failure for case in _cases(groups) for failure in _failures(check, case)]
            assert not failures, "\n".join([f"{len(failures)} cases failed", *failures])

        test.__name__, test.__module__ = check.__name__, check.__module__
        return test

    return decorate


def _cases(groups: Iterable[Iterable[object]]) -> Iterator[tuple[object, ...]]:
    flat = (
        [*map(tuple, g.items())] if isinstance(g, Mapping) else [(c,) for c in g] for g in groups
    )
    return (tuple(chain(*parts)) for parts in product(*flat))


def _failures(check: Callable[..., None], case: tuple[object, ...]) -> Iterator[str]:
    try:
        check(*case)
    except Exception as error:  # noqa: BLE001 - the other cases are checked nevertheless
        named = ", ".join(repr(part)[:_SHOWN] for part in case)
        yield f"{named}: {type(error).__name__}: {error}"
