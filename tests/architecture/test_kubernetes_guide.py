"""The guide of the cluster can be true: its commands, paths, names and pieces of overlays."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.shared.process.settings import variable_names
from tests.support.kubernetes.applications import SETTINGS
from tests.support.kubernetes.checks import CHECKS
from tests.support.kubernetes.kubectl_commands import faults_of_kubectl, inner, known_objects
from tests.support.kubernetes.objects import Render
from tests.support.kubernetes.rendering import render_folder
from tests.support.kubernetes.renders import RENDERS
from tests.support.kubernetes.typed_commands import commands
from tests.support.printed import ROOT, Block, sections
from tests.support.yaml_files import parse_yaml

GUIDE = "deploy/kubernetes/README.md"
TEXT = (ROOT / GUIDE).read_text()
# The overlay that a reader makes, in the words of the guide.
MINE = "deploy/kubernetes/overlays/mine"
# Namespaces that are not Natter's.
OF_READERS = {"Namespace gateways"}
# What a reader writes, or an earlier command.
WRITTEN = {"key.txt", "url.txt", "bus.tar", "database.dump", "/dev/null", "-"}
MODULES = (
    "services.web",
    "services.ai.jobs.cli",
    "services.natter",
    "services.shared.process.probe",
)


def fences(language: str) -> Iterator[tuple[str, Block]]:
    for heading, blocks in sections(GUIDE).items():
        yield from ((heading, block) for block in blocks if block.language == language)


def typed() -> list[str]:
    """Return each command of the fences, and those within sentences."""
    text = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
    within = re.findall(r"`(kubectl [^`]*)`", text.replace("\n", " "))
    lines = [block.text for _, block in fences("sh")] + [
        re.sub(r"\s+", " ", one) for one in within if "…" not in one
    ]
    return [shlex.join(words) for text in lines for words in commands(text)]


COMMANDS = typed()
OF_KUBECTL = [one for one in COMMANDS if one.startswith("kubectl ")]


@cache
def known() -> set[str]:
    return known_objects([make() for make in RENDERS.values()]) | OF_READERS


def test_the_guide_has_commands_and_overlays() -> None:
    assert len(OF_KUBECTL) > 50
    assert len(list(fences("yaml"))) >= 3
    assert {block.language for blocks in sections(GUIDE).values() for block in blocks} == {
        "sh",
        "yaml",
    }


def test_kubectl_knows_each_command_and_there_is_what_it_names() -> None:
    found = {one: list(faults_of_kubectl(shlex.split(one), known())) for one in set(OF_KUBECTL)}
    assert {command: faults for command, faults in found.items() if faults} == {}


WRONG = (
    ("kubectl aply -f -", "kubectl has no aply"),
    ("kubectl apply --kustomise x", "kubectl apply has no --kustomise"),
    ("kubectl rollout status deployment realtime --time=1m", "rollout status has no --time=1m"),
    ("kubectl exec -iz deployment/web -- true", "kubectl exec has no -iz"),
    ("kubectl rollout status deployment gateway", "there is no Deployment gateway"),
    ("kubectl exec deployment/backups -- true", "there is no Deployment backups"),
    ("kubectl delete persistentvolumeclaim data-nats-9", "no PersistentVolumeClaim data-nats-9"),
)


def test_what_is_wrong_with_a_command_is_found() -> None:
    for command, fault in WRONG:
        found = list(faults_of_kubectl(shlex.split(command), known()))
        assert any(fault in one for one in found), (command, found)


def test_whatever_else_is_typed_is_a_program_that_anybody_has() -> None:
    others = {shlex.split(one)[0] for one in COMMANDS if one not in OF_KUBECTL}
    assert others <= {"sh", "cp", "sleep", "NATTER_TAG=0.1.0"}


def test_every_path_exists() -> None:
    made = {MINE} if f"cp -r deploy/kubernetes/overlays/small {MINE}" in COMMANDS else set()
    for command in COMMANDS:
        for word in shlex.split(command):
            if word.startswith("deploy/") and word not in made:
                assert (ROOT / word).exists(), command
    named = re.findall(r"`((?:deploy|services|\.\./\.\./components)/[\w./-]+)`", TEXT)
    for name in named:
        place = ROOT / MINE if name.startswith("..") else ROOT
        assert (place.parent / "small" / name if place != ROOT else place / name).exists(), name


def test_make_knows_its_targets() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z-]+)\n", "".join(b.text for _, b in fences("sh"))):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_what_is_run_in_a_pod_is_there() -> None:
    settings = {name for each in SETTINGS.values() for name in variable_names(each)}
    for words in ([*inner(shlex.split(one))] for one in OF_KUBECTL if " -- " in one):
        given = [word.partition("=")[0] for word in words if re.match(r"NATTER_\w+=", word)]
        assert set(given) <= settings, words
        if "-m" in words:
            module, *arguments = words[words.index("-m") + 1 :]
            assert module in MODULES, words
            assert not arguments or _knows(module, arguments[0]), words


@cache
def _knows(module: str, command: str) -> bool:
    """Return whether a module of ours has a command; a probe takes a port."""
    if module == "services.shared.process.probe":
        return command.isdigit()
    if module == "services.web":
        return f'["{command}"' in (ROOT / "services/web/__main__.py").read_text()
    done = subprocess.run(
        (sys.executable, "-m", module, command, "--help"),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_every_setting_that_is_named_exists() -> None:
    settings = {name for each in SETTINGS.values() for name in variable_names(each)}
    named = set(re.findall(r"\b(?:NATTER_(?:WEB|REALTIME|AI)|OPENAI)_[A-Z_]+[A-Z]\b", TEXT))
    assert named <= settings


PIECES = [(heading, block.text) for heading, block in fences("yaml")]


@pytest.mark.parametrize(("heading", "piece"), PIECES, ids=[heading for heading, _ in PIECES])
@pytest.mark.parametrize("overlay", ["small", "ha"])
def test_a_piece_of_an_overlay_can_be_put_into_a_copy(
    overlay: str, heading: str, piece: str, tmp_path: Path
) -> None:
    if overlay == "ha" and "StatefulSet, name: postgres" in piece:
        assert "only counts when PostgreSQL is installed" in TEXT.replace("\n", " ")
    render = put_in(tmp_path, overlay, parse_yaml(piece))
    faults = {name: list(check(render)) for name, check in CHECKS.items()}
    assert {name: found for name, found in faults.items() if found} == {}, heading


def put_in(folder: Path, overlay: str, piece: dict[str, Any]) -> Render:
    """Do what the guide says to do with a piece: merge it into a copy of an overlay."""
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("*.png"))
    mine = folder / MINE
    shutil.copytree(folder / "deploy/kubernetes/overlays" / overlay, mine)
    path = mine / "kustomization.yaml"
    content = parse_yaml(path.read_text())
    for key, value in piece.items():
        content[key] = _merged(content.get(key, []), value)
    # An overlay that names an endpoint takes the demo out.
    if "OPENAI_MODEL" in str(piece):
        content["components"].remove("../../components/demo")
    path.write_text(yaml.safe_dump(content))
    return render_folder(mine)


def _merged(there: list[Any], more: list[Any]) -> list[Any]:
    """Add entries; one of the same name takes the place of what is there."""
    names = {one["name"] for one in more if isinstance(one, dict) and "name" in one}
    kept = [one for one in there if not (isinstance(one, dict) and one.get("name") in names)]
    return [*kept, *more]
