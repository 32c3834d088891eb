"""What a person writes into `.env` in single quotes is what a service is told."""

import json
from pathlib import Path

from tests.compose.project import Project

KEY = 'sk-a$b#c"d${e} #f'


def test_a_key_with_signs_that_compose_reads_is_passed_on_as_it_is(tmp_path: Path) -> None:
    project = Project(tmp_path, {"OPENAI_API_KEY": KEY})
    said = json.loads(project.compose("config", "--format", "json"))
    # It writes a file of compose, in which `$` is `$$`.
    assert said["services"]["ai"]["environment"]["OPENAI_API_KEY"] == KEY.replace("$", "$$")
