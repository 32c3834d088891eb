"""Random markdown documents, ways to cut them, and what a splitter makes of the pieces."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import strategies as st
from markupsafe import Markup

from services.shared.markdown import Block, Splitter, Update

FRAGMENTS = (
    *(
        "word ",
        "more words\n",
        "\n",
        "\n\n",
        "\n\n\n",
        "  \n",
        "\\\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        "    ",
    ),
    *("# Title\n", "## ", "a\n===\n", "b\n---\n", "---\n", "***\n", "=", "-", "- ", "* ", "+ "),
    *(
        "- item\n",
        "- [x] done\n",
        "- [ ] open\n",
        "  - nested\n",
        "1. one\n",
        "2) two\n",
        "9. ",
        "   in\n",
    ),
    *("> quoted\n", "> ", ">> deep\n", "> [!NOTE]\n", "> - item\n", "lazy\n"),
    *("```\n", "```python\n", "~~~\n", "````\n", "`", "``", "`code`", "    indented\n"),
    *("| a | b |\n", "|---|:-:|\n", "| 1 | 2 |\n", "|", "a|b\n", "-|-\n"),
    *(
        "**",
        "*",
        "_",
        "__",
        "~~",
        "**bold**",
        "*em*",
        "~~gone~~",
        "\\",
        "&amp;",
        "&",
        "&#0;",
        "&#x6a;",
    ),
    *(
        "[link](http://a.example/b)",
        "[",
        "]",
        "](",
        ")",
        "![alt](http://a.example/i.png)",
        "![",
        "!",
    ),
    *("<http://a.example>", "<a@b.example>", "http://a.example/c_d.", "(https://a.example/(x))"),
    *(
        "[ref]",
        "[ref][]",
        "[text][ref]",
        "[ref]: http://a.example\n",
        "[ref]:\n",
        "'title'\n",
        "'open\n",
    ),
    *("[^1]", "[^1]: note\n", "[^n]: ", "[^N]", "    continued\n"),
    *(
        "<div>\n",
        "</div>\n",
        "<b>",
        "<br>",
        "<!-- ",
        " -->\n",
        "<script>\n",
        "</script>\n",
        "<?",
        "<![CDATA[",
    ),
    *(
        "<details>\n",
        "<",
        ">",
        '"',
        "'",
        "\0",
        "\ufeff",
        "\u202e",
        "\ud800",
        "é",
        "漢字",
        "🙂",
        "\u2028",
        "\x0b",
    ),
)

documents = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=4)), max_size=40).map(
    "".join
)


@st.composite
def cut_documents(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A document, and the same document in pieces."""
    document = draw(documents)
    cuts = sorted(draw(st.lists(st.integers(0, len(document)), max_size=30)))
    edges = [0, *cuts, len(document)]
    return document, [document[a:b] for a, b in pairwise(edges)]


@dataclass
class Streamed:
    """All that a splitter said about one text."""

    updates: list[Update]
    blocks: list[Block]
    html: Markup
    needs_replace: bool

    @property
    def joined(self) -> str:
        return "".join(block.html for block in self.blocks)


def stream(pieces: list[str], id_prefix: str | None = "message_7") -> Streamed:
    splitter = Splitter(id_prefix)
    updates = [splitter.feed(piece) for piece in pieces]
    ending = splitter.finish()
    blocks = [block for update in updates for block in update.blocks] + [*ending.blocks]
    return Streamed(updates, blocks, ending.html, ending.needs_replace)
