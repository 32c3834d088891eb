"""Each service declares, in its own extra, every package that it imports: an image has no other."""

import ast
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.project import ROOT, modules, tree_of

OURS = {"services", "deploy", "tests"}
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@cache
def imported(path: Path) -> list[str]:
    """List every module that the one at `path` imports, by its full name."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


@cache
def file_of(module: str) -> Path | None:
    """Return the file of one of our modules, if that is what the name means."""
    path = ROOT.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def packages_of(service: str) -> set[str]:
    """Return every foreign package that the service imports, through any of our modules."""
    seen: set[Path] = set()
    waiting = modules(f"services/{service}")
    packages: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in imported(path):
            top = module.partition(".")[0]
            if top not in OURS:
                packages.add(top)
            elif (file := file_of(module)) is not None:
                waiting.append(file)
    return packages - sys.stdlib_module_names


@pytest.mark.parametrize("service", ["web", "realtime", "ai", "demo"])
def test_a_service_declares_every_package_that_it_imports(service: str) -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in EXTRAS[service]}
    distributions = packages_distributions()
    missing = {
        package
        for package in packages_of(service)
        if declared.isdisjoint(map(canonicalize_name, distributions[package]))
    }
    assert not missing


@pytest.mark.parametrize("service", ["web", "realtime", "ai", "demo"])
def test_a_services_own_lock_file_holds_what_it_declares(service: str) -> None:
    lock = (ROOT / f"requirements-{service}.lock").read_text()
    locked = {
        canonicalize_name(line.partition("==")[0]) for line in lock.splitlines() if "==" in line
    }
    assert {canonicalize_name(Requirement(line).name) for line in EXTRAS[service]} <= locked
