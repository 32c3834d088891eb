"""The documents name files, folders, modules and methods that exist."""

import ast
import re
from typing import Final

from tests.architecture.project import ROOT, modules, project_files, tree_of

DOCUMENTS: Final = ("ARCHITECTURE.md", "CONTRIBUTING.md", "deploy/SIZING.md", "deploy/README.md")
# These name paths of their readers' machines, too.
GUIDES: Final = ("README.md", "deploy/kubernetes/README.md", "services/realtime/README.md")
# A path is written from the project's folder, or from one of these.
BASES: Final = (
    "services",
    "services/web",
    "services/web/frontend/src",
    "services/web/frontend/src/elements",
    "services/realtime",
    "services/shared",
    "deploy",
    "deploy/compose",
    "deploy/kubernetes",
)
PATH: Final = re.compile(r"`([\w.-]+/[\w./-]*)`")
MODULE: Final = re.compile(r"\b(?:services|deploy|tests)(?:\.[a-z_0-9]+)+")
METHOD: Final = re.compile(r"`([A-Z]\w+)\.([a-z]\w*)`")
# What the gateway relies on of its libraries.
LIBRARIES: Final = ROOT / "tests/architecture/test_library_internals.py"
FENCE: Final = re.compile(r"```.*?```", re.DOTALL)
# Files and folders of the examples in CONTRIBUTING.md.
TO_BE_WRITTEN: Final = {
    "services/web/db/migrations/0018_label_chats.sql",
    "services/web/templates/accounts/",
    "tests/integration/web/chats/test_labels.py",
}


def test_every_path_in_a_sentence_exists() -> None:
    files = [path.relative_to(ROOT) for path in project_files()]
    known = {str(place) for path in files for place in (path, *path.parents)}
    missing = [
        f"{document}: {path}"
        for document in DOCUMENTS
        for path in PATH.findall(FENCE.sub("", (ROOT / document).read_text()))
        if path not in TO_BE_WRITTEN
        and not {path.rstrip("/"), *(f"{base}/{path.rstrip('/')}" for base in BASES)} & known
    ]
    assert missing == []


def test_every_module_exists() -> None:
    missing = [
        f"{document}: {name}"
        for document in (*DOCUMENTS, *GUIDES)
        for name in MODULE.findall((ROOT / document).read_text())
        for path in [ROOT / name.replace(".", "/")]
        if not (path.with_suffix(".py").exists() or (path / "__init__.py").exists())
    ]
    assert missing == []


def test_every_method_exists() -> None:
    methods = {
        (node.name, member.name)
        for path in modules("services")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        for member in node.body
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    missing = [
        f"{document}: {name}.{method}"
        for document in DOCUMENTS
        for name, method in METHOD.findall((ROOT / document).read_text())
        if (name, method) not in methods and f"{name}.{method}" not in LIBRARIES.read_text()
    ]
    assert missing == []
