"""kaoji examinee correct, ticket correct, score correct: what is touched is said first; the import names them as the way on."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from app.cli.common import instance, opened
from app.extensions import db
from tests.builders import id_number
from tests.cli.conftest import Kaoji

WHY = ("--reason", "身份证核对")
TICKET = "010126100001"


def roster(kaoji: Kaoji, folder: Path, number: str, name: str = "林晓雯", ticket: str = TICKET):  # type: ignore[no-untyped-def]
    file = folder / "考生.csv"
    file.write_text(f"证件号码,姓名,准考证号\n{number},{name},{ticket}\n", encoding="utf-8")
    return kaoji("import", "examinees", file)


def rows(query: str) -> list[tuple[object, ...]]:
    with opened(instance()):
        return [tuple(row) for row in db.session.execute(text(query))]


def test_the_import_names_the_way_and_the_command_is_it(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    wrong, right = id_number(), id_number()
    assert roster(kaoji, tmp_path, wrong).code == 0
    refused = roster(kaoji, tmp_path, right)
    assert refused.code == 1
    for words in ("属于另一个人", "点“更正”", "kaoji examinee correct", "kaoji ticket correct"):
        assert words in refused.err + refused.out
    asked = kaoji("examinee", "correct", wrong, "--id-number", right, *WHY)
    assert (asked.code, "初始密码随着变为新证件号码的后六位" in asked.err) == (1, True)
    assert rows("SELECT id_number FROM examinee") == [(wrong,)]
    done = kaoji("examinee", "correct", wrong, "--id-number", right, *WHY, "--yes")
    assert (done.code, "已更正" in done.out) == (0, True)
    assert rows("SELECT id_number FROM examinee") == [(right,)]
    assert rows("SELECT actor_kind FROM audit_event WHERE action = 'examinee.corrected'") == [("system",)]
    assert roster(kaoji, tmp_path, right).code == 0


def test_two_records_become_one_only_with_merge(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    wrong, right = id_number(), id_number()
    roster(kaoji, tmp_path, wrong)
    roster(kaoji, tmp_path, right, ticket="010126100002")
    call = ("examinee", "correct", wrong, "--id-number", right, *WHY, "--yes")
    refused = kaoji(*call)
    assert (refused.code, "--merge" in refused.err) == (1, True)
    assert kaoji(*call, "--merge").code == 0
    assert len(rows("SELECT id FROM examinee")) == 1
    assert len(rows("SELECT id FROM ticket WHERE examinee_id = (SELECT id FROM examinee)")) == 2


def test_a_ticket_and_a_score_are_corrected(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    number, right = id_number(), id_number()
    roster(kaoji, tmp_path, number)
    file = tmp_path / "成绩.csv"
    file.write_text(f"准考证号,课程代码,考次,成绩\n{TICKET},00541,2026-04,85\n", encoding="utf-8")
    assert kaoji("import", "scores", file).code == 0
    score = ("score", "correct", TICKET, "00541", "2026-04")
    assert "不是" not in kaoji(*score, "--mark", "58", *WHY, "--yes").err
    assert rows("SELECT mark FROM score") == [("58",)]
    assert "（--mark）" in kaoji(*score, "--mark", "甲", *WHY, "--yes").err
    assert kaoji(*score, "--withdraw", *WHY, "--yes").code == 0
    assert rows("SELECT mark FROM score") == []
    assert "没有这条成绩" in kaoji(*score, "--mark", "60", *WHY, "--yes").err
    unknown = kaoji("ticket", "correct", TICKET, "--school", "77777", *WHY, "--yes")
    assert (unknown.code, "没有代码为 77777 的学校" in unknown.err) == (1, True)
    moved = kaoji("ticket", "correct", TICKET, "--to", right, "--to-name", "李四", *WHY, "--yes")
    assert moved.code == 0
    assert rows("SELECT name FROM examinee JOIN ticket ON ticket.examinee_id = examinee.id") == [("李四",)]
