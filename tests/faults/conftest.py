"""An instance of a test's own, and the command run in this process."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Kaoji, kaoji, made_by_init

__all__ = ["kaoji", "made_by_init"]


@pytest.fixture
def folder(kaoji: Kaoji, made_by_init: Path, tmp_path: Path) -> Path:
    """The folder of an instance that `kaoji init` made, a copy of this test's own."""
    return shutil.copytree(made_by_init, tmp_path / "site")
