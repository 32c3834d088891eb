"""`make watch` on a copy of the project: what is edited there is seen without a new start."""

import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local.readiness import answers_ok
from deploy.local.settings import LOOPBACK
from tests.integration.local.launching import ROOT, Launcher, wait_until
from tests.integration.local.surroundings import neutral_environment
from tests.support.local_stack import free_ports

FRONT_END = Path("services/web/frontend")
NOT_COPIED = ("__pycache__", "node_modules", "*.png")


def test_edits_of_templates_python_and_styles_are_seen(tmp_path: Path) -> None:
    project = copy_of_the_project(tmp_path / "natter")
    ports = free_ports()
    port = ports["WEB"]
    with watched(project, ports) as launcher:
        base = project / "services/web/templates/layouts/base.html"
        base.write_text(base.read_text().replace("<head>", "<head><!-- edited -->"))
        wait_until(lambda: "<!-- edited -->" in page(port), launcher.text)

        style = project / FRONT_END / "src/styles/application.css"
        before = style_of(page(port))
        style.write_text(style.read_text() + "\n.edited { color: red }\n")
        wait_until(lambda: style_of(page(port)) not in ("", before), launcher.text)

        app = project / "services/ai/app.py"
        code = app.read_text()
        app.write_text(f"{code}\nraise SystemExit('half a thought')\n")
        launcher.wait_for("ai       | half a thought")
        app.write_text(f"{code}\nprint('a whole one', flush=True)\n")
        launcher.wait_for("ai       | a whole one")
        wait_until(lambda: answers_ok(LOOPBACK, ports["AI"], "/ready"), launcher.text)
        assert launcher.end(signal.SIGINT) == 0
    assert not re.search(r"Traceback|is killed$", launcher.text()), launcher.text()
    assert launcher.text().endswith("natter   | Stopped.\n")


def copy_of_the_project(folder: Path) -> Path:
    """Copy the code; the packages are those of this checkout."""
    for name in ("services", "deploy"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (folder / FRONT_END / "node_modules").symlink_to(ROOT / FRONT_END / "node_modules")
    return folder


@contextmanager
def watched(project: Path, ports: Mapping[str, int]) -> Iterator[Launcher]:
    """Run the watched stack of a project."""
    chosen = {f"NATTER_{part}_PORT": str(port) for part, port in ports.items()}
    log = project.with_suffix(".log")
    with log.open("wb") as file:
        process = subprocess.Popen(
            (sys.executable, "-m", "deploy.local", "--watch"),
            cwd=project,
            env={**neutral_environment(), **chosen, "PYTHONIOENCODING": "utf-8"},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    launcher = Launcher(process, log)
    try:
        launcher.wait_for("stop     Ctrl+C")
        yield launcher
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def page(port: int) -> str:
    """Return the first page; nothing while web is down."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/") as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, ConnectionError):
        return ""


def style_of(html: str) -> str:
    found = re.search(r"application-[A-Z2-7]{8}\.css", html)
    return found[0] if found else ""
