"""Rules of the code that no linter knows."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.architecture.project import ROOT, functions, modules

MODULE_LINES = 250
FUNCTION_LINES = 50


def test_modules_and_functions_stay_small() -> None:
    sources = {path.relative_to(ROOT): path.read_text() for path in modules("services", "deploy")}
    long_modules = [p for p, source in sources.items() if len(source.splitlines()) > MODULE_LINES]
    long_functions = [
        f"{path}: {function.name}"
        for path, source in sources.items()
        for function in functions(ast.parse(source))
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES
    ]
    assert (long_modules, long_functions) == ([], [])


def test_services_print_nothing_but_in_their_command_lines() -> None:
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("services")
        if path.name != "cli.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert printing == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules("services", "deploy")
        if not (ast.get_docstring(ast.parse(path.read_text())) or "").strip()
    ]
    assert silent == []


def test_the_layers_hold() -> None:
    lint_imports = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
