"""What administrators see of the platform itself: database, pictures, files without a row, the last kaoji verify."""

from __future__ import annotations

from typing import NamedTuple

from app.actions.evidence.whole import lost_pictures
from app.extensions import db
from app.models.health import guard
from app.models.health.facts import DATABASE_CHECK, SWEEP, VERIFIED, noted
from app.rules.calendar import moment


class Line(NamedTuple):
    """One line of the page. `tag`: ok, warn, bad."""

    tag: str
    words: str
    url: str = ""


def platform_state() -> list[Line]:
    """Return everything, the good too."""
    return [_database(), *_pictures(), *_sweep(), _verified()]


def platform_troubles() -> list[Line]:
    """Return what needs an administrator."""
    return [line for line in platform_state() if line.tag == "bad"]


def _database() -> Line:
    trouble = guard.trouble(db.engine)
    if trouble:
        return Line("bad", f"{trouble}，已停止保存，只能查看。{guard.ADVICE[trouble]}。")
    checked = noted(db.session(), DATABASE_CHECK)
    if checked is None:
        return Line("warn", "数据库还没有检查过。")
    if not checked.value.get("finished"):
        return Line("warn", f"数据库 {moment(checked.at)} 没有在时限内查完，请在空闲时运行 kaoji verify。")
    return Line("ok", f"数据库完好（{moment(checked.at)} 检查）。")


def _pictures() -> list[Line]:
    lost = lost_pictures()
    if not lost:
        return []
    words = f"{lost} 张照片的文件缺失或损坏。请运行 kaoji evidence restore；仍找不到的，从备份找回。"
    return [Line("bad", words, "/staff/applications?flag=gone,damaged&flags=any")]


def _sweep() -> list[Line]:
    stopped = noted(db.session(), SWEEP)
    if not stopped or not stopped.value:
        return []
    strays, files = stopped.value["strays"], stopped.value["files"]
    return [
        Line(
            "bad",
            f"{files} 个照片文件里有 {strays} 个没有记录，一个也没有移走（{moment(stopped.at)}）。多半是数据库不对：空的，或较早的备份。"
            "先核对数据库；确实是对的，运行 kaoji evidence sweep。",
        )
    ]


def _verified() -> Line:
    last = noted(db.session(), VERIFIED)
    if last is None:
        return Line("warn", "还没有运行过 kaoji verify。隔离区里的文件等到核对没有错误以后才删除。")
    faults = last.value.get("faults")
    if faults:
        return Line(
            "bad", f"{moment(last.at)} 的 kaoji verify 有 {faults} 处错误。改好并再核对一次以前，隔离区里的文件不删除。"
        )
    return Line("ok", f"{moment(last.at)} 的 kaoji verify 没有错误。")
