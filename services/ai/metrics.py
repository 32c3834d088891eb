"""What the ai service counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class AnswerMetrics:
    """The counters and gauges of one worker, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.in_work = Gauge(
            "natter_ai_answers_in_work", "Answers being written.", registry=self.registry
        )
        self.ended = Counter(
            "natter_ai_answers_ended",
            "Answers that ended, by error class or `none`.",
            ["error"],
            registry=self.registry,
        )
        self.handed_back = Counter(
            "natter_ai_jobs_handed_back",
            "Jobs given back to the queue after a fault of ours.",
            registry=self.registry,
        )
        self.fenced = Counter(
            "natter_ai_jobs_lost_to_another",
            "Jobs that another worker took over while this one stood still.",
            registry=self.registry,
        )
