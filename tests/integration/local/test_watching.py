"""The whole stack where the folder of its data and the terminal are unusual, and `make watch`."""

import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.settings import LOOPBACK
from services.shared.process.probe import probe
from tests.integration.local.launching import ROOT, Launcher, wait_until
from tests.integration.local.surroundings import neutral_environment
from tests.support.checkout import HALF_WRITTEN
from tests.support.local_stack import free_ports
from tests.support.waiting import DEADLINE_SECONDS

FOLDER = 'it\'s my "data", 100 % ünï 漢'
HELLO = '<turbo-stream action="update" target="x"><template>Hello</template></turbo-stream>'
FRONT_END = Path("services/web/frontend")
NOT_COPIED = (HALF_WRITTEN, "node_modules")


@dataclass(frozen=True, slots=True)
class Watched:
    """A project whose stack runs, and the ports of that."""

    project: Path
    launcher: Launcher
    ports: Mapping[str, int]

    def edit(self, name: str, text: str) -> None:
        """Change a file at once: a build that saw it half written would be followed by another."""
        new = self.project / f"{name}.new"
        new.write_text(text)
        new.rename(self.project / name)

    def read(self, name: str) -> str:
        return (self.project / name).read_text()

    def until(self, condition: Callable[[], bool]) -> None:
        wait_until(condition, self.launcher.text)

    def starts_of_web(self) -> int:
        return self.launcher.text().count(f"port={self.ports['WEB']}\n")

    def page(self) -> str:
        """Return the first page; nothing while web is down."""
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.ports['WEB']}/") as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            return ""

    def style(self) -> str:
        """Return the name of the page's style sheet; nothing while web is down."""
        found = re.search(r"application-[A-Z2-7]{8}\.css", self.page())
        return found[0] if found else ""


def test_the_stack_comes_up_shows_each_edit_and_ends_in_order(tmp_path: Path) -> None:
    ports = free_ports()
    environment = watching_environment(tmp_path / FOLDER, ports)
    with watched(copy_of_the_project(tmp_path / "natter"), ports, environment) as watch:
        said = watch.launcher.text()
        assert f"Natter is up: http://{LOOPBACK}:{ports['WEB']}\n" in said
        assert "Starting NATS ..." in said
        assert "100 % ?n? ?" in said
        publish(environment)
        shows_a_template(watch)
        shows_a_style(watch)
        starts_python_again(watch)
        assert watch.launcher.end(signal.SIGINT) == 0
    said = watch.launcher.text()
    assert not re.search(r"Traceback|few_descriptors|is killed$|\[error ", said), said
    assert said.endswith("natter   | Stopped.\n")


def shows_a_template(watch: Watched) -> None:
    """A page shows it before web has started again; until then, no other edit interrupts that."""
    name, starts = "services/web/templates/layouts/base.html", watch.starts_of_web()
    watch.edit(name, watch.read(name).replace("<head>", "<head><!-- edited -->"))
    watch.until(lambda: "<!-- edited -->" in watch.page() and watch.starts_of_web() > starts)


def shows_a_style(watch: Watched) -> None:
    name, before = f"{FRONT_END}/src/styles/application.css", watch.style()
    starts = watch.starts_of_web()
    watch.edit(name, watch.read(name) + "\n.edited { color: red }\n")
    watch.until(lambda: watch.style() not in {"", before} and watch.starts_of_web() > starts)


def starts_python_again(watch: Watched) -> None:
    """A service that fails to start stays down until it is mended."""
    name = "services/ai/app.py"
    code = watch.read(name)
    watch.edit(name, f"{code}\nraise SystemExit('half a thought')\n")
    watch.launcher.wait_for("ai       | half a thought")
    watch.edit(name, f"{code}\nprint('a whole one', flush=True)\n")
    watch.launcher.wait_for("ai       | a whole one")
    watch.until(lambda: probe(watch.ports["AI"]) is None)


def copy_of_the_project(folder: Path) -> Path:
    """Copy the code; the packages are those of this checkout."""
    for name in ("services", "deploy"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (folder / FRONT_END / "node_modules").symlink_to(ROOT / FRONT_END / "node_modules")
    return folder


def watching_environment(data: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """Return the environment of a stack on these ports, at a terminal that knows only ASCII."""
    return {
        **neutral_environment(),
        **{f"NATTER_{part}_PORT": str(port) for part, port in ports.items()},
        "NATTER_DATA_DIR": str(data),
        "PYTHONIOENCODING": "ascii",
    }


@contextmanager
def watched(
    project: Path, ports: Mapping[str, int], environment: Mapping[str, str]
) -> Iterator[Watched]:
    """Run the watched stack of a project."""
    log = project.with_suffix(".log")
    with log.open("wb") as file:
        process = subprocess.Popen(
            (sys.executable, "-m", "deploy.local", "--watch"),
            cwd=project,
            env=environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    launcher = Launcher(process, log)
    try:
        launcher.wait_for("stop     Ctrl+C")
        yield Watched(project, launcher, ports)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def publish(environment: Mapping[str, str]) -> None:
    natter = Path(sys.executable).parent / "natter"
    published = subprocess.run(
        (natter, "publish", "chat_1", HELLO),
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=True,
    )
    assert published.stdout.startswith("published to chat_1 as number ")
