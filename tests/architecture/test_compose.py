"""The compose stack is hardened, closed, and agrees with the code about every name."""

import ast
import json
import re
import subprocess
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from deploy.compose.secret_files import NATS_USERS, READERS, complete
from deploy.compose.secret_store import Store
from deploy.local.nats_server import USERS
from services.ai.settings import AiSettings
from services.demo.settings import DemoSettings
from services.realtime.settings import RealtimeSettings
from services.shared.process.serving import SHUTDOWN_SECONDS
from services.shared.process.settings import ServiceSettings, variable_name
from services.shared.process.tracing.export import FLUSH_SECONDS
from services.web.settings import WebSettings
from tests.support.compose_files import (
    BASE,
    COMPOSE,
    FILES,
    environment,
    load,
    megabytes,
    seconds,
    services,
    variables,
)
from tests.support.printed import ROOT

OURS: dict[str, type[ServiceSettings]] = {
    "web": WebSettings,
    "realtime": RealtimeSettings,
    "ai": AiSettings,
    "demo": DemoSettings,
}
SETTINGS: dict[str, type[ServiceSettings]] = {**OURS, "migrate": WebSettings}
ONE_SHOTS = {"secrets", "migrate", "natter", "natter-jobs"}
FOREIGN = {"proxy", "postgres", "nats"}
ALL = sorted(services())
# Who reads these is not ours: uvicorn, Go's memory manager, OpenTelemetry, PostgreSQL's image.
READ_BY_OTHERS = {
    "FORWARDED_ALLOW_IPS",
    "GOMEMLIMIT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD_FILE",
    "POSTGRES_USER",
}
READ_BY_TOOLS = {"NATTER_DATA_DIR", "NATS_URL"}
# The arrows of the design's picture, and what Natter's own parts need beside them.
REACHED = {
    frozenset(pair)
    for pair in (
        ("proxy", "web"),
        ("proxy", "realtime"),
        ("web", "realtime"),
        ("web", "nats"),
        ("realtime", "nats"),
        ("ai", "nats"),
        ("web", "ai"),
        ("realtime", "ai"),
        ("web", "postgres"),
        ("migrate", "postgres"),
        ("web", "migrate"),
        ("ai", "demo"),
    )
}
CADDYFILE = (ROOT / "deploy/proxy/Caddyfile").read_text()
DOCKERFILE = (ROOT / "deploy/images/Dockerfile").read_text()
EXAMPLE = (COMPOSE / ".env.example").read_text()
# Read by `docker compose` itself.
READ_BY_COMPOSE = {"COMPOSE_FILE"}


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_service_is_told_nothing_that_it_does_not_know(name: str, file: Path) -> None:
    settings = SETTINGS[name]
    known = {variable_name(settings, field) for field in settings.model_fields}
    told = set(environment(services(file).get(name, {})))
    unknown = {variable.removesuffix("_FILE") for variable in told} - known
    assert unknown <= READ_BY_OTHERS


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_foreign_services_have_only_variables_that_they_read(file: Path) -> None:
    in_caddyfile = set(re.findall(r"\{\$([A-Z_]+)", CADDYFILE))
    known = {
        "proxy": in_caddyfile,
        "natter": READ_BY_TOOLS,
        "natter-jobs": READ_BY_TOOLS,
    }
    for name in known.keys() | {"postgres", "nats", "secrets"}:
        told = set(environment(services(file).get(name, {})))
        assert told <= known.get(name, set()) | READ_BY_OTHERS, name


def test_it_has_accounts_unless_the_operator_says_otherwise_twice() -> None:
    """web refuses the first without the second, since it listens on all addresses."""
    told = environment(services()["web"])
    assert told["NATTER_WEB_SINGLE_USER"] is None
    assert told["NATTER_WHOEVER_REACHES_IT_IS_ITS_USER"] is None


def test_the_example_names_each_variable_that_is_read_and_no_other() -> None:
    read = {name for file in FILES for name in variables(file)}
    named = re.findall(r"^#([A-Z_]+)=", EXAMPLE, re.MULTILINE)
    assert sorted(named) == sorted(read | READ_BY_COMPOSE)


