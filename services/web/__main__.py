"""`python -m services.web` serves; with `migrate` it brings the database up to date."""

import asyncio
import sys

from services.shared.logging import configure_logging, get_logger
from services.shared.serving import serve
from services.shared.watchdog import Watched
from services.web.app import create_app
from services.web.db.migrate import migrate
from services.web.settings import WebSettings

settings = WebSettings.load()
configure_logging(settings.log_level, settings.log_format)
match sys.argv[1:]:
    case []:
        serve(
            Watched(create_app(settings)),
            host=settings.host,
            port=settings.port,
            keep_alive_seconds=settings.keep_alive_seconds,
        )
    case ["migrate"]:
        applied = asyncio.run(migrate(settings.database_url.get_secret_value()))
        get_logger("web.migrate").info("migrated", applied=applied)
    case _:
        sys.exit("usage: python -m services.web [migrate]")
