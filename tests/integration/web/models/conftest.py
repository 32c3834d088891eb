"""Each test has a web service and a bus of its own: web remembers what ai has told it."""

from tests.integration.web.natter import natter

__all__ = ["natter"]
