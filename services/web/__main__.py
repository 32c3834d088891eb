"""`python -m services.web` serves, and has the commands for migrations and backups of the bus."""

import sys
from typing import Final

from services.shared.process.logging import configure_logging, get_logger
from services.shared.process.serving import serve, serving_config
from services.web.app import create_app, drain
from services.web.backup import cli
from services.web.db import migrate_command
from services.web.middleware.deadlines import TAKE_SECONDS
from services.web.settings import WebSettings

COMMANDS: Final = "migrate | snapshot | verify | restore [--replace] | requeue"
NO_ACCOUNTS: Final = (
    "whoever reaches this address reads and writes all chats, and uses the model's key"
)

log = get_logger("web")
settings = WebSettings.load()
configure_logging(settings.log_level, settings.log_format)
match sys.argv[1:]:
    case []:
        if settings.single_user and settings.whoever_reaches_it_is_its_user:
            log.warning("no_accounts", host=settings.host, meaning=NO_ACCOUNTS)
        config = serving_config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            keep_alive_seconds=settings.keep_alive_seconds,
        )
        serve(
            config,
            before_shutdown=drain,
            untaken_seconds=TAKE_SECONDS,
            traced_as="natter-web" if settings.tracing else None,
        )
    case ["migrate"]:
        migrate_command.run(settings.database_url.get_secret_value())
    case ["snapshot"]:
        cli.snapshot(settings)
    case ["verify"]:
        cli.verify(settings)
    case ["restore", *options] if options in ([], ["--replace"]):
        cli.restore(settings, replace=bool(options))
    case ["requeue"]:
        cli.requeue(settings)
    case _:
        sys.exit(f"usage: python -m services.web [{COMMANDS}]")
