"""`python -m services.ai` serves."""

from services.ai.app import create_app
from services.ai.settings import AiSettings
from services.shared.logging import configure_logging
from services.shared.serving import serve
from services.shared.watchdog import Watched

settings = AiSettings.load()
configure_logging(settings.log_level, settings.log_format)
serve(Watched(create_app(settings)), host=settings.host, port=settings.port)
