"""What the tests of the proxy have."""

from tests.support.browser import browser

__all__ = ["browser"]
