"""An API server of Kubernetes that knows Secrets alone, for the real kubectl.

It answers discovery, reads, creations and patches, in the form that the API's conventions give; a
patch is merged as RFC 7396 says, which for a Secret is what a strategic merge is.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, override

from tests.support.kubernetes.containers import decoded

_VERBS: Final = ["create", "delete", "get", "list", "patch", "update"]
_SECRETS: Final = {"name": "secrets", "singularName": "secret", "namespaced": True}
_DISCOVERY: Final[dict[str, Any]] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [{**_SECRETS, "kind": "Secret", "verbs": _VERBS}],
    },
}
_SOON_SECONDS: Final = 0.01
_CONFIGURATION: Final = """\
apiVersion: v1
kind: Config
current-context: test
clusters: [{{name: test, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
users: [{{name: test, user: {{}}}}]
"""


# There are no schemas here to hold an object to.
_PREFERENCES: Final = """\
apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
defaults: [{command: apply, options: [{name: validate, default: ignore}]}]
"""


@dataclass(slots=True)
class SecretApi:
    """The Secrets by their paths, and the folder whose files lead kubectl here."""

    folder: Path
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return what leads kubectl here, and to nothing of this machine's."""
        return {
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.folder / "kubeconfig"),
            "KUBERC": str(self.folder / "kuberc"),
        }

    def values(self) -> dict[str, dict[str, str]]:
        """Return the values of each Secret."""
        return {
            path.rpartition("/")[2]: {
                key: decoded(value) for key, value in one.get("data", {}).items()
            }
            for path, one in self.secrets.items()
        }


@contextmanager
def secret_api(folder: Path) -> Iterator[SecretApi]:
    """Serve on a free port of loopback for as long as the body runs."""
    api = SecretApi(folder)

    class Handler(_Handler):
        secrets = api.secrets

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(_SOON_SECONDS,))
    (folder / "kubeconfig").write_text(_CONFIGURATION.format(port=server.server_port))
    (folder / "kuberc").write_text(_PREFERENCES)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    secrets: dict[str, dict[str, Any]]

    def do_GET(self) -> None:
        """Answer with a Secret, or with what there is."""
        found = _DISCOVERY.get(self._path()) or self.secrets.get(self._path())
        self._answer(found)

    def do_POST(self) -> None:
        """Keep a new Secret."""
        one = self._body()
        self.secrets[f"{self._path()}/{one['metadata']['name']}"] = one
        self._answer(one, HTTPStatus.CREATED)

    def do_PATCH(self) -> None:
        """Change a Secret."""
        _merge(self.secrets[self._path()], self._body())
        self._answer(self.secrets[self._path()])

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["content-length"])))

    def _answer(self, found: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        if found is None:
            status = HTTPStatus.NOT_FOUND
            found = {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": status}
        body = json.dumps({"apiVersion": "v1", **found}).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _merge(target: dict[str, Any], patch: dict[str, Any]) -> None:
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        elif isinstance(value, dict):
            _merge(target.setdefault(name, {}), value)
        else:
            target[name] = value
