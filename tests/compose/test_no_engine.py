"""Without an engine that answers, a script says so, and not that something else is wrong."""

from pathlib import Path

import pytest

from tests.compose.engine import CommandError, run
from tests.compose.project import SCRIPTS, Project


@pytest.mark.parametrize("command", ["up.sh", "down.sh", "rotate.sh postgres", "rotate.sh nats"])
def test_the_engine_is_named(tmp_path: Path, command: str) -> None:
    name, *arguments = command.split()
    environment = Project(tmp_path).environment()
    environment["DOCKER_HOST"] = f"unix://{tmp_path}/no.sock"
    with pytest.raises(CommandError) as failed:
        run("sh", str(SCRIPTS / name), *arguments, env=environment)
    assert "are you in its group?" in str(failed.value)
    assert "does not run" not in str(failed.value)
