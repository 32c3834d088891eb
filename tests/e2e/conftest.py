"""What the tests in a browser have."""

from tests.support.browser import browser, pages
from tests.support.local_stack import local_stack

__all__ = ["browser", "local_stack", "pages"]
