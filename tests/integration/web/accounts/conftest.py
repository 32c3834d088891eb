"""These tests share a web service, and have a database of their own where they ask for one."""

from tests.integration.web.natter import natter
from tests.integration.web.shared import database_url, emptied, nats_server, shared, web
from tests.support.postgres import database_url as own_database_url

__all__ = ["database_url", "emptied", "nats_server", "natter", "own_database_url", "shared", "web"]
