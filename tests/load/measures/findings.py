"""The types of a measure's argument and result."""

from collections.abc import Callable
from pathlib import Path

from tests.load.servers.running import Contender

type Findings = dict[str, float]
"""A number by the key of its row."""
type Measure = Callable[[Contender, Path], Findings]
"""Starts a server with its files below a folder and measures it."""
