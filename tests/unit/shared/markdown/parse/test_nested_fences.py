"""Code blocks nested in code blocks of markdown."""

from html import unescape

from tests.support.cases import each_of
from tests.unit.shared.markdown.allowed_html import outline
from tests.unit.shared.markdown.documents import shown

NESTED = {
    "one": "# Title\n```py\nx = 1\n```\nprose\n",
    "two": "```sh\na\n```\n\n```\n".removesuffix("```\n") + "```js\nb\n```\n",
    "tildes": "~~~sh\na\n~~~\n",
    "tildes with backticks inside": "~~~sh\n```\n~~~\n",
    "longer": "````py\n```\n````\n",
    "closed by a longer one": "```py\na\n`````\n",
    "several deep": "```md\n```markdown\n```py\nx\n```\n```\nb\n```\nc\n",
    "in an item": "- a\n\n  ```py\n  x\n  ```\n- ```sh\n  y\n  ```\n"
    "1. b\n\n       ```js\n       z\n       ```\n",
    "in a quotation": "> ```py\n> x\n> ```\n",
    "with blank lines": "```py\n\nx\n\n```\n\n",
    "no fence of markdown": "```py\n```md\nx\n```\n",
    "a span of code": "```a`b\n``` `x` ```\n",
}
FRAMES = {
    "backticks": ("```md\n", "```\n", ""),
    "markdown": ("```markdown\n", "```\n", ""),
    "capitals": ("``` MarkDown title=x\n", "```\n", ""),
    "item": ("1. a\n\n   ```md\n", "   ```\n", "   "),
    "first in an item": ("- ```md\n", "  ```\n", "  "),
    "quotation": ("> ```md\n", "> ```\n", "> "),
    "item of a quotation": ("> - ```md\n", ">   ```\n", ">   "),
    "deep": ("- a\n  - b\n    - c\n\n      ```md\n", "      ```\n", "      "),
}
PLAIN = {
    "```md\n```\ncode\n```\n": ["", ""],
    "```py\n```js\n```\nx\n": ["```js\n"],
    "````md\n```py\nx\n```\n````\nx\n": ["```py\nx\n```\n"],
    "```text\n```md\n```\nx\n": ["```md\n"],
    "~~~md\n```py\n~~~\nx\n": ["```py\n~~~\nx\n"],
    "    ```md\n    ```py\n    ```\n\nx\n": ["```md\n```py\n```\n"],
    "```md\n- ```\n> ```\n    ```\n```\nx\n": ["- ```\n> ```\n    ```\n"],
}


@each_of(NESTED.values(), FRAMES.values())
def test_what_is_nested_belongs_to_the_outer_block(code: str, frame: tuple[str, str, str]) -> None:
    opening, closing, margin = frame
    inside = "".join(f"{margin}{line}" for line in code.splitlines(keepends=True))
    html = shown(f"before\n\n{opening}{inside}{closing}\n*after*\n\n```py\nx\n```\n")
    assert codes_of(html) == [code, "x\n"]
    assert "<em>after</em>" in html


@each_of(PLAIN)
def test_nothing_else_changes(source: str, codes: list[str]) -> None:
    assert codes_of(shown(source)) == codes


def test_a_nested_block_without_an_end_takes_the_rest() -> None:
    assert codes_of(shown("```md\n```py\nx\n```\ny\n")) == ["```py\nx\n```\ny\n"]
    assert codes_of(shown("```md\n```py\nx")) == ["```py\nx"]


@each_of(["after\n", "2. after\n", "- after\n", "# after\n"])
def test_nothing_nested_outlives_its_container(end: str) -> None:
    for opening in ("1. ```md\n   ```py\n   x\n\n", "1. a\n\n   ```md\n   ```py\n   x\n"):
        html = shown(f"{opening}{end}\n```py\ny\n```\n\n*z*\n")
        assert codes_of(html)[-1] == "y\n"
        assert "<em>z</em>" in html


def test_no_mark_of_ours_is_seen() -> None:
    html = shown("```md\n```py\n```\n```sh\n````\n```\n")
    assert codes_of(html) == ["```py\n```\n```sh\n````\n"]
    assert outline(html).text.isascii()


def codes_of(html: str) -> list[str]:
    codes = [part.partition("</code>")[0].partition(">")[2] for part in html.split("<code")[1:]]
    return list(map(unescape, codes))
