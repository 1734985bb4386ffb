"""pytest rewrites every assert of a test file before it compiles it, fifteen seconds for all files: it is done once, not in each
process of each run, and kept whatever PYTHONDONTWRITEBYTECODE says.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

sys.dont_write_bytecode = False
HERE = Path(__file__).resolve().parent


def import_share(config: pytest.Config) -> None:
    """In one of several processes, import its share of the test files; the collection, which follows, imports the others.

    All collect in one order: without this each would rewrite the same file at the same moment, and all of them all files.
    """
    worker = getattr(config, "workerinput", None)
    if worker is None:
        return
    largest_first = sorted(_files(config.args), key=lambda path: (-path.stat().st_size, path))
    for path in largest_first[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
        sys.path.insert(0, str(path.parent))  # as pytest does
        with suppress(Exception, pytest.skip.Exception):  # the collection meets it again, and tells
            importlib.import_module(path.stem)


def _files(arguments: list[str]) -> Iterator[Path]:
    """The test files below the named folders, without those beside this one, which belong to a package."""
    for argument in arguments:
        folder = Path(argument.partition("::")[0]).resolve()
        for path in folder.rglob("test_*.py") if folder.is_relative_to(HERE) else ():
            if path.parent != HERE and "vendor" not in path.parts:
                yield path
