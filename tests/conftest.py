"""What every test has."""

from tests.support.loopback import block_everything_beyond_loopback

pytest_plugins = [
    "tests.support.own_folder",
    "tests.support.postgres",
    "tests.support.nats",
    "tests.support.outages",
    "tests.support.stack",
]

block_everything_beyond_loopback()
