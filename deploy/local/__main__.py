"""`python -m deploy.local [--watch]`: starts the whole stack, supervises it, stops it in order.

With `--watch` the services start again when their code changes, and the front end is rebuilt.

Exit status: 0 after Ctrl+C or SIGTERM, 1 when a part failed, 130 after a second Ctrl+C.
"""

import signal
import sys

from services.shared.process.terminal import open_closed_streams


def main() -> int:
    """Run the stack of the folder that the settings name."""
    open_closed_streams()
    # Nothing has started while modules are imported: Ctrl+C may end the process silently.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from deploy.local.launcher import launch  # noqa: PLC0415 - it takes most of a second

    return launch(watch="--watch" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
