"""What the lifespan hands to every handler."""

from typing import TypedDict

from services.ai.jobs.worker import Worker
from services.shared.bus.connection import Bus


class State(TypedDict):
    """Typed lifespan state (Starlette, "Lifespan state")."""

    bus: Bus
    worker: Worker
