"""Fixtures and rules for every test."""

from tests.support.examples import judge_examples_by_their_outcome
from tests.support.gone_connections import take_no_writes_once_gone
from tests.support.logs import show_tracebacks_plainly
from tests.support.loopback import block_everything_beyond_loopback

pytest_plugins = [
    "tests.support.own_folder",
    "tests.support.postgres",
    "tests.support.nats",
    "tests.support.outages",
    "tests.support.stack",
]

block_everything_beyond_loopback()
judge_examples_by_their_outcome()
take_no_writes_once_gone()
show_tracebacks_plainly()
