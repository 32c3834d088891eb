"""Runs inside a container on the standard library alone; prints what it finds there as JSON."""

import importlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import ssl
import subprocess
import sys
import sysconfig
from pathlib import Path

INSTALLERS = ("pip", "ensurepip", "setuptools", "uv", "wheel")
PROGRAMS = (
    "pip",
    "pip3",
    "uv",
    "gcc",
    "cc",
    "g++",
    "clang",
    "as",
    "ld",
    "make",
    "strip",
    "node",
    "npm",
)
PLACES = ("/", "/natter", "/natter/services", "/opt/venv", "/usr/local", "/tmp", "/etc")  # noqa: S108


def importable(python: str) -> list[str]:
    """List the installers that this Python could import."""
    code = f"from importlib.util import find_spec\nprint(*filter(find_spec, {INSTALLERS}))"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return found.stdout.split()


def writable() -> list[str]:
    """List the folders in which a file could be made."""
    made = []
    for place in PLACES:
        try:
            (Path(place) / "made").touch()
        except OSError:
            continue
        made.append(place)
    return made


def uncompiled() -> list[str]:
    """List the modules, ours and installed, that every start would compile anew."""
    return [
        str(source)
        for folder in ("/natter", "/opt/venv/lib")
        for source in Path(folder).rglob("*.py")
        if not Path(importlib.util.cache_from_source(str(source))).exists()
    ]


def unreadable() -> list[str]:
    """List what is there and cannot be read, entered or run."""
    folders = [root for place in ("/natter", "/opt/venv") for root, _, _ in os.walk(place)]
    files = [entry for folder in folders for entry in Path(folder).iterdir()]
    return [str(path) for path in files if not os.access(path, os.R_OK)]


def main(service: str) -> None:
    """Print what the container of that service holds."""
    installed = importlib.metadata.distributions(path=[sysconfig.get_path("purelib")])
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines()
    )
    importlib.import_module(f"services.{service}.app")
    files = [str(path.relative_to("/natter")) for path in Path("/natter").rglob("*")]
    facts = {
        "ids": [os.getuid(), os.getgid(), *os.getgroups()],
        "capabilities": int(status["CapEff"], 16),
        "no_new_privileges": status["NoNewPrivs"],
        "installers": importable(sys.executable) + importable(f"{sys.base_prefix}/bin/python3"),
        "programs": [name for name in PROGRAMS if shutil.which(name)],
        "authorities": len(ssl.create_default_context().get_ca_certs()),
        "writable": writable(),
        "uncompiled": uncompiled(),
        "standard_library_is_compiled": Path(
            importlib.util.cache_from_source(os.__file__)
        ).exists(),
        "unreadable": unreadable(),
        "files": sorted(name for name in files if "__pycache__" not in name),
        "packages": sorted([one.metadata["Name"], one.version] for one in installed),
        "licence": Path("/usr/share/doc/natter/LICENSE").read_text(),
        "notices": Path("/usr/share/doc/natter/THIRD-PARTY-NOTICES").read_text(),
    }
    sys.stdout.write(json.dumps(facts))


if __name__ == "__main__":
    main(sys.argv[1])
