"""The launcher: checks everything, then starts, supervises and stops the stack."""

import os
from dataclasses import replace

from deploy.local.configuration import Configuration, load_configuration
from deploy.local.console import Console
from deploy.local.data_folder import prepare_data_folder
from deploy.local.disk_space import check_disk_space
from deploy.local.inherited import list_inherited
from deploy.local.output import standard_output
from deploy.local.own_backends import check_own_backends
from deploy.local.ports import check_ports
from deploy.local.process import StartError, describe_fault
from deploy.local.run_lock import Holder, hold_folder
from deploy.local.stack import choose_ports, needed_ports, stack
from deploy.local.supervisor import supervise


def launch(*, watch: bool = False) -> int:
    """Run the stack that the environment describes to its end; return the exit status."""
    configuration = load_configuration()
    settings = configuration.settings
    console = Console(
        standard_output(), colour=not settings.no_color, everything=settings.log_level == "debug"
    )
    try:
        return _run(replace(configuration, watch=watch), console)
    except StartError as error:
        console.say(str(error))
    except OSError as error:
        console.say(describe_fault(error))
    finally:
        console.output.flush()
    return 1


def _run(configuration: Configuration, console: Console) -> int:
    settings = choose_ports(configuration.settings)
    console.say(list_inherited(configuration.inherited))
    prepare_data_folder(settings.data_dir)
    check_disk_space(settings)
    holder = Holder(pid=os.getpid(), address=settings.web_address)
    with hold_folder(settings.data_dir, holder, console.say) as lock:
        check_ports(needed_ports(settings))
        check_own_backends(settings)
        return supervise(stack(replace(configuration, settings=settings)), console, lock)
