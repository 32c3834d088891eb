"""Fixtures of the tests in a browser."""

from tests.support.browser import browser, pages
from tests.support.local_stack import local_stack

__all__ = ["browser", "local_stack", "pages"]
