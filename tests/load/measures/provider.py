"""CPU for each chunk of an answer: the provider's, the SDK's typed stream's, the bytes' alone."""

from pathlib import Path
from typing import Final

from tests.load.child import ordered_child
from tests.load.crowd import CrowdError
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

_CHUNKS: Final = 10_000
_WAYS: Final = ("ours", "typed", "bytes")
_MICRO: Final = 1e6


def measure_provider(_contender: Contender, _folder: Path) -> Findings:
    """Return microseconds a chunk: many chunks a read (`together`), and one a read (`single`)."""
    findings: Findings = {}
    with ordered_child("tests.load.provider.recorded", str(_CHUNKS)) as endpoint:
        port = endpoint.ask("port")["port"]
        for way in _WAYS:
            together = _spent(way, f"http://127.0.0.1:{port}/v1")
            single = _spent(way, f"http://127.0.0.1:{port}/paced/v1")
            findings |= {f"provider_together_{way}": together, f"provider_single_{way}": single}
    return findings


def _spent(way: str, url: str) -> float:
    with ordered_child("tests.load.provider.reading") as reader:
        answer = reader.ask("read", way=way, url=url)
    if answer["characters"] < _CHUNKS:
        raise CrowdError(f"{way} read only {answer['characters']} characters")
    return float(answer["cpu"]) * _MICRO / _CHUNKS
