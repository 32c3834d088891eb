"""The project's own files, as its rules about itself see them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

type Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def project_files() -> list[Path]:
    """List every file that is in the repository, or would be with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    paths = {ROOT / name for name in listed.stdout.decode().split("\0") if name}
    return sorted(path for path in paths if path.is_file())


def project_texts() -> Iterator[tuple[Path, str]]:
    """Yield each of these that is text: its path in the project, and the text."""
    for path in project_files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT), content.decode()


def modules(*folders: str) -> list[Path]:
    """List every Python module below these folders."""
    within = tuple(ROOT / folder for folder in folders)
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in within)
    ]


@cache
def tree_of(module: Path) -> ast.Module:
    """Parse a module, once."""
    return ast.parse(module.read_text())


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function of a module, the nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
