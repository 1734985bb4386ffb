"""What lies in the folder of pictures (app.adapters.storage.local), for whoever has to know it by name."""

from __future__ import annotations

import os
import re
from pathlib import Path

TEMPORARY = "incoming"
"""Where a picture is first written: made with the store, and kept empty. Where it is not, the store's disk is not mounted."""
QUARANTINE = "quarantine"
BY_TWO = "[0-9a-f]" * 2
"""A folder of pictures, as `Path.glob` takes it: aa/bb/<32 hex digits>, aabb being the first four."""
NAME = re.compile("[0-9a-f]{32}")
KEY = re.compile(f"({BY_TWO})/({BY_TWO})/({NAME.pattern})")
OWN = re.compile(rf"\.|{BY_TWO}(/{BY_TWO}(/{NAME.pattern})?)?|({TEMPORARY}|{QUARANTINE})(/{NAME.pattern})?")
"""All that a store makes, by its path below the folder."""


def is_begun(folder: Path) -> bool:
    """Whether a store has begun there: what another program leaves beside it later (Thumbs.db) stops no start."""
    return (folder / TEMPORARY).is_dir()


def is_bare(folder: Path) -> bool:
    """Whether nothing of a store is there: a mount point whose disk is away, or a new folder. Raises OSError without the folder."""
    with os.scandir(folder) as entries:
        return not any(OWN.fullmatch(entry.name) for entry in entries)
