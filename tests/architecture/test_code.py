"""Rules of the code that no linter knows."""

import ast

from tests.architecture.project import ROOT, functions, modules, tree_of

MODULE_LINES = 250
FUNCTION_LINES = 50


def test_modules_and_functions_stay_small() -> None:
    paths = modules("services", "deploy")
    long_modules = [p for p in paths if len(p.read_text().splitlines()) > MODULE_LINES]
    long_functions = [
        f"{path}: {function.name}"
        for path in paths
        for function in functions(tree_of(path))
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES
    ]
    assert (long_modules, long_functions) == ([], [])


def test_services_print_nothing_but_in_their_command_lines() -> None:
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("services")
        if path.name != "cli.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert printing == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules("services", "deploy")
        if not (ast.get_docstring(tree_of(path)) or "").strip()
    ]
    assert silent == []
