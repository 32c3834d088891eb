"""The images as they are run: sealed, by nobody, with what they need and with nothing else."""

import re
import shutil
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.architecture.project import ROOT, project_files
from tests.compose.images import (
    BUILD_SECONDS,
    DOCKERFILE,
    SEALED,
    SERVICES,
    Facts,
    Images,
    build_all,
    build_from,
    ended,
    facts_of,
    inspected,
    python,
    run,
)
from tests.support.dockerfile import is_sent
from tests.support.waiting import DEADLINE_SECONDS, LOOK_AGAIN_SECONDS

HIGHLIGHT = b"""
import asyncio
from services.shared.highlighting.code import Code
from services.shared.highlighting.highlighter import Highlighter

async def main():
    highlighter, code = Highlighter(), Code("python", "import this")
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(highlighter.run())
        print((await highlighter.colours([code], 60.0))[code])
        running.cancel()

asyncio.run(main())
"""

each_service = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture(scope="module")
def images() -> Iterator[Images]:
    """All images, under a tag that goes with the tests."""
    tag = f"test-{uuid4().hex[:8]}"
    try:
        yield build_all(tag)
    finally:
        for name in ("base", *SERVICES):
            ended("docker", "rmi", f"natter-{name}:{tag}")


@pytest.fixture(scope="module")
def facts(images: Images) -> dict[str, Facts]:
    """What the container of each service holds."""
    return {service: facts_of(images.name(service), service) for service in SERVICES}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project's files."""
    for path in project_files():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    return tmp_path


def test_what_each_adds_to_its_base_is_printed_and_within_the_bound(images: Images) -> None:
    table = images.said[images.said.index("compressed, in MB") :].splitlines()[1:]
    added = {re.split(r"\s{2,}", row)[0]: float(row.split()[-2]) for row in table}
    names = [images.name(service) for service in SERVICES]
    assert [*added] == [*names, "all, shared layers once"]
    assert all(0 < added[name] <= 25 for name in names)
    assert added["all, shared layers once"] < sum(added[name] for name in names)


@each_service
def test_it_is_run_by_nobody_without_any_rights(service: str, facts: dict[str, Facts]) -> None:
    found = facts[service]
    assert set(found["ids"]) == {10001}
    assert (found["capabilities"], found["no_new_privileges"]) == (0, "1")
    assert found["writable"] == []


@each_service
def test_it_can_neither_install_nor_build_anything(service: str, facts: dict[str, Facts]) -> None:
    assert facts[service]["installers"] == []
    assert facts[service]["programs"] == []


@each_service
def test_it_trusts_the_usual_authorities(service: str, facts: dict[str, Facts]) -> None:
    assert facts[service]["authorities"] > 100


@each_service
def test_no_start_compiles_anything(service: str, facts: dict[str, Facts]) -> None:
    assert facts[service]["uncompiled"] == []
    assert facts[service]["standard_library_is_compiled"]


@each_service
def test_it_carries_the_code_of_its_service_and_of_no_other(
    service: str, facts: dict[str, Facts]
) -> None:
    ours = [path.relative_to(ROOT).as_posix() for path in project_files()]
    commands = ("services/natter.py",) if service in {"web", "realtime"} else ()
    roots = ("services/__init__.py", "services/shared/", f"services/{service}/", *commands)
    expected = {
        path
        for path in ours
        if path.startswith(roots)
        and not path.startswith("services/web/frontend/")
        and not path.endswith(("README.md", ".gitignore"))
    }
    carried = {path for path in facts[service]["files"] if "." in Path(path).name}
    built = {path for path in carried if path.startswith("services/web/static/build/")}
    assert carried - built == expected
    assert ("services/web/static/build/manifest.json" in built) == (service == "web")


@each_service
def test_it_carries_the_packages_of_its_lock_file_and_no_other(
    service: str, facts: dict[str, Facts]
) -> None:
    lock = (ROOT / f"requirements-{service}.lock").read_text()
    locked = {
        name
        for name, marker in re.findall(r"^([a-z0-9-]+)==\S+(.*)$", lock, re.MULTILINE)
        if "== 'emscripten'" not in marker
    }
    assert {re.sub(r"[_.]", "-", name).lower() for name, _ in facts[service]["packages"]} == locked


@each_service
def test_its_notices_name_every_package_that_it_carries(
    service: str, facts: dict[str, Facts]
) -> None:
    found = facts[service]
    assert found["licence"] == (ROOT / "LICENSE").read_text()
    for name, version in found["packages"]:
        assert f"\n{name} {version}\nLicence: " in found["notices"]
    for name in ("@hotwired/turbo", "@hotwired/stimulus"):
        assert (f"\n{name} " in found["notices"]) == (service == "web")
    assert "esbuild" not in found["notices"]


