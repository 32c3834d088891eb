"""The gateway's README: its examples by name, and the nats-server that it describes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from deploy.local.nats_server import nats_binary
from deploy.local.process import Child, Command, Watch

ROOT: Final = Path(__file__).parent.parent.parent
README: Final = ROOT / "services" / "realtime" / "README.md"
_EXAMPLE: Final = re.compile(r"`(\w+\.\w+)`[^\n]*:\n\n```\w*\n(.*?)```", re.DOTALL)
_PORTS: TypeAdapter[dict[str, list[str]]] = TypeAdapter(dict[str, list[str]])
PASSWORDS: Final = {"app": "n-app-of-the-tests", "gateway": "n-gateway-of-the-tests"}


@dataclass(frozen=True, slots=True)
class ReadmeServer:
    """A running server with the README's configuration."""

    port: int

    def url(self, user: str) -> str:
        """Return the address with the name and password of `user`."""
        return f"nats://{user}:{PASSWORDS[user]}@127.0.0.1:{self.port}"


def examples() -> dict[str, str]:
    """Return every example by the name that the README gives it."""
    return dict(_EXAMPLE.findall(README.read_text()))


@contextmanager
def readme_nats(folder: Path) -> Iterator[ReadmeServer]:
    """Run a nats-server with the README's `nats.conf` and an empty store in `folder`."""
    folder.mkdir()
    configuration = folder / "nats.conf"
    configuration.write_text(examples()["nats.conf"])
    listen = ("-a", "127.0.0.1", "-p", "-1", "-sd", str(folder), "--ports_file_dir", str(folder))
    variables = {f"{user.upper()}_PASSWORD": password for user, password in PASSWORDS.items()}
    child = Child(
        Command("nats", (str(nats_binary()), "-c", str(configuration), *listen), variables), Watch()
    )
    try:
        child.wait_until(lambda: any(folder.glob("*.ports")), 30)
        (ports,) = folder.glob("*.ports")
        address = _PORTS.validate_json(ports.read_bytes())["nats"][0]
        yield ReadmeServer(int(address.rsplit(":", 1)[1]))
    finally:
        child.stop()
