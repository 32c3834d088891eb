"""The Secrets that `secrets.sh` makes where there is no cluster yet."""

import subprocess
from functools import cache
from typing import Any, Final

from tests.support.kubernetes.containers import decoded
from tests.support.kubernetes.objects import Secrets
from tests.support.printed import ROOT
from tests.support.waiting import DEADLINE_SECONDS
from tests.support.yaml_files import parse_yaml

KEY: Final = "sk-made-up"
SCRIPT: Final = ROOT / "deploy" / "kubernetes" / "secrets.sh"


def written(*arguments: str, given: str = "") -> dict[str, Any]:
    """Run the script; return the list of objects that it writes."""
    done = subprocess.run(
        ("/bin/sh", SCRIPT, *arguments),
        input=given,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=True,
    )
    found: dict[str, Any] = parse_yaml(done.stdout)
    return found


@cache
def made_secrets(*, with_key: bool) -> Secrets:
    """Return the values of each Secret that it makes, with or without an endpoint's key."""
    command = ("set", "openai_api_key") if with_key else ("make",)
    made = written("--new", *command, given=KEY)
    return {
        one["metadata"]["name"]: {key: decoded(value) for key, value in one["data"].items()}
        for one in made["items"]
    }
