"""`natter publish`, run as anybody runs it: in a process of its own, from any folder."""

import asyncio

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.support.shell import Outcome, Shell
from tests.support.sockets import element, listening

HTML = element("Hello World")
UPDATE = '<turbo-stream action="update" target="log">{}</turbo-stream>'
REFRESH = '<turbo-stream action="refresh"></turbo-stream>'
REDIRECT = '<turbo-stream action="redirect" url="/"></turbo-stream>'
REFUSED: list[tuple[str, str | bytes, str]] = [
    ("chat_*", HTML, "a group is a lower-case word"),
    ("chat_1.x", HTML, "a group is a lower-case word"),
    ("", HTML, "a group is a lower-case word"),
    ("chat_1", "", "there is no <turbo-stream> element"),
    ("chat_1", "Hello World", "text stands outside"),
    ("chat_1", f"{HTML} and more", "text stands outside"),
    ("chat_1", "<div></div>", "<div> stands outside"),
    ("chat_1", f"<!-- note -->{HTML}", "a comment stands outside"),
    ("chat_1", "<turbo-stream></turbo-stream>", "has no action"),
    ("chat_1", '<turbo-stream action="append"></turbo-stream>', "names no target"),
    ("chat_1", '<turbo-stream action="refresh">', "is not closed"),
    ("chat_1", "</turbo-stream>", "closes nothing"),
    ("chat_1", UPDATE.format(""), 'the action "update" has no <template>'),
    ("chat_1", UPDATE.format("<b>Hello</b>"), "<b> stands in the place of the <template>"),
    ("chat_1", UPDATE.format("<template>Hello"), "comes before <template> is closed"),
    ("chat_1", UPDATE.format("<template><b><i></b></i></template>"), "comes before <i> is closed"),
    ("chat_1", HTML.replace("append", "apend"), 'Turbo knows no action "apend"'),
    ("chat_1", HTML.replace("turbo", "TURBO"), "must begin and end"),
    ("chat_1", b"<turbo-stream\xff", "is not UTF-8"),
]


async def test_a_publication_from_a_shell_reaches_an_open_page(
    shell: Shell, gateway: str, nats_server: NatsServer
) -> None:
    async with listening(gateway, "chat_1") as socket:
        done = await shell.run("publish", "chat_1", HTML, url=nats_server.url("publisher"))
        assert done == Outcome(0, "published to chat_1 as number 1\n", "")
        assert await socket.receive(1) == [HTML]


async def test_a_dash_reads_the_html_from_standard_input(
    shell: Shell, gateway: str, nats_server: NatsServer
) -> None:
    typed = f"\n  {HTML}\n{element('漢字')}\n\n".encode()
    url = nats_server.url("publisher")
    async with listening(gateway, "chat_1") as socket:
        assert (await shell.run("publish", "chat_1", "-", url=url, typed=typed)).status == 0
        assert await socket.receive(2) == [HTML, element("漢字")]


async def test_what_needs_no_content_and_the_page_s_own_actions_are_published(
    natter: Shell, gateway: str, nats_server: NatsServer
) -> None:
    remove = '<turbo-stream action="remove" target="log"></turbo-stream>'
    html = remove + REFRESH + REDIRECT
    url = nats_server.url("publisher")
    refused = await natter.run("publish", "chat_1", html, url=url)
    assert (refused.status, refused.output) == (2, "")
    assert 'Turbo knows no action "redirect"' in refused.errors
    assert "--custom-action redirect" in refused.errors
    async with listening(gateway, "chat_1") as socket:
        done = await natter.run("publish", "--custom-action", "redirect", "chat_1", html, url=url)
        assert (done.status, done.errors) == (0, "")
        assert await socket.receive(3) == [remove, REFRESH, REDIRECT]


async def test_the_address_that_a_running_stack_wrote_down_is_found(
    natter: Shell, gateway: str, nats_server: NatsServer
) -> None:
    notes = natter.folder / ".natter"
    notes.mkdir()
    (notes / "publisher.env").write_text(f"NATS_URL={nats_server.url('publisher')}\n")
    async with listening(gateway, "chat_1") as socket:
        assert (await natter.run("publish", "chat_1", HTML, url=None)).status == 0
        assert await socket.receive(1) == [HTML]


async def test_what_could_not_be_shown_is_refused_with_the_reason(natter: Shell) -> None:
    async def check(group: str, html: str | bytes, reason: str) -> None:
        refused = await natter.run("publish", group, html, url="nats://127.0.0.1:1")
        assert (refused.status, refused.output) == (2, ""), (group, html)
        assert refused.errors.startswith("natter: refused: ")
        assert reason in refused.errors
        assert refused.errors.count("\n") == 1

    async with asyncio.TaskGroup() as tasks:
        for group, html, reason in REFUSED:
            tasks.create_task(check(group, html, reason))


async def test_standard_input_that_is_no_text_is_refused(natter: Shell) -> None:
    refused = await natter.run("publish", "chat_1", "-", url=None, typed=b"\xff\xfe\x00")
    assert (refused.status, refused.errors) == (2, "natter: refused: the HTML is not UTF-8\n")


async def test_without_an_address_the_command_says_so(shell: Shell) -> None:
    refused = await shell.run("publish", "chat_1", HTML, url=None)
    assert (refused.status, refused.output) == (2, "")
    assert "NATS_URL is not set" in refused.errors


async def test_a_wrong_password_is_named_as_that_and_not_shown(
    natter: Shell, nats_server: NatsServer
) -> None:
    url = f"nats://publisher:nwrong-secret@127.0.0.1:{nats_server.port}"
    failed = await natter.run("publish", "chat_1", HTML, url=url)
    assert (failed.status, failed.output) == (1, "")
    assert failed.errors == (
        "natter: NATS refused the connection: are the user and the password right?\n"
    )


@pytest.mark.parametrize(
    "url", ["nats://127.0.0.1:1", "nats://127.0.0.1:99999", "nats://[", "not an address", ""]
)
async def test_without_a_server_the_command_says_so(natter: Shell, url: str) -> None:
    failed = await natter.run("publish", "chat_1", HTML, url=url)
    assert failed.status in {1, 2}
    assert failed.output == ""
    assert failed.errors.startswith("natter: ")
    assert failed.errors.count("\n") == 1


async def test_a_server_without_streams_is_named_as_that(
    natter: Shell, nats_server: NatsServer
) -> None:
    failed = await natter.run("publish", "chat_1", HTML, url=nats_server.url("publisher"))
    assert (failed.status, failed.output) == (1, "")
    assert failed.errors.startswith("natter: ")


async def test_html_that_is_too_long_for_the_bus_is_refused(
    natter: Shell,
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    typed = element("x" * 1024 * 1024).encode()
    url = nats_server.url("publisher")
    failed = await natter.run("publish", "chat_1", "-", url=url, typed=typed)
    assert (failed.status, failed.output) == (1, "")
    assert "bytes are too many" in failed.errors


async def test_help_names_what_there_is(shell: Shell) -> None:
    shown = await shell.run("--help", url=None)
    assert (shown.status, shown.errors) == (0, "")
    assert "natter" in shown.output
    assert "publish" in shown.output


async def test_no_command_and_a_wrong_one_show_the_usage(natter: Shell) -> None:
    async def check(arguments: list[str]) -> None:
        refused = await natter.run(*arguments, url=None)
        assert refused.status == 2
        assert refused.errors.startswith("usage: natter")

    async with asyncio.TaskGroup() as tasks:
        for arguments in ([], ["burn"], ["publish"], ["publish", "chat_1"]):
            tasks.create_task(check(arguments))
