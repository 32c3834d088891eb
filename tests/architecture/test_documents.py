"""The documents name files and folders that exist."""

import re
from typing import Final

from tests.architecture.project import ROOT, project_files

DOCUMENTS: Final = ("ARCHITECTURE.md", "CONTRIBUTING.md", "deploy/SIZING.md", "deploy/README.md")
# A path is written from the project's folder, or from one of these.
BASES: Final = (
    "services",
    "services/web",
    "services/web/frontend/src",
    "services/web/frontend/src/elements",
    "services/realtime",
    "services/shared",
    "deploy",
    "deploy/compose",
    "deploy/kubernetes",
)
PATH: Final = re.compile(r"`([\w.-]+/[\w./-]*)`")
FENCE: Final = re.compile(r"```.*?```", re.DOTALL)
# Files and folders of the examples in CONTRIBUTING.md.
TO_BE_WRITTEN: Final = {
    "services/web/db/migrations/0010_pin_chats.sql",
    "services/web/templates/accounts/",
    "services/web/templates/chats/_pin.html",
    "layouts/_chat_links.html",
    "chats/show.html",
    "services/web/chats/service.py",
    "services/web/chats/views.py",
    "tests/integration/web/chats/test_pins.py",
}


def test_every_path_in_a_sentence_exists() -> None:
    files = [path.relative_to(ROOT) for path in project_files()]
    known = {str(place) for path in files for place in (path, *path.parents)}
    missing = [
        f"{document}: {path}"
        for document in DOCUMENTS
        for path in PATH.findall(FENCE.sub("", (ROOT / document).read_text()))
        if path not in TO_BE_WRITTEN
        and not {path.rstrip("/"), *(f"{base}/{path.rstrip('/')}" for base in BASES)} & known
    ]
    assert missing == []
