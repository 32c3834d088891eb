"""What tests of the shared library have."""

from tests.support.logs import restored_logging

__all__ = ["restored_logging"]
