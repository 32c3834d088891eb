"""Templates hold no script, no style and no unescaped text: the page's policy forbids them all."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import override

from tests.architecture.project import ROOT, project_texts


def templates() -> Iterator[tuple[str, str]]:
    for path, text in project_texts():
        if path.suffix == ".html" and "templates" in path.parts:
            yield str(path), text


class InlineCode(HTMLParser):
    """Collects what would need `unsafe-inline`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.found.append(f"<{tag}>")
        self.found += [name for name in names if name == "style" or name.startswith("on")]
        addresses = (names.get(name) or "" for name in ("href", "src", "action"))
        self.found += [a for a in addresses if a.strip().lower().startswith("javascript:")]


def test_templates_hold_no_inline_code() -> None:
    found = {}
    for name, text in templates():
        parser = InlineCode()
        parser.feed(re.sub(r"\{[%#].*?[%#]\}", "", text, flags=re.DOTALL))
        if parser.found:
            found[name] = parser.found
    assert found == {}


def test_templates_never_switch_escaping_off() -> None:
    switches = re.compile(r"\|\s*safe\b|autoescape|Markup")
    assert [name for name, text in templates() if switches.search(text)] == []


def test_every_form_that_changes_something_has_a_place_for_the_csrf_token() -> None:
    forms, found = re.compile(r'<form\b(?:"[^"]*"|[^">])*>(?:\{\{ csrf_field \}\})?'), []
    for name, text in templates():
        posting = [form for form in forms.findall(text) if re.search(r"post", form, re.IGNORECASE)]
        found += [(name, form) for form in posting if not form.endswith("{{ csrf_field }}")]
    assert found == []


def test_macros_that_do_not_know_the_page_hold_no_form() -> None:
    """Without its context (Jinja, "Import Context Behavior") the token's field would be empty."""
    texts = dict(templates())
    imported = {
        name
        for text in texts.values()
        for name in re.findall(r'\{% (?:from|import) "([^"]+)"', text)
    }
    assert imported
    for name in imported:
        (text,) = (text for path, text in texts.items() if path.endswith(f"/templates/{name}"))
        assert "<form" not in text


def test_there_are_templates_to_look_at() -> None:
    names = {name for name, _ in templates()}
    assert "services/shared/pages/templates/_message.html" in names
    assert "services/web/templates/layouts/base.html" in names
    assert {str(ROOT / name) for name in names} == {
        str(path)
        for folder in ("services/web/templates", "services/shared/pages/templates")
        for path in (ROOT / folder).rglob("*.html")
    }
