"""What web has stored, by its log."""

import json
from collections.abc import Iterator

from services.shared.bus.subjects import result_subject
from tests.faults.service_process import ServiceProcess


def results_recorded(web: ServiceProcess, message_id: int) -> int:
    """Count the results that came for an answer, the first and any other."""
    subject = result_subject(message_id)
    return sum(
        entry.get("event") == "result_recorded" and entry.get("subject") == subject
        for entry in _entries(web)
    )


def _entries(web: ServiceProcess) -> Iterator[dict[str, object]]:
    for line in web.log.read_text().splitlines():
        if line.startswith("{"):
            yield json.loads(line)
