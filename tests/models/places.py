"""Where what is installed for these tests is kept: once for the machine, outside the project."""

from pathlib import Path
from typing import Final

from pydantic_settings import BaseSettings

LOCKS: Final = Path(__file__).parent / "locks"


class _Environment(BaseSettings):
    xdg_cache_home: str = ""


def cache() -> Path:
    """Return the folder; remove it to start from scratch."""
    home = _Environment().xdg_cache_home or Path.home() / ".cache"
    return Path(home) / "natter" / "models"


def environment(name: str) -> Path:
    """Return the virtual environment of a server."""
    return cache() / name


def program(name: str, command: str) -> Path:
    """Return a command of a server's virtual environment."""
    return environment(name) / "bin" / command


def llama_server() -> Path:
    """Return llama.cpp's server."""
    return cache() / "llama.cpp" / "bin" / "llama-server"
