"""Pictures that the server cannot reach, and rows of pictures that a hand deleted: named, and never taken for the examinee's fault."""

from __future__ import annotations

import errno
import io
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, update

from app.actions.evidence.file_faults import picture_faults
from app.actions.evidence.sweep import sweep
from app.adapters.storage.local import LocalStore
from app.cli.refusal import Fault
from app.cli.serving.database_check import guarded
from app.cli.serving.pictures_check import folder_fault
from app.extensions import db
from app.models import Application, Evidence, PicturePart, Submission
from app.models.base import transaction
from tests.cli.conftest import Kaoji
from tests.wizard.test_only_what_was_seen import confirming, submit_what_is_shown
from tests.wizard.test_wizard import Browser, browser, photo, tick

__all__ = ["browser", "confirming", "tick"]  # fixtures
SLOT = "diploma_photo"


def faults(app: Flask) -> list[str]:
    return list(picture_faults(app.extensions["kaoji.store"], on=datetime.now(UTC)))


@pytest.fixture
def submission(browser: Browser, confirming: str) -> Submission:
    assert submit_what_is_shown(browser, confirming).status_code in (200, 303)
    return db.session.query(Submission).one()


def unreadable(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """As a file of root's, 0600, is to the server's user."""
    opened = LocalStore.open

    def denied(self: LocalStore, asked: str) -> object:
        if asked == key:
            raise PermissionError(errno.EACCES, "Permission denied", str(self.root / asked))
        return opened(self, asked)

    monkeypatch.setattr(LocalStore, "open", denied)


def test_a_submission_names_its_pictures_whose_rows_a_hand_deleted(app: Flask, submission: Submission) -> None:
    assert faults(app) == []
    receipt, named = submission.receipt, [item.label for item in submission.content.items if item.evidence]
    with transaction() as session:
        session.execute(delete(PicturePart))
        session.execute(delete(Evidence))
    found = faults(app)
    assert [line.partition("，")[0] for line in found] == [f"回执编号 {receipt} 的{label}" for label in named]
    assert all("从备份找回" in line and "kaoji evidence restore" in line for line in found)


@pytest.mark.parametrize("changed", [{"sha256": "0" * 64}, {"public_id": "0" * 32}])
def test_a_submission_is_compared_with_the_row_of_its_picture(
    app: Flask, submission: Submission, changed: dict[str, str]
) -> None:
    with transaction() as session:
        session.execute(update(Evidence).where(Evidence.slot == SLOT).values(**changed))
    assert any(f"回执编号 {submission.receipt} 的毕业证书照片，照片的记录" in line for line in faults(app))


@pytest.mark.parametrize("change", [lambda text: text.replace("毕业证书", "毕业证明"), lambda text: "{"])
def test_a_submission_is_compared_with_its_own_hash(
    app: Flask, submission: Submission, change: Callable[[str], str]
) -> None:
    with transaction() as session:
        session.execute(update(Submission).values(document=change(submission.document)))
    (line,) = faults(app)
    assert line.startswith(f"回执编号 {submission.receipt} 的提交内容与它的校验值不符")


def test_submissions_are_walked_in_parts(app: Flask, submission: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.actions.evidence import submitted_faults

    kept = {column: getattr(submission, column) for column in ("application_id", "document", "sha256", "submitted_at")}
    with transaction() as session:
        session.add_all(Submission(**kept, number=n, receipt=f"BY26-{n}") for n in range(2, 8))
        session.execute(delete(PicturePart))
        session.execute(delete(Evidence).where(Evidence.slot == SLOT))
    monkeypatch.setattr(submitted_faults, "CHUNK", 3)
    assert len(faults(app)) == 7


def test_a_picture_that_cannot_be_read_is_named_and_the_others_are_compared(
    app: Flask, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied, gone = db.session.query(Evidence.storage_key).order_by(Evidence.id).limit(2)
    unreadable(monkeypatch, denied.storage_key)
    app.extensions["kaoji.store"].delete(gone.storage_key)
    found = faults(app)
    assert len(found) == 2
    assert any(f"文件读不出来（{denied.storage_key}，没有权限，" in line for line in found)
    assert any(f"文件缺失（{gone.storage_key}" in line for line in found)


def test_submitting_while_a_picture_cannot_be_read_is_a_fault_of_ours(
    app: Flask, browser: Browser, confirming: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable(monkeypatch, db.session.query(Evidence.storage_key).filter_by(slot=SLOT).scalar())
    answer = submit_what_is_shown(browser, confirming)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert db.session.query(Submission).count() == 0
    assert db.session.query(Application).one().state == "draft"
    assert not db.session.query(Evidence).filter(Evidence.missing | Evidence.damaged).count()


def away(app: Flask, *, left: bool = False) -> Path:
    """As when its disk is not mounted; return where the pictures were. `left`: a mount point, on which another program had written."""
    root: Path = app.extensions["kaoji.store"].root
    root.rename(root.with_name("elsewhere"))
    if left:
        root.mkdir()
        (root / ".Trash").mkdir()
    return root


def untouched(root: Path, *, left: bool) -> bool:
    return [path.name for path in root.iterdir()] == [".Trash"] if left else not root.exists()


each_way = pytest.mark.parametrize("left", [False, True], ids=["no folder", "a mount point"])


@each_way
def test_submitting_while_the_folder_is_away_is_a_fault_of_ours(
    app: Flask, browser: Browser, confirming: str, left: bool
) -> None:
    root = away(app, left=left)
    assert submit_what_is_shown(browser, confirming).status_code == 503
    assert db.session.query(Submission).count() == 0
    assert untouched(root, left=left)
    shutil.rmtree(root, ignore_errors=True)
    root.with_name("elsewhere").rename(root)
    browser.get(f"{confirming}/confirm")
    assert submit_what_is_shown(browser, confirming).status_code in (200, 303)


@each_way
def test_an_upload_while_the_folder_is_away_makes_none(
    app: Flask, browser: Browser, confirming: str, left: bool
) -> None:
    root = away(app, left=left)
    key = db.session.query(Evidence.storage_key).filter_by(slot=SLOT).scalar()
    browser.get(f"{confirming}/prior-degree")
    sent = (io.BytesIO(photo((1300, 900))), "b.jpg")
    assert browser.post(f"{confirming}/prior-degree/{SLOT}", diploma_photo=sent).status_code == 503
    assert untouched(root, left=left)
    assert db.session.query(Evidence.storage_key).filter_by(slot=SLOT).scalar() == key


@each_way
@pytest.mark.parametrize("process", ["that had it", "that begins now"])
def test_a_picture_asked_for_while_the_folder_is_away_is_not_missing(
    app: Flask, browser: Browser, confirming: str, left: bool, process: str
) -> None:
    picture = f"/evidence/{db.session.query(Evidence.public_id).filter_by(slot=SLOT).scalar()}"
    assert browser.client.get(picture).status_code == 200
    root = away(app, left=left)
    if process == "that begins now":
        app.extensions["kaoji.store"] = LocalStore(root)
    assert browser.client.get(picture).status_code == 503
    with pytest.raises(FileNotFoundError):
        sweep(app.extensions["kaoji.store"], on=datetime.now(UTC))
    assert not db.session.query(Evidence).filter(Evidence.missing).count()
    assert any("文件夹读不出来" in line for line in faults(app))
    assert untouched(root, left=left)


def test_a_start_without_the_folder_is_refused(app: Flask, submission: Submission) -> None:
    root, config = away(app), app.extensions["kaoji"]
    with pytest.raises(Fault, match=f"照片的文件夹不在：{root}.*挂载"):
        guarded(app, config)
    assert not root.exists()
    assert str(root) in folder_fault(app)


def test_a_start_on_a_mount_point_is_refused(app: Flask, submission: Submission) -> None:
    root, config = away(app, left=True), app.extensions["kaoji"]
    with pytest.raises(Fault, match=f"照片的文件夹里没有照片：{root}.*挂载.*kaoji evidence lost") as refusal:
        guarded(app, config)
    assert "\n" not in refusal.value.message
    assert untouched(root, left=True)
    assert refusal.value.message == folder_fault(app)
    shutil.rmtree(root)
    root.with_name("elsewhere").rename(root)
    (root / "incoming").rmdir()  # a backup leaves empty folders out
    guarded(app, config)
    assert (root / "incoming").is_dir()


def test_a_site_without_pictures_gets_its_folder_at_the_start(app: Flask) -> None:
    root = away(app)
    guarded(app, app.extensions["kaoji"])
    assert root.is_dir()
    assert folder_fault(app) == ""


def test_the_doctor_names_the_absent_folder(kaoji: Kaoji, folder: Path) -> None:
    shutil.rmtree(folder / "evidence")
    assert "照片的文件夹不在" not in kaoji("doctor").err
    with closing(sqlite3.connect(folder / "kaoji.sqlite3")) as opened:
        opened.execute("PRAGMA foreign_keys = OFF")
        opened.execute(
            "INSERT INTO roster_portrait (examinee_id, current, size, width, height, sha256, storage_key, imported_at)"
            " VALUES (1, 1, 1, 1, 1, '', 'aa/bb/aabb', '2026-11-01 00:00:00')"
        )
        opened.commit()
    ran = kaoji("doctor")
    assert ran.code == 1
    assert f"照片和核对：照片的文件夹不在：{folder / 'evidence'}" in ran.err
