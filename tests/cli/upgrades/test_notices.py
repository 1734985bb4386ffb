"""Revision 0012: notices as they were given no longer refuse photos that the round takes; what an office wrote stays."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

import app.cli.migrations as migrations
from app.config import REAL, load, stamp_instance
from app.services.graduation.words import NOTICE
from tests.cli.old_site import insert, upgrade_to

OLD = "7. 凭证照片应清晰完整，文字方向朝上，为 JPG 或 PNG 格式，单个文件不超过 1 MB。"
OWN = "照片请用 JPG，不超过 1 MB。"


def test_the_old_sentence_becomes_the_new_one_and_own_words_stay(tmp_path: Path) -> None:
    stamp_instance(tmp_path / "site", REAL)
    config = load(tmp_path / "site", {})
    upgrade_to(config, "0011")
    line = next(each for each in NOTICE.splitlines() if each.startswith("7."))
    notices = {1: NOTICE.replace(line, OLD), 2: OWN}
    window = {
        "service": "graduation",
        "opens_at": "2026-11-01 01:00:00.000000",
        "closes_at": "2026-12-01 08:00:00.000000",
    }
    with migrations._connection(config, write=True) as connection, connection.begin():
        for ident, notice in notices.items():
            more = {"fee": 0, "stages": 2, "strict_files": False, "options": "{}", "version": 1}
            insert(connection, "service_window", id=ident, name=f"第 {ident} 次", notice=notice, **window, **more)
        insert(
            connection,
            "school",
            id=1,
            code="1",
            name="某大学",
            phone="",
            address="",
            website="",
            instructions="",
            completion_instructions="",
        )
    upgrade_to(config, "0012")
    with migrations._connection(config, write=True) as connection:
        rows = connection.execute(sa.text("SELECT notice, review_days FROM service_window ORDER BY id")).all()
        assert [tuple(row) for row in rows] == [(NOTICE, 0), (OWN, 0)]
        assert connection.scalar(sa.text("SELECT hours FROM school")) == ""
