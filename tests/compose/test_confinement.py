"""Each container may do as little as its part needs; the proxy alone is reached from outside."""

import re
from http.client import HTTPConnection

import pytest

from tests.compose.project import Project, inspected
from tests.compose.replicas import inside

NATTER, POSTGRES = "10001", "999"
USERS = {
    "web": NATTER,
    "realtime": NATTER,
    "ai": NATTER,
    "demo": NATTER,
    "nats": NATTER,
    "proxy": NATTER,
    "postgres": POSTGRES,
}
# Of the container's first process and of those that it has started.
STATUS = "cat /proc/[0-9]*/status"
# The last but one: its first letter, percent-encoded.
FORMS = ("/{0}", "//{0}", "/{0}/", "/./{0}", "/ws/../{0}", "/{0}?", "/{0};x", "/%{1}{2}", "/{0}#")
HIDDEN = ("metrics", "live", "ready")


@pytest.mark.parametrize("service", sorted(USERS))
def test_every_process_is_one_without_rights(stack: Project, service: str) -> None:
    status = inside(stack.container(service), "sh", "-c", f"{STATUS} 2>/dev/null || true")
    assert set(re.findall(r"^Uid:\t(\d+)\t(\d+)", status, re.MULTILINE)) == {(USERS[service],) * 2}
    capabilities = {
        int(found, 16) for found in re.findall(r"^CapEff:\t(\w+)$", status, re.MULTILINE)
    }
    assert capabilities == {0}
    assert set(re.findall(r"^NoNewPrivs:\t(\d)$", status, re.MULTILINE)) == {"1"}


@pytest.mark.parametrize("service", sorted(USERS))
def test_the_root_cannot_be_written(stack: Project, service: str) -> None:
    mounts = inside(stack.container(service), "cat", "/proc/mounts").splitlines()
    (root,) = (mount.split() for mount in mounts if mount.split()[1] == "/")
    assert "ro" in root[3].split(",")


@pytest.mark.parametrize("service", sorted(USERS))
def test_the_engine_bounds_it_and_starts_it_again(stack: Project, service: str) -> None:
    host = inspected(stack.container(service))["HostConfig"]
    assert isinstance(host, dict)
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["LogConfig"]["Config"]["max-size"]
    assert not host["Privileged"]


@pytest.mark.parametrize("service", sorted(USERS))
def test_the_proxy_alone_is_published(stack: Project, service: str) -> None:
    network = inspected(stack.container(service))["NetworkSettings"]
    assert isinstance(network, dict)
    published = [binding for bindings in network["Ports"].values() for binding in bindings or ()]
    own = [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}]
    assert published == (own if service == "proxy" else [])


@pytest.mark.parametrize(
    "form",
    ["/{0}", "//{0}", "/{0}/", "/./{0}", "/ws/../{0}", "/%6{1}{2}", "/{0}?", "/{0};x", "/{0}#"],
)
@pytest.mark.parametrize("page", HIDDEN)
def test_what_is_for_operators_is_not_reached(stack: Project, page: str, form: str) -> None:
    path = form.format(page, format(ord(page[0]), "x"), page[1:])
    connection = HTTPConnection("127.0.0.1", stack.port, timeout=30)
    connection.putrequest("GET", path)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in {400, 404}
    assert b"natter_" not in body
    assert b'"ready"' not in body
