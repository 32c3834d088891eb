"""What all jobs share: the ai service's connections, settings and caches."""

from dataclasses import dataclass, field

from services.ai.answers.context_window import Calibration
from services.ai.answers.stops import Stops
from services.ai.metrics import AnswerMetrics
from services.ai.provider.connections import Connections
from services.ai.settings import AiSettings
from services.shared.bus.connection import Bus
from services.shared.highlighting.highlighter import Highlighter


@dataclass(frozen=True, slots=True)
class AiContext:
    """Opened with the service and closed with it."""

    bus: Bus
    connections: Connections
    settings: AiSettings
    stops: Stops
    metrics: AnswerMetrics
    highlighter: Highlighter
    calibration: Calibration = field(default_factory=Calibration)
