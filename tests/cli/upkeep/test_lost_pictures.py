"""Pictures that are not where the rows say: no start and no import goes on as if there were none, until they are given up by name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from app.cli.common import opened
from app.cli.refusal import Fault
from app.cli.serving import pictures_check
from app.cli.serving.pictures_check import folder_fault, need_folder
from app.config import load
from app.extensions import db
from app.models import Application, AuditEvent, Evidence
from app.rules.audit_words import WORDS, detail_words
from tests.cli.conftest import Kaoji
from tests.reviewing import picture, submitted


@pytest.fixture
def pictures(site: Path) -> Path:
    """Where two pictures lie."""
    with opened(load(site)):
        submitted()
    return site / "evidence"


@contextmanager
def started(site: Path) -> Iterator[Flask]:
    with opened(load(site)) as app:
        need_folder(app)
        yield app


def more(site: Path, number: int) -> list[Path]:
    """So many more pictures; return where they lie, the oldest first."""
    with opened(load(site)):
        ident = db.session.query(Application.id).scalar()
        before = db.session.query(Evidence).count()
        for place in range(number):
            picture(ident, f"other{place}")
        keys = db.session.query(Evidence.storage_key).order_by(Evidence.id).offset(before).all()
    return [site / "evidence" / key for (key,) in keys]


def test_another_disk_is_noticed_and_an_older_backup_of_pictures_is_none(
    kaoji: Kaoji, site: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures_check, "SAMPLE", 4)
    files = [path for path in pictures.rglob("*") if path.is_file()] + more(site, 8)
    for path in files[6:]:
        path.unlink()
    with started(site):  # the oldest are there
        pass
    for path in files[:6]:
        path.unlink()
    with pytest.raises(Fault, match=f"照片的文件夹里是别的照片：{pictures}，.*最新和最早的各 4 张"), started(site):
        pass
    assert kaoji("evidence", "lost", "--yes").code == 0
    with started(site):
        pass


def test_a_few_lost_pictures_stop_no_start(site: Path, pictures: Path) -> None:
    (pictures / "incoming").mkdir(exist_ok=True)
    for path in pictures.rglob("*"):
        if path.is_file():
            path.unlink()
    with started(site) as app:
        assert folder_fault(app) == ""


def test_what_is_given_up_is_missing_and_found_again(kaoji: Kaoji, site: Path, pictures: Path) -> None:
    away = site.parent / "away"
    pictures.rename(away)
    pictures.mkdir()
    for command in (("serve",), ("doctor",)):
        ran = kaoji(*command)
        assert ran.code == 1
        assert f"照片的文件夹里没有照片：{pictures}" in ran.err
        assert "Traceback" not in ran.err
    assert f"核对照片与登记没有做成：文件或文件夹不存在：{pictures}" in kaoji("tick").err
    refused = kaoji("evidence", "lost")  # nobody answers
    assert refused.code == 1
    with opened(load(site)):
        assert not db.session.query(Evidence).filter(Evidence.missing).count()
    done = kaoji("evidence", "lost", "--yes")
    assert (done.code, "2 张照片记为缺失" in done.out) == (0, True)
    with started(site):
        assert db.session.query(Evidence).filter(Evidence.missing).count() == 2
        act = db.session.query(AuditEvent).filter_by(action="evidence.lost").one()
        assert act.action in WORDS
        assert detail_words(act.detail) == "没有文件的照片 2"
    shutil.copytree(away, pictures, dirs_exist_ok=True)
    assert kaoji("evidence", "restore").code == 0
    with started(site):
        assert not db.session.query(Evidence).filter(Evidence.missing).count()


def test_nothing_is_given_up_that_is_there(kaoji: Kaoji, site: Path, pictures: Path) -> None:
    ran = kaoji("evidence", "lost", "--yes")
    assert ran.code == 1
    assert "没有什么要做的" in ran.err
    with opened(load(site)):
        assert not db.session.query(Evidence).filter(Evidence.missing).count()


def test_no_portrait_is_imported_onto_a_mount_point(kaoji: Kaoji, site: Path, pictures: Path) -> None:
    shutil.rmtree(pictures)
    pictures.mkdir()
    archive = shutil.make_archive(str(site.parent / "portraits"), "zip", site, "kaoji-instance.txt")
    ran = kaoji("import", "portraits", archive)
    assert ran.code == 1
    assert not list(pictures.iterdir())
