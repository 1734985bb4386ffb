"""How much is tested: what can fail, or with KAOJI_TEST_SIZE=full everything on both databases and more examples of it."""

from __future__ import annotations

import os

FULL = os.environ.get("KAOJI_TEST_SIZE") == "full"
EXAMPLES = 300 if FULL else 30  # that hypothesis makes up for a property
