"""The notices in an image: every package that it carries, with the text of its licence."""

import json
import re
import subprocess
import sys
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.images import notices
from deploy.images.notices import Package, npm_packages, python_packages, write_notices
from tests.architecture.project import ROOT

LICENCES = ROOT / "deploy" / "images" / "licences"
NODE_MODULES = ROOT / "services" / "web" / "frontend" / "node_modules"


def locked(service: str) -> dict[str, str]:
    """Every package that a lock file installs here, with its version."""
    lock = (ROOT / f"requirements-{service}.lock").read_text()
    lines = (line.rstrip(" \\") for line in lock.splitlines() if re.match(r"[a-z0-9]", line))
    found = [Requirement(line) for line in lines]
    return {
        one.name: str(one.specifier).removeprefix("==")
        for one in found
        if one.marker is None or one.marker.evaluate()
    }


def installed(folder: Path, name: str, **files: str) -> list[Distribution]:
    """Install a package by hand, with these files in its metadata's folder."""
    info = folder / f"{name}-1.dist-info"
    contents = {file.replace("__", "/"): content for file, content in files.items()}
    for file, content in contents.items():
        (info / file).parent.mkdir(parents=True, exist_ok=True)
        (info / file).write_text(content)
    (info / "RECORD").write_text("\n".join(f"{info.name}/{file},," for file in contents))
    return list(distributions(path=[str(folder)]))


@pytest.mark.parametrize("service", ["web", "realtime", "ai", "demo"])
def test_the_notices_name_every_package_of_the_lock_file(service: str) -> None:
    wanted = locked(service)
    assert wanted
    written = write_notices(python_packages(map(distribution, wanted), LICENCES))
    named = {
        (canonicalize_name(name), version)
        for name, version in re.findall(r"^={80}\n(\S+) (\S+)\nLicence: \S", written, re.MULTILINE)
    }
    assert named == {(canonicalize_name(name), version) for name, version in wanted.items()}


def test_the_notices_name_the_npm_packages_that_are_bundled_and_no_tool_of_the_build() -> None:
    wanted = json.loads((NODE_MODULES.parent / "package.json").read_text())["dependencies"]
    packages = list(npm_packages(NODE_MODULES, LICENCES))
    assert {package.name: package.version for package in packages} == wanted
    assert all("Permission is hereby granted" in str(package.texts) for package in packages)


def test_a_text_is_supplied_only_to_packages_that_are_there() -> None:
    there = {package.name for package in npm_packages(NODE_MODULES, LICENCES)}
    there |= {name for service in ("web", "realtime", "ai", "demo") for name in locked(service)}
    supplied = [path for path in LICENCES.rglob("*") if path.is_file()]
    assert supplied
    strays = [
        path
        for path in supplied
        if not any(path.is_relative_to(LICENCES / package) for package in there)
    ]
    assert strays == []


def test_a_package_without_a_text_is_a_fault_that_names_it(tmp_path: Path) -> None:
    found = installed(tmp_path, "bare", METADATA="Name: bare\nVersion: 1\nLicense: MIT\n")
    with pytest.raises(ValueError, match="no text of a licence is known of: bare, other"):
        write_notices([*python_packages(found, LICENCES), Package("other", "1", "MIT", ())])


def test_such_a_package_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "bare").mkdir(parents=True)
    lock = {"packages": {"node_modules/bare": {"version": "1", "license": "MIT"}}}
    (tmp_path / "node_modules" / ".package-lock.json").write_text(json.dumps(lock))
    command = [sys.executable, notices.__file__, str(LICENCES), str(tmp_path / "node_modules")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "bare" in done.stderr


def test_all_texts_of_a_package_are_taken_and_those_supplied(tmp_path: Path) -> None:
    metadata = "Name: some\nVersion: 1\nLicense-Expression: MIT AND ISC\n"
    texts = {
        "licenses__LICENSE": "one",
        "licenses__vendor__c__AUTHORS": "two",
        "NOTICE.txt": "three",
    }
    found = installed(tmp_path / "site", "some", METADATA=metadata, **texts)
    (tmp_path / "more" / "some" / "library").mkdir(parents=True)
    (tmp_path / "more" / "some" / "library" / "LICENSE").write_text("four")
    (package,) = python_packages(found, tmp_path / "more")
    assert package.declared == "MIT AND ISC"
    assert [text for _, text in package.texts] == ["three", "one", "two", "four"]
    written = write_notices([package])
    assert "some 1\nLicence: MIT AND ISC\n" in written
    assert "--- library/LICENSE\n\nfour\n" in written


def test_what_was_compiled_into_a_package_is_listed(tmp_path: Path) -> None:
    components = [
        {"name": "cssparser", "version": "0.38.0", "licenses": [{"license": {"id": "MPL-2.0"}}]},
        {"name": "memchr", "version": "2.8", "licenses": [{"expression": "Unlicense OR MIT"}]},
        {"name": "odd"},
    ]
    sbom = json.dumps({"bomFormat": "CycloneDX", "components": components})
    found = installed(
        tmp_path,
        "rusty",
        METADATA="Name: rusty\nVersion: 1\n",
        LICENSE="text",
        **{"sboms__rusty.cyclonedx.json": sbom},
    )
    assert (
        "rusty 1\nLicence: see below\nCompiled into it:\n  cssparser 0.38.0: MPL-2.0\n"
        "  memchr 2.8: Unlicense OR MIT\n  odd : not declared\n"
    ) in write_notices(python_packages(found, LICENCES))


@pytest.mark.parametrize(
    ("metadata", "declared"),
    [
        ("License-Expression: MIT\nLicense: ignored\n", "MIT"),
        ("License: BSD\n", "BSD"),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n", "MIT License"),
        ("License: A\n  whole\n  text\nClassifier: License :: OSI Approved\n", "OSI Approved"),
        ("Classifier: Programming Language :: Python\n", ""),
    ],
)
def test_what_a_package_declares_is_found_in_each_form(
    metadata: str, declared: str, tmp_path: Path
) -> None:
    found = installed(tmp_path, "some", METADATA=f"Name: some\nVersion: 1\n{metadata}", LICENSE="x")
    (package,) = python_packages(found, LICENCES)
    assert package.declared == declared