def test_the_example_sets_nothing_and_explains_each_variable_above_it() -> None:
    lines = [line for line in EXAMPLE.splitlines() if line]
    for before, line in pairwise(lines):
        assert line.startswith("#")
        if re.match(r"#[A-Z_]+=", line):
            assert re.fullmatch(r"# [A-Z].*\.", before), line


@pytest.mark.parametrize("text", [EXAMPLE, (ROOT / "deploy/README.md").read_text()])
def test_a_secret_stands_in_single_quotes(text: str) -> None:
    """Without them `docker compose` takes $ for a variable and # for a comment."""
    shown = re.findall(r"^#?(?:\w+_API_KEY|DATABASE_URL|NATS_URL_\w+)=(.*)$", text, re.MULTILINE)
    assert shown
    assert all(re.fullmatch(r"'[^']+'", value) for value in shown)


def test_the_example_gives_the_real_defaults() -> None:
    defaults = {
        variable_name(settings, field): info.default
        for settings in OURS.values()
        for field, info in settings.model_fields.items()
    }
    for name, value in re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE):
        default = defaults.get(name)
        if isinstance(default, int | float) and not isinstance(default, bool):
            assert float(value) == default, name


@pytest.mark.parametrize("name", ALL)
def test_every_service_is_hardened(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["tmpfs"][0] == "/tmp"  # noqa: S108 - within a container
    assert service["restart"] == ("no" if name in ONE_SHOTS else "unless-stopped")
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    limits = service["deploy"]["resources"]["limits"]
    assert megabytes(limits["memory"]) <= 1024
    assert limits["pids"] <= 256


def test_root_and_capabilities_are_for_two_only() -> None:
    users = {name: service["user"] for name, service in services().items()}
    assert {name for name, user in users.items() if user == "0:0"} == {"secrets"}
    assert {name for name, user in users.items() if user == "999:999"} == {"postgres"}
    added = {name: one["cap_add"] for name, one in services().items() if "cap_add" in one}
    assert added == {"secrets": ["CHOWN", "DAC_OVERRIDE", "FOWNER"], "proxy": ["NET_BIND_SERVICE"]}


def test_each_part_reaches_whom_it_has_to_and_nobody_else() -> None:
    running = {name: one for name, one in services().items() if "profiles" not in one}
    networks = {name: set(one.get("networks", ())) for name, one in running.items()}
    reached = {
        frozenset(pair)
        for pair in combinations(networks, 2)
        if networks[pair[0]] & networks[pair[1]]
    }
    assert reached == REACHED
    alone = {name for name, one in running.items() if one.get("network_mode") == "none"}
    assert alone == {name for name, joined in networks.items() if not joined}


def test_the_internet_is_reached_from_two_networks_only() -> None:
    networks = load()["networks"]
    assert {name for name, one in networks.items() if not one.get("internal")} == {
        "endpoint",
        "published",
    }
    for name, members in (("endpoint", {"ai", "demo"}), ("published", {"proxy"})):
        assert {
            who for who, one in services().items() if name in one.get("networks", ())
        } == members


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if file.name != "observability.yaml"],  # on loopback, always
    ids=lambda path: path.name,
)
def test_nothing_but_the_proxy_publishes_a_port_and_that_where_it_is_told(file: Path) -> None:
    publishing = {name: one["ports"] for name, one in services(file).items() if "ports" in one}
    allowed = {"proxy"} if file.name != "existing-proxy.yaml" else {"web", "realtime"}
    assert set(publishing) <= allowed
    for ports in publishing.values():
        assert {port["host_ip"] for port in ports} == {"${NATTER_BIND:-127.0.0.1}"}


def test_who_is_published_believes_no_proxy_that_is_not_named() -> None:
    for name, service in services(COMPOSE / "existing-proxy.yaml").items():
        trusted = environment(service)["FORWARDED_ALLOW_IPS"] or ""
        assert trusted.startswith("${NATTER_TRUSTED_PROXIES:?"), name


def test_the_ports_without_a_domain_are_those_with_one_but_for_https() -> None:
    plain = services(COMPOSE / "ports.yaml")["proxy"]["ports"]
    encrypted = services(COMPOSE / "ports-tls.yaml")["proxy"]["ports"]
    assert encrypted[: len(plain)] == plain
    assert {port["target"] for port in encrypted[len(plain) :]} == {443}


