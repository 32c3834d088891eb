"""`make images` says what is missing where it cannot build."""

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.project import ROOT

OUR_PYTHON = Path(sys.executable).parent


def build(path: str) -> tuple[int, list[str]]:
    """Build with this PATH; return how it ended and the lines that it said."""
    done = subprocess.run(
        ["/bin/sh", "deploy/images/build.sh"],
        cwd=ROOT,
        env={"PATH": path, "NATTER_TAG": "none"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def path_with_docker(folder: Path, script: str) -> str:
    """Put a `docker` of our own before all other programs."""
    docker = folder / "docker"
    docker.write_text(f"#!/bin/sh\n{script}\n")
    docker.chmod(0o755)
    return f"{folder}:{OUR_PYTHON}:{os.defpath}"


def test_without_docker_it_says_so(tmp_path: Path) -> None:
    assert build(str(tmp_path)) == (
        1,
        ["Docker builds the images, and it is not installed: see docs.docker.com/engine."],
    )


def test_without_an_engine_it_says_so_after_dockers_own_words(tmp_path: Path) -> None:
    said = "permission denied: docker.sock"
    assert build(path_with_docker(tmp_path, f"echo '{said}' >&2; exit 1")) == (
        1,
        [
            said,
            "No Docker engine answers; the line above says why. Is it running, and may you use it?",
        ],
    )


def test_without_a_builder_it_says_so(tmp_path: Path) -> None:
    script = '[ "$1" = version ] && { echo 26.1.5; exit; }; echo "unknown: $1" >&2; exit 1'
    status, lines = build(path_with_docker(tmp_path, script))
    assert status == 1
    assert [line.partition(":")[0] for line in lines] == ["Docker lacks its builder buildx"]


def test_a_build_that_fails_ends_it(tmp_path: Path) -> None:
    script = 'case "$*" in *--target*) echo "no space" >&2; exit 1;; esac'
    assert build(path_with_docker(tmp_path, script)) == (
        1,
        [
            "Building natter-base:none",
            "no space",
            "natter-base could not be built; the lines above say why.",
        ],
    )
