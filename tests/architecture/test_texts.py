"""What no file of the project may say, wherever it was written."""

import json
import re

from tests.architecture.project import ROOT, project_texts

# Put together here, so that this file does not hold what it looks for.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("PythonHosted".lower(), "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
    )
]
PLACES = [
    "/".join(parts)
    # Of homes, any but that of Ada, who lives in tests.
    for parts in (
        ("", "work", ""),
        ("", "root", ""),
        ("", "home", r"(?!ada\b)\w"),
        ("", "Users", ""),
    )
]
FORBIDDEN = re.compile("|".join([*map(re.escape, REGISTRIES), rf"(?<![\w.])({'|'.join(PLACES)})"]))
LOCK_FILES = sorted(ROOT.glob("requirements-*.lock"))


def test_no_file_names_a_package_registry_or_a_place_on_one_machine() -> None:
    found = [
        f"{path}: {match[0]}"
        for path, text in project_texts()
        for match in FORBIDDEN.finditer(text)
    ]
    assert found == []


def test_the_rule_knows_what_it_looks_for() -> None:
    for sample in (*REGISTRIES, "cd /" + "work/main", "'/" + "home/me/x'"):
        assert FORBIDDEN.search(f"see {sample} there"), sample


def test_every_requirement_is_pinned_by_hashes_and_by_no_address() -> None:
    for path in LOCK_FILES:
        text = path.read_text()
        assert "://" not in text, path
        assert "--index-url" not in text, path
        requirements = re.split(r"\n(?=\S)", text.replace("\\\n", "").strip())
        assert len(requirements) == len(re.findall(r"^[a-z]", text, re.MULTILINE)) > 0, path
        for requirement in requirements:
            assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==[^ ]+ ", requirement), requirement
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_there_is_a_lock_file_for_every_use() -> None:
    uses = {path.stem.removeprefix("requirements-") for path in LOCK_FILES}
    assert uses == {"web", "realtime", "ai", "demo", "tracing", "reload", "local", "dev"}


def test_every_node_package_is_pinned_by_a_hash_and_by_no_address() -> None:
    lock = json.loads((ROOT / "services/web/frontend/package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
