"""What `natter publish` accepts, and why it refuses anything else."""

import pytest

from services.shared.pages.turbo_syntax import TurboStreamError, check_turbo_streams
from tests.support.sockets import element

ELEMENT = element("<b>bold</b>")
REMOVE = '<turbo-stream action="remove" target="log"></turbo-stream>'
REFRESH = '<turbo-stream action="refresh"></turbo-stream>'
OUTSIDE = [
    ("", "there is no <turbo-stream>"),
    ("   ", "there is no <turbo-stream>"),
    ("text", "text stands outside"),
    (f"{ELEMENT} text", "text stands outside"),
    (f"{ELEMENT}&amp;{ELEMENT}", "text stands outside"),
    (f"{ELEMENT}&nbsp;{ELEMENT}", "text stands outside"),
    (f"{ELEMENT}\x0b{ELEMENT}", "text stands outside"),
    (f"<p></p>{ELEMENT}", "<p> stands outside"),
    (f"{ELEMENT}<br>", "<br> stands outside"),
    (f"{ELEMENT}<svg/>", "<svg> stands outside"),
    (f"{ELEMENT}<script>x</script>", "<script> stands outside"),
    (f"<!-- x -->{ELEMENT}", "a comment stands outside"),
    (f"{ELEMENT}<!DOCTYPE html>{ELEMENT}", "a declaration stands outside"),
    (f"{ELEMENT}<?xml?>{ELEMENT}", "a processing instruction stands outside"),
    (f" {ELEMENT}", "must begin and end"),
    (ELEMENT.replace("</turbo-stream>", "</turbo-stream >"), "must begin and end"),
]
UNCLOSED = [
    (ELEMENT.removesuffix("</turbo-stream>"), "a <turbo-stream> element is not closed"),
    ('<turbo-stream action="refresh"/>', "a <turbo-stream> element is not closed"),
    (f"{ELEMENT}</turbo-stream>", "</turbo-stream> closes nothing"),
    (ELEMENT.replace("</", "<!-- </", 1), "a comment or a script is not closed"),
    (ELEMENT.replace("</", "<a b='</", 1), "a comment or a script is not closed"),
    (ELEMENT.replace("</template>", ""), "</turbo-stream> comes before <template> is closed"),
    (element("").replace("></template>", "/>"), "comes before <template> is closed"),
    (element("<div>"), "</template> comes before <div> is closed"),
    (element("<div/>"), "</template> comes before <div> is closed"),
    (element("<plaintext>x</plaintext>"), "a <plaintext> element is not closed"),
    (element("<textarea>"), "a <textarea> element is not closed"),
]
BADLY_NESTED = [
    (
        '<turbo-stream action="update" target="log"><template>x</turbo-stream></template>',
        "</turbo-stream> comes before <template> is closed",
    ),
    (element("<b><i></b></i>"), "</b> comes before <i> is closed"),
    (element("</b>"), "</b> closes nothing"),
    (element("<p>x</b>"), "</b> closes nothing"),
    (element("<p><div></p></div>"), "</p> comes before <div> is closed"),
    (element("<table><tr><td></table></td>"), "</td> closes nothing"),
    (element("<svg><path></svg>"), "</svg> comes before <path> is closed"),
    (element("<svg><foreignObject><div/></foreignObject></svg>"), "before <div> is closed"),
    (element("</br>"), "</br> closes nothing"),
]
WITHOUT_TEMPLATE = [
    *(
        (f'<turbo-stream action="{action}" target="log">{inside}</turbo-stream>', reason)
        for action in ("append", "prepend", "before", "after", "replace", "update")
        for inside, reason in (
            ("", f'the action "{action}" has no <template>'),
            ("\n  <!-- note -->\n", f'the action "{action}" has no <template>'),
            ("Hello", "text stands in the place of the <template>"),
            ("<b>Hello</b>", "<b> stands in the place of the <template>"),
            ("<br>", "<br> stands in the place of the <template>"),
            ("<b></b><template></template>", "<b> stands in the place of the <template>"),
            ("<template></template>Hello", "text stands in the place of the <template>"),
            ("<template></template><b></b>", "<b> stands in the place of the <template>"),
            ("<template></template><template></template>", "a second <template>"),
            (REMOVE, "<turbo-stream> stands in the place of the <template>"),
        )
    ),
    (f"{ELEMENT}{element('').replace('<template></template>', '')}", "has no <template>"),
    (REMOVE.replace("><", "><b>x</b><", 1), "<b> stands in the place of the <template>"),
    (REFRESH.replace("><", ">x<", 1), "text stands in the place of the <template>"),
]
WRONG_ACTION = [
    ("<turbo-stream></turbo-stream>", "has no action"),
    ('<turbo-stream action=""></turbo-stream>', "has no action"),
    ("<turbo-stream action></turbo-stream>", "has no action"),
    (REMOVE.replace(' target="log"', ""), "names no target"),
    (REMOVE.replace('"log"', '""'), "names no target"),
    (
        ELEMENT.replace("append", "apend"),
        'Turbo knows no action "apend", only after, append, before,',
    ),
    (ELEMENT.replace("append", "Append"), 'Turbo knows no action "Append"'),
    (ELEMENT.replace("append", "append "), 'Turbo knows no action "append "'),
    (ELEMENT.replace("action=", 'action="apend" action='), 'Turbo knows no action "apend"'),
    (ELEMENT.replace("append", "update").replace("target", 'method="moprh" target'), "no method"),
    (REFRESH.replace(">", ' method="moprh">', 1), 'action "refresh" knows no method "moprh"'),
]


