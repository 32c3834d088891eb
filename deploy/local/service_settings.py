"""Reads a service's settings just as the service will."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from services.shared.process.settings import ServiceSettings


def read_service[S: ServiceSettings](
    kind: type[S], environment: Mapping[str, str]
) -> tuple[S | None, list[str]]:
    """Read `kind` from `environment`; return it with every fault, each as `NAME: what is wrong`."""
    try:
        with _replaced(environment):
            return kind.load(), []
    except SystemExit as refused:
        heading, *faults = str(refused.code).splitlines()
        return None, [fault.strip() for fault in faults] or [heading]


@contextmanager
def _replaced(environment: Mapping[str, str]) -> Iterator[None]:
    variables = os.environ  # noqa: TID251 - the settings class reads it
    before = dict(variables)
    try:
        variables.clear()
        variables.update(environment)
        yield
    finally:
        variables.clear()
        variables.update(before)
