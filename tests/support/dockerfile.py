"""A Dockerfile as its stages and their instructions; and what its ignore file keeps out."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

_STAGE = re.compile(r"(?:--platform=\S+ )?(?P<base>\S+) AS (?P<name>\S+)")


@dataclass(slots=True)
class Stage:
    """One stage: what it is built from, and its instructions in order."""

    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """Return the arguments of every instruction of that name."""
        return [arguments for found, arguments in self.instructions if found == name]

    def one(self, name: str) -> str:
        """Return the arguments of the only instruction of that name."""
        (only,) = self.all(name)
        return only

    def exec_form(self, name: str) -> list[str]:
        """Return the words of the only instruction of that name, which are a JSON list."""
        written = self.one(name)
        words: list[str] = json.loads(written[written.index("[") :])
        return words

    def pairs(self, name: str) -> dict[str, str]:
        """Return the `key=value` pairs of all instructions of that name."""
        words = (word for arguments in self.all(name) for word in shlex.split(arguments))
        return dict(word.split("=", 1) for word in words)


def read_stages(path: Path) -> dict[str, Stage]:
    """Read a Dockerfile's stages by their names; what stands before the first has the name ``."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    stages = {"": Stage("")}
    name = ""
    for instruction in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if not instruction.strip():
            continue
        word, _, arguments = instruction.partition(" ")
        if word == "FROM":
            found = _STAGE.fullmatch(arguments)
            assert found is not None, f"a stage without a name: {instruction}"
            name = found["name"]
            stages[name] = Stage(found["base"])
        else:
            stages[name].instructions.append((word, arguments))
    return stages


def is_sent(path: str, ignore_file: Path) -> bool:
    """Say whether a file is sent to the builder.

    The last pattern that matches it, or a folder above it, decides.
    """
    sent = True
    for line in ignore_file.read_text().splitlines():
        pattern = line.removeprefix("!").strip("/")
        if line and not line.startswith("#") and _matches(path, pattern):
            sent = line.startswith("!")
    return sent


def _matches(path: str, pattern: str) -> bool:
    places = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    expression = "".join(places.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(f"{expression}(?:/.*)?", path) is not None
