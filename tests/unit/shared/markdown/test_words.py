"""The words of a markdown text, for places that can only show plain text."""

from hypothesis import given
from hypothesis import strategies as st

from services.shared.markdown.words import MOST_CHARS, plain_words
from tests.support.cases import each_of

WORDS = {
    "**Cooking** *rice* _well_": "Cooking rice well",
    "***Rice***, ~~no~~ yes": "Rice, no yes",
    "这是**“术语”**。": "这是“术语”。",
    "# Rice\n\nHow **long**?": "Rice How long?",
    "Rice\n====\n\n---\n\nHow long?": "Rice How long?",
    "- rice\n- [ ] water\n- [x] salt": "rice water salt",
    "1. rice\n2. water": "rice water",
    "1984. A novel": "1984. A novel",
    "> quoted\n> words": "quoted words",
    "`print` in Python": "print in Python",
    "`a**b**c`": "a**b**c",
    "Why?\n\n```python\nx = 1\n```": "Why? x = 1",
    "[Bread](https://example.org/) and ![a loaf](b.png)": "Bread and a loaf",
    "<https://example.org/>": "https://example.org/",
    "[Bread][b]\n\n[b]: https://example.org/": "Bread",
    "| a | b |\n|---|---|\n| 1 | 2 |": "a b 1 2",
    "Tom &amp; Jerry &lt;3 &copy;": "Tom & Jerry <3 ©",
    r"2 \* 3 \_ 4": "2 * 3 _ 4",
    "two\nlines  \nand a third": "two lines and a third",
    "H<sub>2</sub>O<br>and <kbd>Ctrl</kbd>": "H2O and Ctrl",
    "What does <div> do?": "What does <div> do?",
    "Vec<T> & Box<T>": "Vec<T> & Box<T>",
    "note[^1]\n\n[^1]: more": "note more",
    "2**3 in Python": "2**3 in Python",
    "my_module_name": "my_module_name",
    "What is __init__ in *Python*?": "What is __init__ in Python?",
    "__Cooking Rice__": "Cooking Rice",
    "Why is $a_1 * b_2 * c$ so?": "Why is $a_1 * b_2 * c$ so?",
    "Why is **$E=mc^2$** so?": "Why is $E=mc^2$ so?",
    "$$x_1*y*z$$": "$$x_1*y*z$$",
    r"So \(a_1*b*c\) and \[a*b*\]": r"So \(a_1*b*c\) and \[a*b*\]",
    "A **$1** b **$2** c": "A $1 b $2 c",
    "From **US$5** to **US$6**": "From US$5 to US$6",
    "*CO*$_2$ at 25$^\\circ$C": r"CO$_2$ at 25$^\circ$C",
    "It costs $5; use `$price` *here*": "It costs $5; use $price here",
    "[x](https://example.org/$a$b) $c$": "x $c$",
    "an *open mark": "an *open mark",
    "---": "",
    "": "",
    "\ue0005\ue001 x \ud800": "5 x",
}


@each_of(WORDS)
def test_only_the_words_are_left(text: str, words: str) -> None:
    assert plain_words(text) == words


@given(st.text(alphabet="ab *_`~$\\()[]<>#-\n1.|&;\ue000\ue001", max_size=60))
def test_they_stand_on_one_line_whatever_the_text(text: str) -> None:
    words = plain_words(text)
    assert words == " ".join(words.split())


@each_of(("*", "[", "$", "\\(", "<", "`", "**a", "> ", "~~", "$a"))
def test_of_a_long_text_the_beginning_is_read(part: str) -> None:
    assert len(plain_words(part * 10_000)) <= 2 * MOST_CHARS
