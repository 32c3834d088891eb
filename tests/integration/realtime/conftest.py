"""The `natter` command of the tests of the command line."""

from tests.support.shell import natter, shell

__all__ = ["natter", "shell"]
