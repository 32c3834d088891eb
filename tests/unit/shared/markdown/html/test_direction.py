"""Which way text runs: each block by its own letters, its parts along with it, code never."""

from services.shared.markdown import Splitter
from tests.support.rendered import plain
from tests.unit.shared.markdown.cases import each_of
from tests.unit.shared.markdown.documents import PREFIX

ARABIC = "مرحبا بكم في Natter."
BY_ITS_LETTERS = {
    ARABIC: "p",
    f"# {ARABIC}": "h3",
    f"###### {ARABIC}": "h6",
    f"- {ARABIC}\n- b": "ul",
    f"3. {ARABIC}": "ol",
    f"> {ARABIC}\n> - b": "blockquote",
    f"> [!NOTE]\n> {ARABIC}": "blockquote",
    f"| {ARABIC} | b |\n|-|-|\n| c | d |": "table",
    f"[^1]: {ARABIC}": "div",
}


@each_of(BY_ITS_LETTERS)
def test_a_block_that_stands_by_itself_runs_as_its_letters_do(source: str, name: str) -> None:
    assert plain(source).startswith(f'<{name} dir="auto"')
    assert Splitter(PREFIX, begun=f"{source}\n\n***\n").done.startswith(
        f'<{name} id="message_7_b0" dir="auto"'
    )


@each_of([ARABIC, f"# {ARABIC}", f"- {ARABIC}", f"> {ARABIC}"])
def test_the_open_end_runs_as_it_will_when_it_is_finished(source: str) -> None:
    assert Splitter(PREFIX, begun=source).open_end == plain(source)


def test_what_is_in_a_list_or_a_quotation_has_no_direction_of_its_own() -> None:
    # Else no letter in it would count for the whole, which would never mirror.
    html = plain(f"- {ARABIC}\n\n  {ARABIC}\n  - {ARABIC}\n\n> # {ARABIC}\n>\n> {ARABIC}\n> > a\n")
    assert html.count("dir=") == 2


def test_what_goes_on_has_a_direction_where_its_beginning_has_one() -> None:
    tail = Splitter(PREFIX, begun=f"- {ARABIC}\n- > {ARABIC}\n  >\n  > b").open_end
    assert tail == (
        '<ul class="continued" dir="auto"><li class="continued">'
        '<blockquote class="continued"><p>b</p></blockquote></li></ul>'
    )


def test_blocks_of_details_and_their_summary_run_each_by_itself() -> None:
    html = plain(f"<details>\n<summary>{ARABIC}</summary>\n\n{ARABIC}\n\n- b\n\n</details>")
    assert html == (
        f'<details><summary dir="auto">{ARABIC}</summary><p dir="auto">{ARABIC}</p>'
        '<ul dir="auto"><li>b</li></ul></details>'
    )


@each_of(
    [
        *("```\na\n```", "```py\na\n```", "    a", "<div>\na\n</div>", "`a`", "<kbd>a</kbd>"),
        r"$\nosuch{a}$",
    ]
)
def test_code_runs_from_left_to_right_and_its_letters_do_not_count(source: str) -> None:
    html = plain(f"> {source}".replace("\n", "\n> "))
    assert html.count('dir="ltr"') == 1
    splitter = Splitter(PREFIX, begun=source)
    assert (splitter.done + splitter.open_end).count('dir="ltr"') == 1


def test_open_code_runs_from_left_to_right() -> None:
    assert Splitter(PREFIX, begun="```\na\nb").open_end.startswith(
        '<pre class="continued" dir="ltr">'
    )


@each_of(["$x$", "$$x$$"])
def test_the_letters_of_a_formula_do_not_count(source: str) -> None:
    html = plain(source)
    assert html.startswith('<p dir="auto"><bdi><math display=')
    assert html.endswith("</math></bdi></p>")


def test_neither_the_title_of_an_alert_nor_the_mark_of_a_footnote_counts() -> None:
    assert '<p class="alert-title" dir="auto">Note</p>' in plain("> [!NOTE]\n> a")
    assert '<sup dir="auto">note</sup>' in plain(f"[^note]: {ARABIC}")
