"""Every address of web's own is made by `url`, so that web can be below any path."""

import ast
import re

from services.web.rendering.assets import ASSETS
from tests.architecture.project import ROOT, modules, project_texts, tree_of

# A path that begins at the root of the host: quoted, or in `url()`; not a comment, not a regex.
FROM_THE_ROOT = {
    ".html": re.compile(r"""=\s*["']?/(?!/)|url\(\s*["']?/"""),
    ".css": re.compile(r"""["'(]\s*/(?![*/])"""),
    ".js": re.compile(r"""["'`]/(?!/)"""),
}
SOURCES = ("services/web/templates", "services/shared/pages/templates", "services/web/frontend/src")


FOUND = (
    (".html", '<a href="/chat/">'),
    (".html", "<form action='/chat/{{ id }}/'>"),
    (".html", "<img src=/icon.svg>"),
    (".html", '<p data-x-value="/chat/">'),
    (".css", "background: url(/icon.svg)"),
    (".css", '@import "/a.css"'),
    (".js", 'fetch("/chat/")'),
    (".js", "fetch(`/chat/${id}/`)"),
    (".js", "new WebSocket('/ws/')"),
)


def test_an_address_from_the_root_is_found() -> None:
    assert [text for kind, text in FOUND if not FROM_THE_ROOT[kind].search(text)] == []


def test_no_source_of_a_page_spells_an_address_from_the_root() -> None:
    looked_at, found = set(), []
    for path, text in project_texts():
        pattern = FROM_THE_ROOT.get(path.suffix)
        if pattern and str(path).startswith(SOURCES):
            looked_at.add(path.suffix)
            # `url` is given the path below the base path.
            found += [(path, hit[0]) for hit in pattern.finditer(text.replace('url("/', 'url("'))]
    assert found == []
    assert looked_at == FROM_THE_ROOT.keys()


def test_what_was_built_names_its_files_by_their_names_alone() -> None:
    built = [path for path in ASSETS.iterdir() if path.suffix in {".css", ".js"}]
    assert len(built) == 2
    for path in built:
        text = path.read_text()
        assert text.rstrip("\n/* ").endswith(f"sourceMappingURL={path.name}.map")
        assert not re.search(r"""url\(\s*["']?/|@import""", text)


def test_browsers_are_led_on_by_one_function_of_web() -> None:
    redirecting = [
        str(path.relative_to(ROOT))
        for path in modules("services")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("RedirectResponse")
    ]
    assert redirecting == ["services/web/routing.py"]
