"""A copy of the project in a folder of its own, in which a person types what the guide prints."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from subprocess import STDOUT
from typing import Final, override

from tests.compose.engine import LONGEST_SECONDS, run
from tests.compose.project import BUILT, FILE, Project
from tests.support.checkout import OF_THIS_COPY
from tests.support.printed import ROOT

COMPOSE: Final = Path("deploy/compose")
_DEVELOPED: Final = (*BUILT, "front-end")


@dataclass(slots=True)
class Clone(Project):
    """A project whose files, settings and backups are those of its folder."""

    @override
    def __post_init__(self) -> None:
        Project.__post_init__(self)
        ignored = shutil.ignore_patterns(*OF_THIS_COPY)
        shutil.copytree(ROOT, self.root, symlinks=True, ignore=ignored)

    @property
    def root(self) -> Path:
        """The folder of the sources."""
        return self.folder / "natter"

    @property
    def env_file(self) -> Path:
        """What holds a person's settings."""
        return self.root / COMPOSE / ".env"

    @override
    def environment(self) -> dict[str, str]:
        """Return one in which `docker compose` knows of whatever the guide may have started."""
        files = f"{FILE}:{FILE.with_name('development.yaml')}"
        return {**Project.environment(self), "COMPOSE_FILE": files}

    def type(self, text: str, folder: Path = COMPOSE) -> str:
        """Type commands in a folder of the copy; return all that they say."""
        told = {"NATTER_PORT": str(self.port), "NATTER_TAG": self.tag}
        return self._run(text, folder, told)

    def settle(self, settings: str) -> None:
        """Write these settings and no other into `.env`."""
        self.env_file.write_text(settings)

    def config(self, settings: str) -> dict[str, dict[str, object]]:
        """Return each service as it is with these settings alone."""
        self.settle(settings)
        said = self._run("docker compose config --format json", COMPOSE, {})
        services: dict[str, dict[str, object]] = json.loads(said)["services"]
        return services

    def remove_all_images(self) -> None:
        """Delete what was built, for development as well."""
        self.remove_images()
        names = [f"natter-{service}-development:{self.tag}" for service in _DEVELOPED]
        if there := [name for name in names if run("docker", "images", "--quiet", name)]:
            run("docker", "image", "rm", *there)

    def _run(self, text: str, folder: Path, told: dict[str, str]) -> str:
        of_tests = ("COMPOSE_FILE", "COMPOSE_ENV_FILES")
        environment = {
            name: value for name, value in self.environment().items() if name not in of_tests
        }
        return run(
            *("sh", "-euc", text),
            env={**environment, **told},
            seconds=LONGEST_SECONDS,
            errors=STDOUT,
            folder=self.root / folder,
        )
