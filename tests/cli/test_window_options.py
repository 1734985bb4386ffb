"""kaoji window: every option of the command reaches the window; those of another service are wrong usage."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import app.cli.window as command
from app.rules.windows import WindowFacts
from app.services import SERVICES
from tests.builders import NOW
from tests.cli.conftest import Kaoji
from tests.web.admin.test_window_form import EXEMPTION, Exempted

NAMES = (
    "--service", "--opens", "--closes", "--fixes-close", "--pay-opens", "--pay-closes", "--fee", "--stages",
    "--strict-files / --any-photo", "--review-days", "--statement-min", "--statement-max", "--refuse-missing / --allow-missing",
    "--portrait / --no-portrait", "--portrait-background",
)  # fmt: skip
TIMES = ("--opens", "2026-12-01T09:00", "--closes", "2026-12-20")


def stored(site: Path) -> dict[str, object]:
    with closing(sqlite3.connect(site / "kaoji.sqlite3")) as database:
        database.row_factory = sqlite3.Row
        (row,) = database.execute("SELECT * FROM service_window").fetchall()
    return dict(row)


def test_the_options_have_their_names() -> None:
    told = " ".join(CliRunner().invoke(command.window, ["open", "--help"]).output.split())
    assert [name for name in NAMES if f"{name} " not in told] == []


def test_all_of_them_reach_the_window(kaoji: Kaoji, site: Path) -> None:
    ran = kaoji(
        "window",
        "open",
        "2026 年下半年",
        *TIMES,
        "--fixes-close",
        "2026-12-25",
        "--pay-opens",
        "2027-01-01",
        "--pay-closes",
        "2027-01-10",
        "--fee",
        "50.5",
        "--stages",
        "1",
        "--strict-files",
        "--statement-min",
        "200",
        "--statement-max",
        "900",
        "--refuse-missing",
        "--portrait",
        "--portrait-background",
        "blue",
    )
    assert ran.out == "已新建办理时间 1：申请毕业 2026 年下半年\n"
    row = stored(site)
    assert (row["fee"], row["stages"], row["strict_files"], row["fixes_close_at"][:10]) == (5050, 1, 1, "2026-12-24")
    assert row["options"] == (
        '{"statement_min": 200, "statement_max": 900, "refuse_missing": true, "portrait": true, "portrait_width": 480, '
        '"portrait_height": 640, "portrait_background": "blue"}'
    )
    assert "申请前请确认" in str(row["notice"])


def test_an_edit_that_changes_nothing_says_so(kaoji: Kaoji, site: Path) -> None:
    assert kaoji("window", "open", "甲", *TIMES).code == 0
    for said in ([], ["--fee", "0"]):
        ran = kaoji("window", "edit", "1", *said)
        assert (ran.code, "没有改动" in ran.out, "已修改" in ran.out) == (0, True, False), ran.out


def test_an_edit_changes_what_is_said_and_nothing_else(kaoji: Kaoji, site: Path) -> None:
    assert kaoji("window", "open", "甲", *TIMES, "--portrait", "--statement-min", "200").code == 0
    before = stored(site)
    assert kaoji("window", "edit", "1", "--no-portrait", "--fee", "50").code == 0
    after = stored(site)
    assert after["options"] == str(before["options"]).replace('"portrait": true', '"portrait": false')
    assert (after["fee"], after["version"]) == (5000, 2)
    same = {"options", "fee", "version"}
    assert {k: v for k, v in after.items() if k not in same} == {k: v for k, v in before.items() if k not in same}


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (("--statement-min", "900"), 1, "字数要求应为 1 到 5000"),
        (("--statement-min", "三百"), 2, "statement-min"),
        (("--fee", "五十"), 2, "金额应为数字"),
        (("--stages", "3"), 2, "stages"),
        (("--portrait-background", "green"), 2, "portrait-background"),
    ],
)
def test_what_cannot_be_is_one_line(kaoji: Kaoji, site: Path, said: tuple[str, ...], code: int, words: str) -> None:
    ran = kaoji("window", "open", "甲", *TIMES, *said)
    assert (ran.code, len(ran.err.splitlines())) == (code, 1)
    assert words in ran.err


def test_an_option_of_another_service_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "services", lambda: (*SERVICES, EXEMPTION))
    asked = [each.name for each in command._settable()]
    assert (asked.count("portrait"), asked[-1]) == (1, "lines")  # a name that two services have is one option
    window = WindowFacts(1, "exemption", "甲", NOW, NOW + timedelta(days=1), options=Exempted())
    assert command._changed(window, {"lines": 8, "fee": 1, "stages": None}).options == Exempted(lines=8)
    with pytest.raises(click.UsageError, match="--statement-min 不是"):
        command._changed(window, {"statement_min": 200})
