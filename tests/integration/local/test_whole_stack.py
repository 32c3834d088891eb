"""The whole stack where everything is unusual: the folder's name, the ports, the terminal."""

import re
import signal
import subprocess
import sys
from pathlib import Path

from deploy.local.readiness import answers_ok
from deploy.local.settings import LOOPBACK
from tests.integration.local.launching import ROOT, Launcher
from tests.integration.local.surroundings import neutral_environment
from tests.support.local_stack import PARTS
from tests.support.waiting import DEADLINE_SECONDS

FOLDER = 'it\'s my "data", 100 % ünï 漢'
HELLO = '<turbo-stream action="update" target="x"><template>Hello</template></turbo-stream>'


def test_it_comes_up_says_where_and_ends_in_order(tmp_path: Path) -> None:
    environment = {
        **neutral_environment(),
        **{f"NATTER_{part}_PORT": "0" for part in PARTS},
        "NATTER_DATA_DIR": str(tmp_path / FOLDER),
        "PYTHONIOENCODING": "ascii",
    }
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            (sys.executable, "-m", "deploy.local"),
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    launcher = Launcher(process, log)
    try:
        launcher.wait_for("stop     Ctrl+C")
        said = launcher.text()
        found = re.search(rf"Natter is up: http://{LOOPBACK}:(\d+)", said)
        assert found
        assert answers_ok(LOOPBACK, int(found[1]), "/ready")
        assert "Starting NATS ..." in said
        assert "100 % ?n? ?" in said
        _publish(environment)
    finally:
        assert launcher.end(signal.SIGINT) == 0, launcher.text()
    assert not re.search(r"Traceback|few_descriptors|is killed$|\[error ", launcher.text())


def _publish(environment: dict[str, str]) -> None:
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
