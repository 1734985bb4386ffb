"""A real instance in a folder of its own, and the command run in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from app.cli import run
from app.config import SETTINGS


class Ran(NamedTuple):
    """What one command gave."""

    code: int
    out: str
    err: str


Kaoji = Callable[..., Ran]


@pytest.fixture
def kaoji(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kaoji:
    """kaoji("import", "schools", file) on the instance tmp_path/site."""
    for variable in SETTINGS.values():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("KAOJI_INSTANCE", str(tmp_path / "site"))

    def command(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return command


@pytest.fixture(scope="session")
def made_by_init(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `kaoji init` makes, once: its migrations take half a second."""
    folder = tmp_path_factory.mktemp("init") / "site"
    with pytest.MonkeyPatch.context() as patch:
        for variable in SETTINGS.values():
            patch.delenv(variable, raising=False)
        patch.setenv("KAOJI_INSTANCE", str(folder))
        assert run(["init"]) == 0
    return folder


@pytest.fixture
def site(kaoji: Kaoji, made_by_init: Path, tmp_path: Path) -> Path:
    """The folder of an instance that `kaoji init` made, a copy of this test's own."""
    return shutil.copytree(made_by_init, tmp_path / "site")
