"""Runs `natter` where its script is not installed: `python -m services.realtime.cli`."""

import sys

from services.realtime.cli import main

sys.exit(main())
