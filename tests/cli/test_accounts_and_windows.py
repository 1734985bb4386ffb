"""kaoji init, staff, examinee and window."""

from __future__ import annotations

import io
import re
from importlib import import_module
from pathlib import Path

import pytest

from app.actions.payments.orders import open_order
from app.cli.common import opened
from app.config import DEMO, kind_of, load, stamp_instance
from app.extensions import db
from app.models import Window
from tests import builders
from tests.builders import id_number
from tests.cli.conftest import Kaoji
from tests.reviewing import PAYING, approved, myself

CODE = re.compile(r"[ACDEFGHJKLMNPQRTUVWXY3479]{5}-[ACDEFGHJKLMNPQRTUVWXY3479]{5}")


def test_init_shows_the_code_of_the_first_administrator_once(kaoji: Kaoji, tmp_path: Path) -> None:
    first = kaoji("init")
    assert first.code == 0
    assert CODE.search(first.out)
    assert "kaoji serve" in first.out
    assert kind_of(tmp_path / "site") == "real"
    again = kaoji("init")
    assert again.code == 0
    assert not CODE.search(again.out)
    assert "已有管理员" in again.out


def test_init_and_serve_refuse_a_demonstration(kaoji: Kaoji, tmp_path: Path) -> None:
    stamp_instance(tmp_path / "site", DEMO)
    for command in ("init", "serve", "upgrade"):
        ran = kaoji(command)
        assert ran.code == 1
        assert "演示数据文件夹" in ran.err


def test_init_with_a_name_that_no_account_can_have_makes_nothing(kaoji: Kaoji, tmp_path: Path) -> None:
    ran = kaoji("init", "--username", "坏")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert "用户名" in ran.err
    assert not (tmp_path / "site").exists()


