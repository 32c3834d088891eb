"""The secrets that a stack has made for itself, as only the machine's owner can read them."""

import json
import re
from typing import Final

from tests.compose.engine import CommandError, run
from tests.compose.project import Project

_READ: Final = """
import json, pathlib
files = (path for path in pathlib.Path("/made").rglob("*") if path.is_file())
print(json.dumps({str(path): path.read_text() for path in files}))
"""
# A password or key, and not the name of a variable.
_SECRET: Final = re.compile(r"(?<![\w-])(?!NATTER_[A-Z_]+\b)[A-Za-z0-9_-]{20,}")


def made_secrets(project: Project) -> dict[str, str]:
    """Return each secret by the file that it stands in and its number there."""
    listed = run("docker", "volume", "ls", "--quiet", f"--filter=name={project.name}_secrets-")
    volumes = [f"--volume={name}:/made/{name}:ro" for name in listed.split()]
    command = ("python", "-c", _READ)
    image = f"natter-web:{project.tag}"
    own = ("--rm", "--pull=never", "--network=none", "--user=0:0", f"--entrypoint={command[0]}")
    files = json.loads(run("docker", "run", *own, *volumes, image, *command[1:]))
    return {
        f"{file}:{number}": secret
        for file, content in files.items()
        for number, secret in enumerate(_SECRET.findall(content))
    }


def without_secrets(project: Project, text: str) -> str:
    """Take the stack's secrets out of a text; all of the text where they cannot be read."""
    try:
        secrets = made_secrets(project)
    except CommandError:
        return "the logs are not shown: the secrets that they may hold could not be read"
    for secret in secrets.values():
        text = text.replace(secret, "…")
    return text
