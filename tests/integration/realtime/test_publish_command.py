"""`natter publish`, run as anybody runs it: in a process of its own, from any folder."""

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.support.shell import Outcome, Shell
from tests.support.sockets import element, listening

HTML = element("Hello World")
REMOVE = '<turbo-stream action="remove" target="log"></turbo-stream>'
REFRESH = '<turbo-stream action="refresh"></turbo-stream>'
REDIRECT = '<turbo-stream action="redirect" url="/"></turbo-stream>'


async def test_a_publication_from_a_shell_reaches_an_open_page(
    shell: Shell, gateway: str, nats_server: NatsServer
) -> None:
    async with listening(gateway, "chat_1") as socket:
        done = await shell.run("publish", "chat_1", HTML, url=nats_server.url("publisher"))
        assert done == Outcome(0, "published to chat_1 as number 1\n", "")
        assert await socket.receive(1) == [HTML]


async def test_a_dash_reads_the_html_from_standard_input_and_custom_actions_may_be_named(
    natter: Shell, gateway: str, nats_server: NatsServer
) -> None:
    typed = f"\n  {HTML}\n{element('漢字')}\n{REMOVE}{REFRESH}{REDIRECT}\n\n".encode()
    url = nats_server.url("publisher")
    async with listening(gateway, "chat_1") as socket:
        done = await natter.run(
            "publish", "--custom-action", "redirect", "chat_1", "-", url=url, typed=typed
        )
        assert (done.status, done.errors) == (0, "")
        assert await socket.receive(5) == [HTML, element("漢字"), REMOVE, REFRESH, REDIRECT]


async def test_the_address_that_a_running_stack_wrote_down_is_found(
    natter: Shell, gateway: str, nats_server: NatsServer
) -> None:
    notes = natter.folder / ".natter"
    notes.mkdir()
    (notes / "publisher.env").write_text(f"NATS_URL={nats_server.url('publisher')}\n")
    async with listening(gateway, "chat_1") as socket:
        assert (await natter.run("publish", "chat_1", HTML, url=None)).status == 0
        assert await socket.receive(1) == [HTML]


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
