"""What the tests of the proxy have."""

from tests.integration.web.natter import natter
from tests.support.browser import browser

__all__ = ["browser", "natter"]
