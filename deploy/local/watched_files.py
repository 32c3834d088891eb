"""The files with whose changes `make watch` starts a service again; only watchfiles imports it."""

from pathlib import Path
from typing import Final, override

from watchfiles import Change, DefaultFilter

from deploy.local.services import ROOT

_BUILD: Final = ROOT / "services/web/static/build"
_MANIFEST: Final = _BUILD / "manifest.json"
_FRONT_END: Final = (ROOT / "services/web/frontend", _BUILD)


class ServiceFiles(DefaultFilter):
    """Leaves out the front end, except for the manifest, which each build writes last.

    A start for each file of a build would interrupt the start before it.
    """

    @override
    def __call__(self, change: Change, path: str) -> bool:
        """Return whether the service starts again."""
        if Path(path) == _MANIFEST:
            return True
        is_front_end = any(Path(path).is_relative_to(folder) for folder in _FRONT_END)
        return not is_front_end and super().__call__(change, path)
