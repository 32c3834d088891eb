"""Runs the demo endpoint: `python -m services.demo`."""

from services.demo.app import create_app
from services.demo.settings import DemoSettings
from services.shared.process.logging import configure_logging
from services.shared.process.serving import serve, serving_config


def main() -> None:
    """Serve until a signal ends the process."""
    settings = DemoSettings.load()
    configure_logging(settings.log_level, settings.log_format)
    serve(serving_config(create_app(settings), host=settings.host, port=settings.port))


if __name__ == "__main__":
    main()