@pytest.mark.parametrize(("name", "settings"), OURS.items())
def test_ports_are_the_defaults_of_the_settings(name: str, settings: type[ServiceSettings]) -> None:
    port = settings.model_fields["port"].default
    stage = re.search(
        rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL
    )
    assert stage
    assert re.findall(r"^EXPOSE (\d+)$", stage[1], re.MULTILINE) == [str(port)]
    assert f'"services.shared.process.probe", "{port}"' in stage[1]
    ports = services(COMPOSE / "existing-proxy.yaml").get(name, {}).get("ports", [])
    assert {one["target"] for one in ports} <= {port}
    asked = re.findall(
        rf"^    await_ready {name} (\d+)$", (COMPOSE / "rotate.sh").read_text(), re.MULTILINE
    )
    assert set(asked) <= {str(port)}


def test_the_proxy_and_ai_find_the_others_under_their_names() -> None:
    for name in ("web", "realtime"):
        port = OURS[name].model_fields["port"].default
        upstream = (
            f"{{$NATTER_PROXY_{name.upper()}:{name}}} {{$NATTER_PROXY_{name.upper()}_PORT:{port}}}"
        )
        assert upstream in CADDYFILE
    demo = f"http://demo:{DemoSettings.model_fields['port'].default}/v1"
    assert environment(services()["ai"])["NATTER_AI_DEMO_URL"] == demo
    assert json.loads(environment(services()["demo"])["NATTER_DEMO_ALLOWED_HOSTS"] or "") == [
        "demo"
    ]


def test_a_service_has_the_time_to_end_by_itself() -> None:
    assert environment(services()["ai"])["NATTER_AI_DRAIN_SECONDS"] == "15"
    assert environment(services()["web"])["NATTER_WEB_DRAIN_SECONDS"] == "5"
    for name, settings in OURS.items():
        field = settings.model_fields.get("drain_seconds")
        default = field.default if field else 0
        variable = f"NATTER_{name.upper()}_DRAIN_SECONDS"
        drain = float(environment(services()[name]).get(variable) or default)
        needed = drain + SHUTDOWN_SECONDS + FLUSH_SECONDS
        assert seconds(services()[name]["stop_grace_period"]) > needed, name


def test_health_is_checked_as_the_image_says_and_of_ours_by_nothing_else() -> None:
    for name, service in services().items():
        if name in ONE_SHOTS:
            assert service.get("healthcheck") == {"disable": True}, name
        else:
            assert ("healthcheck" in service) == (name in FOREIGN), name


def test_a_service_waits_for_health_or_for_a_one_shot_to_complete() -> None:
    for name, service in services().items():
        for other, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if other in ONE_SHOTS else "service_healthy"
            # Another endpoint needs no demo.
            assert how == {"condition": "service_started" if other == "demo" else expected}, name


def test_users_of_nats_are_the_same_everywhere() -> None:
    configuration = (ROOT / "deploy/nats/nats.conf").read_text()
    users = re.findall(r"\{ user: (\w+), password: \$(\w+),", configuration)
    assert users == [(user, f"NATTER_NATS_{user.upper()}_PASSWORD") for user in NATS_USERS]
    assert NATS_USERS == USERS


def test_each_file_of_a_secret_is_one_that_its_reader_gets(tmp_path: Path) -> None:
    store = Store(tmp_path, READERS)
    with store.locked():
        made = {Path(name) for name in complete(store)}
    told = [(name, one) for file in FILES for name, one in services(file).items()]
    for name, service in told:
        if name not in services():
            continue
        volumes = dict(v.split(":")[:2] for v in services()[name].get("volumes", ()))
        named = re.findall(
            r"/run/secrets/([\w.]+)",
            json.dumps([service.get("entrypoint"), dict(environment(service))]),
        )
        reader = next((key[8:] for key, path in volumes.items() if path == "/run/secrets"), "")
        assert {Path(reader, file) for file in named} <= made, name


