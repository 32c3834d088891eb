"""A temporary folder of its own for every run of the tests.

pytest keeps one for all runs of a user, and each that begins resets its rights. Where root runs the
tests, PostgreSQL has another user, who would lose the way to the data of a run that is under way.
"""

import shutil
import tempfile

import pytest

FOLDER = pytest.StashKey[str]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the folder before pytest does, unless the command line or another process has."""
    if config.option.basetemp is None:
        config.option.basetemp = config.stash[FOLDER] = tempfile.mkdtemp(prefix="natter-tests-")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remove the folder; what failed is left to be looked into."""
    folder = session.config.stash.get(FOLDER, None)
    if folder is not None and exitstatus == pytest.ExitCode.OK:
        shutil.rmtree(folder, ignore_errors=True)