WELL_FORMED = [
    ELEMENT,
    REFRESH,
    REMOVE,
    element(""),
    REMOVE.replace("target=", "targets="),
    '<turbo-stream action="refresh" method="morph" scroll="preserve"></turbo-stream>',
    ELEMENT.replace("append", "replace").replace("target", 'method="morph" target'),
    ELEMENT.replace("<template>", "\n<!-- note -->\n<template>"),
    ELEMENT.replace("append", "update").replace("action=", "ACTION="),
    ELEMENT.replace("<template>", "<template/>"),  # a slash means nothing there
    element(f"<p>1 < 2</p><!-- note --><div>{ELEMENT}</div>"),
    element("<p>one<p>two<ul><li>one<li>two</ul>"),
    element("<tr><td>one<td>two</tr>"),
    element("<table><thead><tr><th>x<tbody><tr><td>y</table>"),
    element("<br><hr/><img src=x><input disabled>"),
    element("<script>if (1 < 2) document.write('</b></template>')</script>"),
    element("<textarea><b></textarea><title></i></title><style>a > b {}</style>"),
    element(
        "<math><annotation-xml encoding='MathML-Content'><apply><plus/></apply>"
        "</annotation-xml><annotation-xml encoding='Text/HTML'><p>a<p>b<br>"
        "</annotation-xml></math>"
    ),
    element("<iframe><b></iframe><noembed></b></noembed><xmp><b></xmp>"),
    element('<svg viewBox="0 0 1 1"><path d="M0 0"/><title><b>x</b></title></svg><svg/>'),
    element("<svg><foreignObject><p>x<br></foreignObject></svg>"),
    element("<math><mi>x</mi><mspace/></math>"),
    element("<template><b>inner</b></template>"),
    element("<a title='</template>'>x</a>"),
    element("a & b &lt; c &#x27; \u2028 漢字"),
    f"{ELEMENT}\n\t{REMOVE}\n",
]


def refusal(html: str) -> str:
    """Return the reason for which a text is refused; empty if it is accepted."""
    try:
        check_turbo_streams(html)
    except TurboStreamError as refused:
        return str(refused)
    return ""


def test_a_malformed_text_is_refused_with_its_reason() -> None:
    malformed = OUTSIDE + UNCLOSED + BADLY_NESTED + WITHOUT_TEMPLATE + WRONG_ACTION
    wrong = [(html, said) for html, reason in malformed if reason not in (said := refusal(html))]
    assert wrong == []


def test_a_well_formed_text_is_accepted() -> None:
    assert [(html, said) for html in WELL_FORMED if (said := refusal(html))] == []


def test_a_custom_action_is_accepted_where_it_is_named_and_needs_nothing_else() -> None:
    html = '<turbo-stream action="redirect" url="/"></turbo-stream>'
    with pytest.raises(TurboStreamError, match='no action "redirect"'):
        check_turbo_streams(html, ["reload"])
    check_turbo_streams(html, ["redirect"])
    check_turbo_streams(html.replace("><", "><template><b>x</b></template><"), ["redirect"])
    check_turbo_streams(f"{html}{ELEMENT}{html.replace('redirect', 'log')}", ["log", "redirect"])
    with pytest.raises(TurboStreamError, match="<b> stands in the place"):
        check_turbo_streams(html.replace("><", "><b>x</b><"), ["redirect"])
    with pytest.raises(TurboStreamError, match="<template> is closed"):
        check_turbo_streams(html.replace("><", "><template><"), ["redirect"])
    emptying = REMOVE.replace("remove", "update")
    with pytest.raises(TurboStreamError, match='"update" has no <template>'):
        check_turbo_streams(f"{html}{emptying}", ["redirect"])
