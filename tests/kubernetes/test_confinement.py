"""Each pod runs as its manifest says: without rights, on a root that it cannot write."""

import re

import pytest

from tests.kubernetes.conftest import FIRST, THEN
from tests.kubernetes.played import Played
from tests.kubernetes.probing import answers, probes_of
from tests.support.kubernetes.containers import files, holdings
from tests.support.kubernetes.images import user_of

RUNNING = (*FIRST, *THEN)
# Of the container's first process and of those that it has started.
STATUS = "cat /proc/[0-9]*/status 2>/dev/null || true"
# Bit 10 of the capabilities (capabilities(7)): Caddy's program carries it.
NET_BIND_SERVICE = 1 << 10
CAPABILITIES = {"proxy": NET_BIND_SERVICE}
SERVICE_LINK = re.compile(r"_(SERVICE_HOST|SERVICE_PORT|PORT_\d+_TCP(_\w+)?)$")
# What images, podman and the C library add.
ADDED = {"PATH", "HOME", "TERM", "HOSTNAME", "container", "PWD", "SHLVL", "OLDPWD", "_"}


@pytest.mark.parametrize("name", RUNNING)
def test_every_process_is_one_without_rights(pods: Played, name: str) -> None:
    status = pods.inside(name, "sh", "-c", STATUS)
    user, group = user_of(name) or (0, 0)
    assert set(re.findall(r"^Uid:\t(\d+)\t(\d+)", status, re.MULTILINE)) == {(str(user),) * 2}
    assert set(re.findall(r"^Gid:\t(\d+)\t(\d+)", status, re.MULTILINE)) == {(str(group),) * 2}
    for kind in ("CapEff", "CapPrm", "CapBnd"):
        found = {int(one, 16) for one in re.findall(rf"^{kind}:\t(\w+)$", status, re.MULTILINE)}
        assert found <= {0, CAPABILITIES.get(name, 0)}, kind
    assert set(re.findall(r"^NoNewPrivs:\t(\d)$", status, re.MULTILINE)) == {"1"}
    assert set(re.findall(r"^Seccomp:\t(\d)$", status, re.MULTILINE)) == {"2"}


@pytest.mark.parametrize("name", RUNNING)
def test_it_writes_where_it_may_and_nowhere_else(pods: Played, name: str) -> None:
    main = pods.render.workload(name).main
    mounts = [line.split() for line in pods.inside(name, "cat", "/proc/mounts").splitlines()]
    options = {place: set(given.split(",")) for _, place, _, given, *_ in mounts}
    assert "ro" in options["/"]
    for mount in main.get("volumeMounts", ()):
        path = mount["mountPath"]
        assert ("ro" if mount.get("readOnly") else "rw") in options[path], path
        if not mount.get("readOnly"):
            pods.inside(name, "sh", "-c", f"touch {path}/made && rm {path}/made")


@pytest.mark.parametrize("name", RUNNING)
def test_it_reads_its_own_files(pods: Played, name: str) -> None:
    workload = pods.render.workload(name)
    given = dict(files(workload, workload.main, holdings(pods.render)))
    for path, content in given.items():
        assert pods.inside(name, "cat", path) == content, path
    secret = {path for path in given if path.startswith("/run/secrets/")}
    expected = {one.rpartition("/")[2] for one in secret}
    assert set(pods.inside(name, "sh", "-c", "ls /run/secrets 2>/dev/null || true").split()) == (
        expected
    )


@pytest.mark.parametrize("name", RUNNING)
def test_it_is_told_what_its_manifest_says_and_nothing_of_services(pods: Played, name: str) -> None:
    found = pods.inside(name, "sh", "-c", "env -0").split("\0")
    variables = dict(one.partition("=")[::2] for one in found if one)
    assert not [one for one in variables if SERVICE_LINK.search(one)]
    inherited = pods.inspected(name)["Config"]["Env"]
    assert variables.keys() - {one.partition("=")[0] for one in inherited} <= ADDED


@pytest.mark.parametrize("name", RUNNING)
def test_its_memory_is_bounded(pods: Played, name: str) -> None:
    assert pods.inspected(name)["HostConfig"]["Memory"] > 0


@pytest.mark.parametrize("name", RUNNING)
def test_the_probes_of_its_manifest_are_answered(pods: Played, name: str) -> None:
    for kind, probe in probes_of(pods, name).items():
        assert answers(pods, name, probe), kind


@pytest.mark.parametrize("name", RUNNING)
def test_nobody_answers_another_probe(pods: Played, name: str) -> None:
    for probe in probes_of(pods, name).values():
        if "httpGet" in probe:
            wrong = {"httpGet": {**probe["httpGet"], "path": "/no-such-probe"}}
            assert not answers(pods, name, wrong)
