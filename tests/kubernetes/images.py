"""The images of the manifests, built by the Docker engine and given to podman."""

import secrets
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

from tests.compose.engine import LONGEST_SECONDS, run
from tests.compose.images import build_all
from tests.kubernetes.podman import podman
from tests.support.kubernetes.objects import OURS, Render


@dataclass(slots=True)
class Images:
    """What was built and loaded for one run."""

    tag: str = field(default_factory=lambda: f"test-{secrets.token_hex(4)}")
    loaded: dict[str, str] = field(default_factory=dict)
    """From an image of the manifests to its name for podman."""

    def load(self, render: Render) -> None:
        """Build ours, and hand over all that the render names."""
        build_all(self.tag)
        named = {
            one["image"] for workload in render.workloads() for one in workload.pod["containers"]
        }
        for image in sorted(named):
            self._hand_over(image)

    def _hand_over(self, image: str) -> None:
        source = self._built(image)
        own = f"localhost/{source.partition(':')[0]}:{self.tag}"
        run("docker", "tag", source, own)
        with TemporaryDirectory() as folder:
            archive = f"{folder}/image.tar"
            run("docker", "save", "--output", archive, own, seconds=LONGEST_SECONDS)
            podman("load", "--input", archive)
        self.loaded[image] = own

    def _built(self, image: str) -> str:
        name = image.partition(":")[0].rpartition("/")[2]
        return f"{name}:{self.tag}" if name in {f"natter-{one}" for one in OURS} else image

    def remove(self) -> None:
        """Delete all of them, here and there."""
        for own in self.loaded.values():
            podman("image", "rm", own)
            run("docker", "image", "rm", own)
        for service in (*OURS, "base"):
            run("docker", "image", "rm", f"natter-{service}:{self.tag}")
        self.loaded.clear()