def test_secrets_are_mounted_for_their_reader_alone_and_never_to_be_written() -> None:
    readers = {"web": "web", "migrate": "web", "natter": "tools", "natter-jobs": "tools"}
    for name, service in services().items():
        mounted = {volume for volume in service.get("volumes", ()) if volume.startswith("secrets-")}
        if name == "secrets":
            assert mounted == {f"secrets-{reader}:/secrets/{reader}" for reader in READERS}
        else:
            reader = readers.get(name, name)
            assert mounted <= {f"secrets-{reader}:/run/secrets:ro"}, name


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_an_address_with_a_password_may_stand_in_a_file(file: Path) -> None:
    for name, service in services(file).items():
        told = environment(service)
        for variable in {"DATABASE_URL", "NATS_URL"} & told.keys() if name in SETTINGS else ():
            assert told[f"{variable}_FILE"] == f"/run/secrets/own_{variable.lower()}", name


def test_volumes_of_data_get_their_owner_before_they_are_used() -> None:
    data = {name for name in load()["volumes"] if not name.startswith("secrets-")}
    handed = {v.split(":")[0] for v in services()["secrets"]["volumes"] if ":/volumes/" in v}
    assert handed == data
    for name in data:
        assert f"{name}:/volumes/{name}" in services()["secrets"]["volumes"]


def test_scripts_of_secrets_are_all_mounted() -> None:
    configs = load()["configs"]
    service = services()["secrets"]
    mounted = {one["source"]: one["target"] for one in service["configs"]}
    assert set(mounted) == imported(service["entrypoint"][-1])
    for source, target in mounted.items():
        assert target == f"/natter/deploy/compose/{source}"
        assert configs[source]["file"] == f"./{source}"


def imported(module: str) -> set[str]:
    """Return the files of deploy/compose that a module of it needs, itself among them."""
    file = f"{module.rpartition('.')[2]}.py"
    tree = ast.parse((COMPOSE / file).read_text())
    own = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("deploy.compose")
    }
    return {file}.union(*(imported(name) for name in own if name))


def test_what_is_mounted_is_there() -> None:
    for config in load()["configs"].values():
        assert (COMPOSE / config["file"]).is_file(), config


def test_go_leaves_room_below_the_limit_of_its_memory() -> None:
    for name in ("nats", "proxy"):
        service = services()[name]
        limit = megabytes(service["deploy"]["resources"]["limits"]["memory"])
        assert megabytes(environment(service)["GOMEMLIMIT"] or "") <= limit * 0.9


def test_the_demo_is_told_of_unless_an_endpoint_is_named() -> None:
    (file,) = services()["web"]["env_file"]
    naming = re.findall(r"\$\{([A-Z_]+):\+-off\}", file["path"])
    assert re.sub(r"\$\{.*?\}", "", file["path"]) == "demo.env"
    assert file["required"] is False
    assert set(naming) == {
        "NATTER_AI_CONNECTIONS",
        "NATTER_AI_DEFAULT_CONNECTION",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENAI_MODEL",
    }
    assert "NATTER_WEB_DEMO=true" in (COMPOSE / "demo.env").read_text().splitlines()


@pytest.mark.parametrize(
    "file", [file for file in FILES if file != BASE], ids=lambda path: path.name
)
def test_an_override_changes_what_is_there(file: Path) -> None:
    known = {**load(), "x-reloading": None}
    # Prometheus and Grafana come with their networks, and a collector with one.
    watching = {"prometheus", "grafana", "metrics", "dashboards"}
    added = {
        "development.yaml": {"front-end"},
        "observability.yaml": watching,
        "tracing.yaml": {"tracing"},
    }
    for part, content in load(file).items():
        assert part in known
        if part in ("services", "networks"):
            assert set(content) - added.get(file.name, set()) <= set(known[part])


@pytest.mark.parametrize("name", ["up.sh", "down.sh", "rotate.sh"])
def test_a_script_finds_its_own_folder_whatever_the_shell_searches(
    name: str, tmp_path: Path
) -> None:
    """With CDPATH, `cd deploy/compose` may lead to a folder of that name somewhere else."""
    (tmp_path / "elsewhere/deploy/compose").mkdir(parents=True)
    script = tmp_path / "deploy/compose" / name
    script.parent.mkdir(parents=True)
    head, cd, _ = (COMPOSE / name).read_text().partition('cd "$(dirname "$0")"\n')
    script.write_text(f"{head}{cd}pwd\n")
    environment = {"CDPATH": str(tmp_path / "elsewhere")}
    command = ["sh", f"deploy/compose/{name}"]
    said = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{script.parent}\n"