@each_service
def test_its_labels_tell_what_it_is(service: str, images: Images) -> None:
    prefix = "org.opencontainers.image."
    labels = inspected(images.name(service))["Config"]["Labels"]
    assert labels[prefix + "title"] == f"Natter: {service}"
    assert labels[prefix + "licenses"] == "MIT"
    assert re.fullmatch(r"\d+\.\d+\.\d+", labels[prefix + "version"])
    revision = run("git", "rev-parse", "HEAD").strip()
    assert labels[prefix + "revision"].removesuffix("-dirty") == revision


def test_the_demo_becomes_healthy(images: Images) -> None:
    container = run("docker", "run", "--detach", *SEALED, images.name("demo")).strip()
    ask = ("docker", "inspect", "--format={{.State.Health.Status}}", container)
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (state := run(*ask).strip()) == "starting":
            assert time.monotonic() < deadline
            time.sleep(LOOK_AGAIN_SECONDS)
        assert state == "healthy", run("docker", "logs", container)
    finally:
        run("docker", "rm", "--force", container)


@pytest.mark.parametrize(
    ("service", "arguments", "said"),
    [
        ("web", ["migrate"], "DATABASE_URL"),
        ("realtime", [], "NATTER_STREAM_KEYS"),
        ("realtime", ["publish", "--help"], "usage: natter publish"),
        ("ai", ["--check"], "NATS_URL"),
    ],
)
def test_arguments_reach_the_service(
    service: str, arguments: list[str], said: str, images: Images
) -> None:
    _, told = ended("docker", "run", "--rm", *SEALED, images.name(service), *arguments)
    assert said in told


def test_a_module_that_is_mounted_over_the_images_own_is_the_one_that_runs(
    images: Images, tmp_path: Path
) -> None:
    (tmp_path / "settings.py").write_text("raise SystemExit('mounted')\n")
    (tmp_path / "settings.py").chmod(0o644)
    mount = f"--volume={tmp_path}/settings.py:/natter/services/demo/settings.py:ro"
    assert ended("docker", "run", "--rm", *SEALED, mount, images.name("demo")) == (1, "mounted\n")


@pytest.mark.parametrize("service", ["web", "ai"])
def test_code_is_highlighted_in_a_process_of_its_own_where_nothing_can_be_written(
    service: str, images: Images
) -> None:
    assert "<span" in python(images.name(service), HIGHLIGHT)


def test_new_code_makes_one_new_layer(images: Images, checkout: Path) -> None:
    with (checkout / "services/demo/app.py").open("a") as code:
        code.write(f"# {uuid4()}\n")
    name = images.name("demo") + "-changed"
    build_from(checkout, "demo", name)
    before, after = (inspected(one)["RootFS"]["Layers"] for one in (images.name("demo"), name))
    run("docker", "rmi", name)
    assert len(after) == len(before)
    assert after[:-1] == before[:-1]
    assert after[-1] != before[-1]


def test_a_checkout_that_only_its_owner_reads_makes_an_image_that_works(
    images: Images, checkout: Path
) -> None:
    for path in checkout.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    name = images.name("web") + "-private"
    build_from(checkout, "web", name)
    try:
        assert facts_of(name, "web")["unreadable"] == []
    finally:
        run("docker", "rmi", name)


def test_the_builder_gets_what_the_ignore_file_lets_through(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for secret in (".env", ".git/config", ".natter/publisher.env", "services/ai/.env.local"):
        (checkout / secret).parent.mkdir(parents=True, exist_ok=True)
        (checkout / secret).write_text("a secret")
    (checkout / DOCKERFILE).write_text("FROM scratch\nCOPY . /\n")
    sent = tmp_path_factory.mktemp("sent") / "sent.tar"
    output = ("--output", f"type=tar,dest={sent}", "--file", str(checkout / DOCKERFILE))
    run("docker", "buildx", "build", *output, str(checkout), seconds=BUILD_SECONDS)
    with tarfile.open(sent) as archive:
        names = {member.name for member in archive if member.isfile()}
    files = {p.relative_to(checkout).as_posix() for p in checkout.rglob("*") if p.is_file()}
    ignore_file = checkout / f"{DOCKERFILE}.dockerignore"
    assert names == {name for name in files if is_sent(name, ignore_file)}
