"""Emphasis beside Chinese, Japanese and Korean text, which has no spaces between words."""

from itertools import product

from services.shared.markdown.parse.source import Reader
from tests.support.cases import each_of
from tests.unit.shared.markdown.allowed_html import outline
from tests.unit.shared.markdown.documents import as_people_read, shown
from tests.unit.shared.markdown.specification import examples

EMPHASISED = (
    *("这是**“术语”**。", "**注意：**本文", "他说**「重要」**的事", "~~删除（x）~~后面"),
    *("**결과(최종)**는", "含**「甲」**内容，他说**「乙」**的事", "含*「甲」*内容"),
    *("含***「甲」***内容", "これは**強調です。**次の文", '太郎は**"Hello"**といった'),
    *("**안녕(hello)**하세요.", "Go**「初心者」**を", "税込**¥10,000**で"),
    *("打折**50%**，原价**（100元）**起", "半角**｢甲｣**全角", "運行**`npm i`**即可"),
    *(r"は**\*星\***です", "**甲~~（乙）~~丙**，", "**“甲*（乙）*丙”**字"),
    *("字**~~（甲）~~**字*__(乙)__*字", "甲~~**（乙）**~~丙", "𰻞**(ビャン)**麺"),
    *("葛\U000e0100**(奈良)**城", "塚\ufe00**(X)**", "**“\ufe01Git”\ufe01**Hub"),
    *("“\ufe01Git”\ufe01__Hub__", "新字体。\ufe00_Simplified._", "a**〰**a"),
)
AS_BEFORE = (
    *("a**(b)**c", "a**«b»**c", "a**🎉!**a", "字_（字）_字", "字__「字」__字", "字** 字**", "字*"),
    *("\\*\\*字\\*\\*", "`字**（`字）**", "*字", "5~10（个）~字", "字~~~（字）~~~字"),
)
PATTERNS = (
    *(
        "匹配*.py，*.txt 和 *.md 文件",
        "匹配*.py和（*.txt）",
        "所有*/a，*/b 目录",
        "在*.{js}、*.ts 中",
    ),
    *("列出**/a.py，**/b.md 的文件", "하나*.py，둘 *.md"),
)
LETTERS, MARKS, CJK_LETTERS, CJK_MARKS = "aé", "(«+", "字가ｱ", "「。！"
FRAMES = ("{}", "# {}", "- {}", "> 1. {}", "x\n{}\ny", "[{}](http://a.example)", "{}\n\n{}")


@each_of(EMPHASISED, FRAMES)
def test_what_is_marked_is_emphasised(source: str, frame: str) -> None:
    html = shown(frame.replace("{}", source))
    assert html.count(as_people_read(source)) == frame.count("{}")


def test_what_is_marked_in_a_cell_is_emphasised() -> None:
    html = shown("| 字**（甲）**字 | **「乙」** |\n|-|-|\n|**（丙）**字|字~~“丁”~~|\n")
    for cell in (
        "字<strong>（甲）</strong>字",
        "<strong>「乙」</strong>",
        "<strong>（丙）</strong>字",
    ):
        assert f">{cell}</t" in html
    assert "<td>字<del>“丁”</del></td>" in html


@each_of(PATTERNS)
def test_the_asterisks_of_a_name_pattern_are_no_emphasis(source: str) -> None:
    assert shown(source) == f"<p>{source}</p>"


def test_what_begins_with_a_point_may_be_strong() -> None:
    assert shown("用**.NET**框架") == "<p>用<strong>.NET</strong>框架</p>"


def test_links_and_formulas_are_emphasised_as_well() -> None:
    html = shown(
        "字**[甲](http://a.example/字*（乙）)**字和**<http://b.example>**字**$x$**字**\\(y\\)**字"
    )
    assert html.count("<strong><a ") == 2
    assert html.count("<strong><bdi><math ") == 2
    assert 'href="http://a.example/字*（乙）"' in html


@each_of(AS_BEFORE)
def test_everything_else_is_as_in_commonmark(source: str) -> None:
    assert outline(shown(source)).tags in (["p"], ["p", "code"])


@each_of([*product(LETTERS + CJK_LETTERS, CJK_MARKS), *product(CJK_LETTERS, MARKS + CJK_MARKS)])
def test_beside_cjk_a_run_may_open_and_close(pair: tuple[str, str]) -> None:
    letter, mark = pair
    for marks, name in (("*", "em"), ("**", "strong"), ("~~", "del")):
        opened = f"<p>{letter}<{name}>{mark}x</{name}></p>"
        closed = f"<p><{name}>x{mark}</{name}>{letter}</p>"
        assert shown(f"{letter}{marks}{mark}x{marks}") == opened
        assert shown(f"{marks}x{mark}{marks}{letter}") == closed


@each_of(source for _, source in examples())
def test_the_specifications_examples_reach_the_parser_as_they_stand(source: str) -> None:
    assert Reader().complete(source, final=True) == source
