"""`python -m deploy.local`: start the whole stack, keep it together, stop it in order.

Exit status: 0 after Ctrl+C or SIGTERM, 1 when a part failed, 130 after a second Ctrl+C.
"""

import os
import sys

from deploy.local.logs import Console
from deploy.local.ports import check_ports
from deploy.local.private_files import make_private_folder
from deploy.local.process import StartError
from deploy.local.run_lock import Holder, hold_folder
from deploy.local.settings import LocalSettings, inherited_environment
from deploy.local.stack import needed_ports, stack
from deploy.local.supervisor import KILLED, supervise


def main() -> int:
    """Run the stack of the folder the settings name."""
    settings = LocalSettings.load()
    console = Console(colour=not settings.no_color, everything=settings.log_level == "debug")
    try:
        return _run(settings, console)
    except StartError as error:
        console.say(str(error))
        return 1
    except KeyboardInterrupt:
        return KILLED


def _run(settings: LocalSettings, console: Console) -> int:
    make_private_folder(settings.data_dir)
    holder = Holder(pid=os.getpid(), address=settings.web_address)
    with hold_folder(settings.data_dir, holder, console.say) as lock:
        check_ports(needed_ports(settings))
        return supervise(stack(settings, inherited_environment()), console, lock)


if __name__ == "__main__":
    sys.exit(main())
