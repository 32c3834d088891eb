"""`make bench`: measures gateway and answers, beside rivals where there are any, in one table.

A second table plays what scaling does, with what the first has found."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.load.accounting import is_counted
from tests.load.contest import CONTENDERS, MEASURES, SCALING, Contest, parts_in
from tests.load.descriptors import sockets_within_limit
from tests.load.scaling.cluster import NOTICED_SECONDS, STARTING_SECONDS
from tests.load.scaling.plan import Costs, costs_in
from tests.load.scaling.rows import rows
from tests.load.scaling.simulation import OURS, simulate
from tests.load.servers.over_nats import NATTER
from tests.load.servers.over_redis import CHANNELS
from tests.load.table import table

SOCKETS = 10_000
BUSY = 0.5
_MILLI = 1e3
NOTES = f"""\
Every server runs alone, on loopback, and gets publications of 249 bytes from another process.
CPU and memory are the server's own, as the operating system counts them; its bus has a row.
{NATTER.name} and the stock way check a token at each handshake, the others do not.
{CHANNELS.name} gets less to do, for it would not bear more: {CHANNELS.pace.sockets:,} sockets, and
{CHANNELS.pace.mixed:,.0f} deliveries a second while the delay is measured.
Answers are Markdown with a word a chunk, 50 chunks a second each, from an endpoint that is
a process of its own, through one worker; CPU is counted from the first job to the last result.
Where one publisher says how fast it is, it is often its own CPU that is used up."""
SCALING_NOTES = """\
Gateways and pages are virtual, their rules are not: the gateway's own rotation and drain, the
browser's pauses, and Kubernetes' autoscaling with the values of deploy/kubernetes. A load balancer
gives a new connection to any gateway (random) or to the one with the fewest (least); sockets are
held for 15 or 5 minutes at the most, or for ever (never), as elsewhere. A pod takes
{starting:.0f} s to be ready, and proxies {noticed:.0f} s to know that one has gone.
The network takes no time.
Handshakes cost {handshake:.2f} ms and tokens {token:.2f} ms of CPU."""


def main() -> int:
    """Measure what the command line names; 1 where something of Natter could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    choices = ", ".join([*CONTENDERS, *MEASURES, SCALING])
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {choices}; all if none")
    parser.add_argument("--sockets", type=int, default=SOCKETS, help="sockets held at the most")
    arguments = parser.parse_args()
    try:
        names, measures = parts_in(arguments.parts)
    except ValueError as error:
        parser.error(str(error))
    if not is_counted():
        _say("make bench needs /proc, where Linux keeps account of CPU and memory.")
        return 1
    with tempfile.TemporaryDirectory(prefix="natter-bench-") as folder:
        contest = Contest(Path(folder), _sockets(arguments.sockets), _say)
        contest.measure(names, measures)
    if any(contest.results.values()):
        _say(f"\n{table(contest.results, NATTER.name)}\n\n{NOTES}")
    if SCALING in measures and NATTER.name in names:
        _show_scaling(costs_in(contest.results.get(NATTER.name, {})))
    return int(any(failure.startswith(NATTER.name) for failure in contest.failures))


def _show_scaling(costs: Costs) -> None:
    results = simulate(costs, _say)
    notes = SCALING_NOTES.format(
        starting=STARTING_SECONDS,
        noticed=NOTICED_SECONDS,
        handshake=costs.handshake * _MILLI,
        token=costs.token * _MILLI,
    )
    _say(f"\n{table(results, OURS, rows())}\n\n{notes}")


def _sockets(wanted: int) -> int:
    """Return how many sockets there will be, and say what makes them fewer or the run unfair."""
    sockets = sockets_within_limit(wanted)
    if sockets < wanted:
        _say(
            f"This machine lets a process open {sockets} sockets, not {wanted}: so many there are."
        )
    load = os.getloadavg()[0]
    if load > BUSY:
        _say(f"This machine has other work (load {load:.1f}): delays will be longer than they are.")
    return min(sockets, wanted)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the program's answer


if __name__ == "__main__":
    sys.exit(main())