def test_init_refuses_a_folder_that_is_synchronised(kaoji: Kaoji, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("KAOJI_INSTANCE", str(tmp_path / "OneDrive - 学校" / "kaoji"))
    ran = kaoji("init")
    assert ran.code == 1
    assert "OneDrive" in ran.err
    assert not (tmp_path / "OneDrive - 学校").exists()


def test_staff_are_added_listed_reset_and_disabled(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    schools = tmp_path / "学校.csv"
    schools.write_text("学校代码,学校名称\n99001,华东某大学\n", encoding="utf-8")
    assert kaoji("import", "schools", schools).code == 0
    added = kaoji("staff", "add", "zhou", "--name", "周明", "--role", "school_reviewer", "--school", "99001")
    assert added.code == 0
    assert CODE.search(added.out)
    listed = kaoji("staff", "list").out
    assert "zhou" in listed
    assert "99001" in listed
    assert CODE.search(kaoji("staff", "reset", "ZHOU").out)
    assert kaoji("staff", "disable", "zhou").code == 0
    assert "已停用" in kaoji("staff", "list").out


def test_a_role_is_changed_and_a_school_role_keeps_its_school(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    schools = tmp_path / "学校.csv"
    schools.write_text("学校代码,学校名称\n99001,华东某大学\n99002,另一大学\n", encoding="utf-8")
    assert kaoji("import", "schools", schools).code == 0
    added = ("--name", "周明", "--role", "school_reviewer", "--school", "99001")
    assert kaoji("staff", "add", "zhou", *added).code == 0
    for arguments, line in (
        (("ZHOU", "school_lead"), "主考学校负责人 99001"),
        (("zhou", "school_lead", "--school", "99002"), "主考学校负责人 99002"),
        (("zhou", "office_reviewer"), "考办审核员"),
    ):
        ran = kaoji("staff", "role", *arguments)
        assert ran.code == 0, ran.err
        assert line.split()[0] in ran.out
        listed = next(each for each in kaoji("staff", "list").out.splitlines() if "zhou" in each)
        assert all(word in listed for word in line.split())
    assert "没有改动" in kaoji("staff", "role", "zhou", "office_reviewer").out


def test_what_an_account_cannot_be_is_one_line(kaoji: Kaoji, site: Path) -> None:
    for arguments, words in (
        (("staff", "disable", "admin"), "最后一个"),
        (("staff", "reset", "nobody"), "没有这个账号"),
        (("staff", "role", "nobody", "finance"), "没有这个账号"),
        (("staff", "role", "admin", "finance"), "最后一个"),
        (("staff", "role", "admin", "school_lead"), "最后一个"),
        (("staff", "add", "x", "--name", "甲", "--role", "finance"), "用户名"),
        (("examinee", "reset", id_number()), "没有这个证件号码"),
    ):
        ran = kaoji(*arguments)
        assert (ran.code, len(ran.err.splitlines())) == (1, 1)
        assert words in ran.err


def test_an_examinee_gets_a_one_time_code(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    number = id_number()
    roster = tmp_path / "考生.csv"
    roster.write_text(f"证件号码,姓名,准考证号\n{number},林晓雯,010126100001\n", encoding="utf-8")
    assert kaoji("import", "examinees", roster).code == 0
    ran = kaoji("examinee", "reset", number)
    assert CODE.search(ran.out)
    assert number not in ran.out


def test_a_window_is_made_edited_listed_closed_and_opened(kaoji: Kaoji, site: Path) -> None:
    made = kaoji(
        "window", "open", "2026 年下半年", "--opens", "2020-12-01T09:00", "--closes", "2099-12-20", "--fee", "50"
    )
    assert made.code == 0, made.err
    assert "开放中" in kaoji("window", "list").out
    assert kaoji("window", "edit", "1", "--name", "2026 年下半年毕业", "--stages", "1").code == 0
    assert "2026 年下半年毕业" in kaoji("window", "list").out
    refused = kaoji("window", "close", "1")
    assert refused.code == 1
    assert "涉及：还没有人在这个办理时间内申请" in refused.err
    assert "--yes" in refused.err
    assert kaoji("window", "close", "1", "--yes").code == 0
    listed = kaoji("window", "list").out
    assert "已截止" in listed
    assert "2099-12-20 00:00" in listed  # 原定截止
    assert kaoji("window", "open", "1").code == 1
    assert kaoji("window", "open", "1", "--yes").code == 0
    assert "开放中" in kaoji("window", "list").out
    assert kaoji("window", "close", "1", "--yes").code == 0
    assert kaoji("window", "open", "1", "--closes", "2099-01-01", "--yes").code == 0
    assert "2099-01-01" in kaoji("window", "list").out
    assert kaoji("window", "delete", "1").code == 1
    assert kaoji("window", "delete", "1", "--yes").code == 0
    assert "还没有办理时间" in kaoji("window", "list").out


def test_a_change_says_whom_it_touches_and_without_a_terminal_does_nothing(
    kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = ("--opens", "2026-11-01", "--closes", "2099-12-20", "--fee", "50")
    pays = ("--pay-opens", "2026-11-01", "--pay-closes", "2099-12-30")
    assert kaoji("window", "open", "甲", *times, *pays).code == 0
    _one_that_owes(site)
    refused = kaoji("window", "edit", "1", "--fee", "115")
    assert refused.code == 1
    for said in ("¥ 50.00 → ¥ 115.00", "审核通过，没有缴费 1", "没有支付的订单 1", "--yes"):
        assert said in refused.err
    assert "没有修改" not in refused.out
    monkeypatch.setattr("app.cli.window_questions.sys.stdin", Asked("n\n"))
    assert kaoji("window", "edit", "1", "--fee", "115").code == 1
    monkeypatch.setattr("app.cli.window_questions.sys.stdin", Asked("y\n"))
    done = kaoji("window", "edit", "1", "--fee", "115")
    assert done.code == 0, done.err
    assert "1 笔没有支付的订单已关闭" in done.out
    assert kaoji("window", "delete", "1", "--yes").code == 1
    slip = kaoji("window", "open", "甲", *times)
    assert slip.code == 1
    assert "也叫“甲”" in slip.err
    assert kaoji("window", "open", "甲", *times, "--yes").code == 0


@pytest.mark.parametrize(
    "command", [("edit", "1", "--fee", "0"), ("close", "1"), ("open", "1", "--closes", "2098-01-01")]
)
@pytest.mark.parametrize("moment", ["while it is asked", "after the answer"])
def test_what_grew_before_it_was_done_is_asked_about_again(
    kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], moment: str
) -> None:
    assert kaoji("window", "open", "甲", "--opens", "2026-11-01", "--closes", "2099-12-20", "--fee", "50").code == 0
    answers, acted = [True, False], []
    place = f"app.cli.window.{command[0]}_window"
    act = getattr(import_module("app.cli.window"), place.rpartition(".")[2])

    def come() -> None:
        window = db.session.get_one(Window, 1)
        approved(window=window)
        builders.application(builders.ticket(builders.examinee()), window)

    def answer(*_: object, **__: object) -> bool:
        if moment == "while it is asked" and len(answers) == 2:
            come()
        return answers.pop(0)

    def do(*given: object, **more: object) -> object:
        if moment == "after the answer" and not acted:
            come()
        acted.append(given)
        return act(*given, **more)

    with opened(load(site)):
        come()
    monkeypatch.setattr("app.cli.window_questions.sys.stdin", Asked(""))
    monkeypatch.setattr("app.cli.window_questions.click.confirm", answer)
    monkeypatch.setattr(place, do)
    refused = kaoji("window", *command)
    assert refused.code == 1
    before, after = refused.err.split("涉及的申请或订单多了")
    assert ("草稿 1" in before, "草稿 2" in after) == (True, True)
    assert (answers, len(acted)) == ([], 1)
    with opened(load(site)):
        row = db.session.get_one(Window, 1)
        assert (row.fee, row.version) == (5000, 1)
    answers[:] = [True]
    assert kaoji("window", *command).code == 0


def test_a_fee_of_zero_takes_the_dates_of_payment_along(kaoji: Kaoji, site: Path) -> None:
    times = ("--opens", "2026-11-01", "--closes", "2099-12-20")
    pays = ("--pay-opens", "2026-11-01", "--pay-closes", "2099-12-30")
    assert "不收费的，不要填缴费时间" in kaoji("window", "open", "甲", *times, *pays).err
    assert kaoji("window", "open", "甲", *times, *pays, "--fee", "50").code == 0
    _one_that_owes(site)
    done = kaoji("window", "edit", "1", "--fee", "0", "--yes")
    assert done.code == 0, done.err
    assert "缴费截止时间：2099 年 12 月 30 日 0:00 → 没有设" in done.err
    assert "费用：¥ 50.00 → 不收费" in done.err
    with opened(load(site)):
        assert db.session.get_one(Window, 1).pay_opens_at is None


class Asked(io.StringIO):
    """A terminal at which somebody answers."""

    def isatty(self) -> bool:
        return True


def _one_that_owes(site: Path) -> None:
    """An approved application with an open order."""
    with opened(load(site)):
        desk = approved(window=db.session.get_one(Window, 1))
        open_order(desk.public_id, by=myself(desk), on=PAYING)


def test_a_wrong_time_is_wrong_usage(kaoji: Kaoji, site: Path) -> None:
    ran = kaoji("window", "open", "甲", "--opens", "下周一", "--closes", "2099-12-20")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert "时间应写成" in ran.err
    assert kaoji("window", "open", "甲").code == 2
