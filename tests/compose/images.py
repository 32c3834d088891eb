"""Images under a tag of their own, and what is found in a container of each."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.architecture.project import ROOT
from tests.support.waiting import DEADLINE_SECONDS

SERVICES: Final = ("web", "realtime", "ai", "demo")
DOCKERFILE: Final = "deploy/images/Dockerfile"
SEALED: Final = (
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--network=none",
)
BUILD_SECONDS: Final = 3 * DEADLINE_SECONDS
_FACTS: Final = (Path(__file__).parent / "facts.py").read_bytes()

type Facts = dict[str, Any]
"""What `facts.py` prints."""


@dataclass(frozen=True, slots=True)
class Images:
    """The image of each service, and what building them said."""

    tag: str
    said: str

    def name(self, service: str) -> str:
        """Return the name of a service's image."""
        return f"natter-{service}:{self.tag}"


def ended(*command: str, given: bytes = b"", seconds: float = DEADLINE_SECONDS) -> tuple[int, str]:
    """Run a command in the project's folder; return how it ended and all that it wrote."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace")


def run(*command: str, given: bytes = b"", seconds: float = DEADLINE_SECONDS) -> str:
    """Run a command; return all that it wrote, or fail with that."""
    status, said = ended(*command, given=given, seconds=seconds)
    assert status == 0, said
    return said


def inspected(image: str) -> dict[str, Any]:
    """Return what the engine knows of an image."""
    (found,) = json.loads(run("docker", "image", "inspect", image))
    assert isinstance(found, dict)
    return found


def build_all(tag: str) -> Images:
    """Build every image as everybody builds them."""
    return Images(tag, run("make", "images", f"NATTER_TAG={tag}", seconds=BUILD_SECONDS))


def build_from(context: Path, service: str, name: str) -> None:
    """Build one image from another folder than the project's."""
    what = ("--file", str(context / DOCKERFILE), "--target", service, "--tag", name)
    run("docker", "buildx", "build", "--load", *what, str(context), seconds=BUILD_SECONDS)


def python(image: str, script: bytes, *arguments: str) -> str:
    """Run a script in a sealed container; return what it wrote."""
    sealed = ("docker", "run", "--rm", "--interactive", *SEALED, "--entrypoint=python", image)
    return run(*sealed, "-", *arguments, given=script)


def facts_of(image: str, service: str) -> Facts:
    """Return what a service's container holds, as seen from inside."""
    facts = json.loads(python(image, _FACTS, service))
    assert isinstance(facts, dict)
    return facts
