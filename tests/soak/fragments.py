"""Fragments of the languages that strangers write to us in."""

from typing import Final

from tests.soak.recipe import NUMBER

SPACE: Final = (" ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\u00a0", "\u2028")
WORDS: Final = ("a", "b", "word", "A", "0", "1", "ü", "漢", "😀", "_", "x y", NUMBER)
MARKDOWN: Final = (
    *("#", "# ", "> ", ">", "- ", "* ", "1. ", "1) ", "+ ", "* * *\n", "---\n", "===\n"),
    *("*", "**", "_", "__", "~", "~~", "`", "``", "```", "```\n", "~~~\n", "```python\n"),
    *("[", "]", "(", ")", "![", "](", "](a)", "[a](b)", "[a]: b\n", "[a][b]", "<", ">", "\\"),
    *("|", "| a | b |\n", "|-|-|\n", "|:-:|", "[^", "[^a]", "[^a]: b\n", f"[^{NUMBER}]"),
    *(f"[^{NUMBER}]: b\n", f"[{NUMBER}]: b\n", f"[{NUMBER}]", "- [ ] ", "> [!NOTE]\n", ":", "!"),
    *("\n  ", "\n    ", "\n> ", "\n- ", "\n1. ", "  \n", "\\\n", "&amp;", "&", "&#x", ";"),
)
CJK: Final = (
    *(
        "字",
        "\uff08",
        "\uff09",
        "“",
        "”\ufe01",
        "는",
        "。",
        "\U000e0100",
        "🎉",
        "«",
        "*",
        "**",
        "***",
        "_",
        "~",
    ),
    *("~~", "|", "\\", "`", "$", "[", "](a)", "a", " ", "\n", "> "),
)
FENCES: Final = (
    *("```md\n", "~~~markdown\n", "````md\n", "```py\n", "~~~sh\n", "```\n", "~~~\n", "```", "a\n"),
    *("- ", "  ", "> ", "1. ", "\n", "    ", "`", "~", "md"),
)
ENVIRONMENTS: Final = (
    *(
        "\\begin{align}",
        "\\end{align}",
        "\\begin{cases}",
        "\\end{cases}",
        "\\begin{align*}\n",
        "$$x^2\n",
        "\\[ x",
        "\n",
        "\n\n",
    ),
    *(
        "\n> ",
        "- ",
        "  ",
        "> ",
        "$",
        "$$",
        "\\[",
        "\\]",
        "`",
        "a &= b",
        "\\\\",
        "+ c\n",
        "```\n",
        "\\begin{",
    ),
)
PRICES: Final = (
    *(
        "$",
        "$$",
        "$1",
        "US$",
        f"${NUMBER}",
        "*",
        "**",
        "~~",
        "_",
        "`",
        "[",
        "](",
        ")",
        "|",
        "|-|\n",
        "{",
        "}",
    ),
    *('"', "/", "(", "_", "^", "\\", "$$$", "$_2$", ", ", "{$"),
    *(r"\(", r"\]", r"\$", "\n", "\n\n", " ", "a", "1"),
)
HTML: Final = (
    *("<a", "<a>", "</a>", "<b>", "<!--", "-->", "--", "<!", "<?", "?>", "<![CDATA[", "]]>"),
    *("<br>", "<br/>", "<br ", "<details>", "<summary>", "<script>", "</", "</script", "</b"),
    *("<div ", " class=", '"', "'", "=", "/", "&lt;", "&#1", "<a href='", "<x y='z' "),
)
FOLDS: Final = (
    *("<details>", "</details>", "<summary>", "</summary>", "<details>\n", "</details>\n", "\n\n"),
    *("<details><summary>a</summary>", "<sub>", "</sub>", "<sup>", "</sup>", "<kbd>", "</kbd>"),
    *(
        "<br>",
        "<br>\n",
        "<details open>",
        "\na\n",
        "<summary>a\n",
        "> <details>\n",
        "- <details>\n",
    ),
)
IMAGES: Final = (
    *("data:image/", "data:image/png;base64,", "![", "](", "![a](data:image/png;base64,", ")", "<"),
    *(
        "iVBORw0KGgo=",
        "A",
        "=",
        "+",
        "[a]: data:image/gif;base64,",
        "![a][a]",
        "`",
        "data:",
        "'",
        ";",
    ),
)
URLS: Final = (
    *("http://", "https://", "www.", "mailto:", "@", ".", "a.b", "/", "?", "#", "%20", "&", "="),
    *("a@b.c", "http://a", "(", ")", "]", ",", "-", "+", "~", ":", "[::1]", "www.a.b"),
)
TEX: Final = (
    *("$", "$$", r"\(", r"\)", r"\[", r"\]", "{", "}", "^", "_", "&", r"\\", "'", "x", "1", "+"),
    *("^{", "_{", "_x", "^x", r"\frac", r"\frac{", "}{", r"\sqrt", r"\sqrt[", "]", r"\left(", "("),
    *(r"\right)", r"\begin{matrix}", r"\end{matrix}", r"\begin{align}", r"\end{align}", r"\hline"),
    *(r"\begin{array}{c}", r"\end{array}", r"\begin{cases}", r"\end{cases}", r"\text{", r"\over"),
    *(r"\mathrm{", r"\operatorname{", r"\label{", r"\limits", r"\sum", r"\int", r"\binom", "~"),
    *(r"\overset", r"\underbrace", r"\not", r"\prime", r"\left.", r"\right|", r"\color{red}"),
    *(r"\substack{", r"\begin{", r"\end{", r"\middle", r"\big", r"\hspace{1em}", r"\pmod", "%"),
)
TAGS: Final = (
    *("<think>", "</think>", "<thinking>", "</thinking>", "<|begin_of_thought|>", "[THINK]"),
    *("[/THINK]", "<|end_of_thought|>", "</reason>", "</", "<", "<thi", "```\n", "`", "~~~\n"),
    *("<|channel|>", "<|start|>", "<|message|>", "<|end|>", "<|return|>", "assistant", "final"),
    *("analysis", "<|constrain|>", "<answer>", "</answer>", "Here is my thought process:"),
)
REFUSALS: Final = (
    *("maximum context length is ", "context length", "context size (", "context window of "),
    *("n_ctx: ", "too long:", "> ", " maximum", "model with ", "exceeds the ", "available "),
    *("maximum ", "max ", "context", "content filter", "model", " not found", "invalid model"),
    *("try again in ", "retry", "wait ", "7s", "1.5", "10 minutes", "ms", ", ", "role", "prefill"),
    *("last message ", "roles must alternate", "max_tokens", "unsupported", "1,000", "8192", ":"),
    *("model ", "is not ", "not ", "invalid or ", "api key", ' "a ', " 'a "),
)
JSON: Final = (
    *("{", "}", "[", "]", '"', ":", ",", '"a":', "null", "1", "1e", "-", ".5", "\\u", "\\ud800"),
    *('{"error":{"message":"', '"}}', '{"choices":[{"delta":{"content":"', '"}}]}', "\\n", "\\"),
)
EVENTS: Final = ("data:", "data: ", "event: error", "error: ", ":", "\n", "\n\n", "\r", "\r\n", "x")
FORMS: Final = (
    *("content=", "key=", "&", "%", "%20", "%E2%82", "+", ";", "=", "a", "--b", "--b--", "\r\n"),
    *('Content-Disposition: form-data; name="content"\r\n\r\n', 'name="', '"', "; ", "\\", "*="),
)
TURBO: Final = (
    *(
        "<turbo-stream",
        "<turbo-stream action='update' target='a'>",
        "</turbo-stream>",
        "<template>",
    ),
    *("</template>", "<turbo-stream action='refresh'>", " action='", "'", ">", "</turbo-stream"),
)
HEADS: Final = (
    *("GET / HTTP/1.1\r\n", "GET ", "/", " HTTP/1.1", "\r\n", "Host: a", "Upgrade: websocket\r\n"),
    *("Connection: Upgrade\r\n", "a: ", "a: b\r\n", " ", "\t", ": ", ",", "%", "\r\n\r\n"),
)
TERMINAL: Final = ("\x1b", "\x1b[", "\x1b[31m", "\x1b[0", ";", "m", "\x00", "\x9b", "\u202e", "\r")
