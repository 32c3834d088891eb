"""`secrets.sh` creates missing Secrets in a cluster, and changes only what it is asked to."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.compose.secret_files import NATS_USERS, SETUP_CODE_CHARS
from tests.support.kubernetes.containers import encoded
from tests.support.kubernetes.made_secrets import SCRIPT, written
from tests.support.kubernetes.objects import NAMESPACE, PART_LABEL, Render
from tests.support.kubernetes.rendering import KUBECTL
from tests.support.kubernetes.schemas import misspelt
from tests.support.kubernetes.secret_api import SecretApi, secret_api

KEYS = {
    "web": {"database_url", "nats_url", "setup_code", "stream_keys"},
    "realtime": {"nats_url", "stream_keys"},
    "ai": {"nats_url"},
    "tools": {"operator_url", "publisher_url"},
    "nats": {*NATS_USERS, "cluster"},
    "postgres": {"password"},
}
READ = {
    "openai_api_key": ("ai", "openai_api_key"),
    "ai_connections": ("ai", "ai_connections"),
    "database_url": ("web", "database_url"),
    "nats_url_web": ("web", "nats_url"),
    "nats_url_realtime": ("realtime", "nats_url"),
    "nats_url_ai": ("ai", "nats_url"),
    "nats_url_operator": ("tools", "operator_url"),
    "nats_url_publisher": ("tools", "publisher_url"),
}
# What nats-server reads as a string, wherever it stands.
PASSWORD = re.compile(r"[a-z][a-zA-Z0-9_-]{30,}")
# As the compose stack makes it.
SETUP_CODE = re.compile(rf"[{SETUP_CODE_CHARS}]{{5}}(-[{SETUP_CODE_CHARS}]{{5}}){{3}}")
OTHERS_DATABASE = "postgresql://me:mine@db.example.org/chats"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that holds Secrets, and a person who types at it."""

    api: SecretApi

    def type(self, *arguments: str, given: str = "") -> str:
        """Type `secrets.sh … | kubectl apply -f -`; return what was said."""
        said = self.said(*arguments, given=given)
        assert said.returncode == 0, said.stderr
        apply = (KUBECTL, "apply", "-f", "-")
        return _run(apply, self.environment(), said.stdout).stdout

    def said(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run the script alone."""
        return _run(("/bin/sh", SCRIPT, *arguments), self.environment(), given, check=False)

    def environment(self) -> dict[str, str]:
        return {**self.api.environment(), "PATH": f"{KUBECTL.parent}{os.pathsep}/usr/bin:/bin"}

    def put(self, name: str, **values: str) -> None:
        """Make a Secret by hand."""
        written = {"metadata": {"name": name, "namespace": NAMESPACE}, "stringData": values}
        one = {"apiVersion": "v1", "kind": "Secret", **written}
        _run((KUBECTL, "apply", "-f", "-"), self.environment(), json.dumps(one))
        path = f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}"
        # An API server puts what is given as text where the rest is.
        kept = self.api.secrets[path]
        kept["data"] = {**kept.get("data", {}), **_encoded(kept.pop("stringData"))}


def _encoded(values: dict[str, str]) -> dict[str, str]:
    return {key: encoded(value) for key, value in values.items()}


def _run(
    command: tuple[str | Path, ...], env: dict[str, str], given: str, *, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=env, input=given, capture_output=True, text=True, check=check, timeout=300
    )


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with secret_api(tmp_path) as api:
        yield Cluster(api)


def test_all_that_is_missing_is_made_once_and_fits_together(cluster: Cluster) -> None:
    cluster.type("make")
    made = cluster.api.values()
    assert {name: set(values) for name, values in made.items()} == KEYS
    passwords = [*made["nats"].values(), made["postgres"]["password"]]
    assert all(PASSWORD.fullmatch(one) for one in passwords)
    assert len(set(passwords)) == len(passwords)
    for user in ("web", "realtime", "ai"):
        assert made[user]["nats_url"] == f"nats://{user}:{made['nats'][user]}@nats:4222"
    for user in ("operator", "publisher"):
        assert made["tools"][f"{user}_url"] == f"nats://{user}:{made['nats'][user]}@nats:4222"
    password = made["postgres"]["password"]
    assert made["web"]["database_url"] == f"postgresql://natter:{password}@postgres:5432/natter"
    assert made["web"]["stream_keys"] == made["realtime"]["stream_keys"]
    assert [len(key) >= 32 for key in json.loads(made["web"]["stream_keys"])] == [True]
    assert SETUP_CODE.fullmatch(made["web"]["setup_code"])
    again = cluster.said("make")
    assert (again.returncode != 0, again.stdout) == (True, "")
    assert again.stderr == "Nothing is missing.\n"
    assert cluster.api.values() == made


def test_what_is_there_stays_and_the_rest_is_made(cluster: Cluster) -> None:
    cluster.put("web", database_url=OTHERS_DATABASE)
    cluster.type("make")
    made = cluster.api.values()
    assert made["web"]["database_url"] == OTHERS_DATABASE
    assert "postgres" not in made
    assert {name: set(values) for name, values in made.items()} == {
        name: keys for name, keys in KEYS.items() if name != "postgres"
    }


def test_one_key_that_lacks_is_added(cluster: Cluster) -> None:
    cluster.type("make")
    before = cluster.api.values()
    path = f"/api/v1/namespaces/{NAMESPACE}/secrets/nats"
    del cluster.api.secrets[path]["data"]["cluster"]
    assert cluster.type("make") == "secret/nats configured\n"
    after = cluster.api.values()
    assert PASSWORD.fullmatch(after["nats"].pop("cluster"))
    del before["nats"]["cluster"]
    assert after == before


def test_a_rotation_changes_its_passwords_everywhere_and_nothing_else(cluster: Cluster) -> None:
    cluster.type("make")
    before = cluster.api.values()
    cluster.type("rotate", "nats")
    after = cluster.api.values()
    assert not set(before["nats"].values()) & set(after["nats"].values())
    for user in ("web", "realtime", "ai"):
        assert after["nats"][user] in after[user]["nats_url"]
    assert after["postgres"] == before["postgres"]
    assert after["web"]["stream_keys"] == before["web"]["stream_keys"]
    assert after["web"]["database_url"] == before["web"]["database_url"]
    cluster.type("rotate", "postgres")
    password = cluster.api.values()["postgres"]["password"]
    assert password != after["postgres"]["password"]
    assert password in cluster.api.values()["web"]["database_url"]
    assert cluster.api.values()["nats"] == after["nats"]


def test_a_key_of_stream_tokens_is_added_before_the_old_one_is_forgotten(cluster: Cluster) -> None:
    cluster.type("make")
    (old,) = json.loads(cluster.api.values()["web"]["stream_keys"])
    cluster.type("rotate", "stream_keys")
    both = cluster.api.values()
    new, kept = json.loads(both["web"]["stream_keys"])
    assert kept == old
    assert new != old
    assert both["realtime"]["stream_keys"] == both["web"]["stream_keys"]
    cluster.type("forget-old-stream-keys")
    for service in ("web", "realtime"):
        assert json.loads(cluster.api.values()[service]["stream_keys"]) == [new]


def test_a_secret_of_ones_own_is_kept_where_it_is_read(cluster: Cluster) -> None:
    own = {name: f'it\'s $my "own" {name}' for name in READ}
    for name, value in own.items():
        cluster.type("set", name, given=f"{value}\n")
    values = cluster.api.values()
    assert {name: values[secret][key] for name, (secret, key) in READ.items()} == own


def test_connections_may_have_several_lines_and_letters_of_any_kind(cluster: Cluster) -> None:
    given = '{"küche": {\n  "base_url": "http://127.0.0.1/v1"\n}}'
    cluster.type("set", "ai_connections", given=given)
    assert cluster.api.values()["ai"]["ai_connections"] == given


def test_a_key_that_no_header_could_hold_is_refused(cluster: Cluster) -> None:
    for given in ("two\nlines", "schlüssel", "a\tb"):
        said = cluster.said("set", "openai_api_key", given=given)
        assert (said.returncode != 0, said.stdout) == (True, ""), given
        assert given not in said.stderr


def test_whatever_else_is_typed_is_explained(cluster: Cluster) -> None:
    wrong = ("", "all", "set", "set password", "rotate web", "make x")
    for arguments in wrong:
        said = cluster.said(*arguments.split())
        assert (said.returncode != 0, said.stdout) == (True, ""), arguments
        assert said.stderr.startswith("usage: secrets.sh"), arguments


def test_without_a_cluster_it_says_so_and_writes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").unlink()
    said = cluster.said("make")
    assert said.returncode != 0
    assert said.stdout == ""
    assert "The cluster cannot be asked" in said.stderr


def test_another_namespace_is_named_in_each(cluster: Cluster) -> None:
    made = written("-n", "second", "--new", "make")["items"]
    assert {one["metadata"]["namespace"] for one in made} == {"second"}
    assert cluster.api.secrets == {}


def test_what_is_written_is_valid_and_marked_as_a_part() -> None:
    made = written("--new", "make")["items"]
    assert list(misspelt(Render(made))) == []
    assert {one["metadata"]["labels"][PART_LABEL] for one in made} == {"natter"}
