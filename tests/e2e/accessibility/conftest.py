"""Fixtures of the tests of what every reader needs."""

from tests.support.browser import browser, pages
from tests.support.local_stack import local_stack

__all__ = ["browser", "local_stack", "pages"]
