"""`python -m services.ai` serves; with `--check` it only checks the settings."""

import sys

from services.ai.app import create_app, drain
from services.ai.settings import AiSettings
from services.shared.process.logging import configure_logging
from services.shared.process.serving import serve, serving_config

settings = AiSettings.load()
if sys.argv[1:] == ["--check"]:
    sys.exit()
configure_logging(settings.log_level, settings.log_format)
config = serving_config(create_app(settings), host=settings.host, port=settings.port)
serve(config, before_shutdown=drain, traced_as="natter-ai" if settings.tracing else None)
