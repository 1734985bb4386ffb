"""办理时间: create, change, open now, close now. Each is one transaction and one audit event."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.models import Application, Window
from app.models.base import transaction
from app.rules.evidence.portrait import BACKGROUNDS
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound

SERVICES = {"graduation": "申请毕业"}
"""Code and title of each service that can be applied for: those of app/services (the floor above), and no other gets a window."""

GRADUATION_NOTICE = """\
1. 申请前请确认：专业计划规定的课程已全部取得合格成绩，毕业论文和实践环节已完成，须加考的课程已通过。登记成绩一步会逐门列出，并说明还缺什么。
2. 请填写本人最新信息，手机须是本人常用号码，审核中如有问题会按此号码联系你。
3. 选择毕业专业后才能看到成绩。如出现加考选项，请按前置学历的专业如实选择。已取得的成绩有误，请联系主考学校。
4. 确实符合毕业条件，但部分课程没有成绩的，请在弹出的窗口中如实说明情况，由主考学校核实。
5. 自我鉴定将打印到《毕业生登记表》并放入个人档案，请认真填写。内容应包括政治思想、学习态度和遵纪守法等方面。
6. 申请本科毕业的，须上传前置学历凭证：2002 年及以后毕业的，上传《毕业证书》和《教育部学历证书电子注册备案表》；2002 年以前毕业的，上传《毕业证书》和《中国高等教育学历认证报告》。申请专科毕业的跳过这一步。
7. 凭证照片应清晰完整，文字方向朝上，为 JPG 或 PNG 格式，单个文件不超过 1 MB。
8. 提交后请耐心等待审核，并登录本平台查看结果。审核未通过的，请查看原因，在办理时间内点击“重新申请”，修改后再次提交。
9. 审核通过后，请按主考学校的通知办理后续事宜。进入缴费时间后，请再次登录，按提示支付毕业审定费；如果没有支付提示，请联系主考学校。
10. 请在办理时间内完成申请。若错过本次办理时间，请在下一次按时办理。
"""
"""考生须知 of a graduation window until the administrator writes another: the points of the manual, chapter 3.1."""


@dataclass(frozen=True, slots=True)
class WindowForm:
    """What an administrator says of a window. Times aware UTC, half-open; `fee` in 分; `fixes_close_at` None: until it closes."""

    name: str
    opens_at: datetime
    closes_at: datetime
    service: str = "graduation"
    fixes_close_at: datetime | None = None
    pay_opens_at: datetime | None = None
    pay_closes_at: datetime | None = None
    notice: str = GRADUATION_NOTICE
    fee: int = 0
    statement_min: int = 300
    statement_max: int = 800
    stages: int = 2
    refuse_missing: bool = False
    strict_files: bool = False
    portrait: bool = False
    portrait_width: int = 480
    portrait_height: int = 640
    portrait_background: str = ""


def check(form: WindowForm) -> None:
    """Refuse what the database would refuse too, with the name of the field. Raises Invalid."""
    name = form.name.strip()
    for wrong, field, message in (
        (form.service not in SERVICES, "service", f"业务应为 {'、'.join(SERVICES)} 之一"),
        (not name, "name", "请填写批次名称，例如 2026 年下半年"),
        (len(name) > 60, "name", "批次名称最多 60 个字"),
        (form.opens_at >= form.closes_at, "closes_at", "截止时间要晚于开始时间"),
        (
            form.fixes_close_at is not None and form.fixes_close_at < form.closes_at,
            "fixes_close_at",
            "修改截止时间不能早于截止时间",
        ),
        (form.fee < 0, "fee", "费用不能是负数"),
        (
            (form.pay_opens_at is None) != (form.pay_closes_at is None),
            "pay_closes_at",
            "缴费的开始和截止时间要一起填写",
        ),
        (
            bool(form.pay_opens_at and form.pay_closes_at and form.pay_opens_at >= form.pay_closes_at),
            "pay_closes_at",
            "缴费截止时间要晚于缴费开始时间",
        ),
        (bool(form.pay_opens_at) and not form.fee, "fee", "设了缴费时间，请填写费用"),
        (
            not (100 <= form.portrait_width <= 2000 and 100 <= form.portrait_height <= 2000),
            "portrait_height",
            "照片的宽和高应为 100 到 2000 像素",
        ),
        (form.portrait_background not in BACKGROUNDS, "portrait_background", "请选择照片背景"),
        (form.stages not in (1, 2), "stages", "审核环节为一级或两级"),
        (
            not 0 < form.statement_min <= form.statement_max <= 5000,
            "statement_max",
            "字数要求应为 1 到 5000，下限不大于上限",
        ),
    ):
        if wrong:
            raise Invalid(field, message)


def create_window(form: WindowForm, *, by: Actor, on: datetime) -> int:
    """A new window; its id."""
    check(form)
    with transaction() as session:
        row = Window(**_values(form))
        session.add(row)
        session.flush()
        _say(session, "window.created", row.id, by, on, {"name": row.name, "service": row.service})
        return row.id


def edit_window(window_id: int, form: WindowForm, *, version: int | None = None, by: Actor, on: datetime) -> None:
    """Change a window. `version`: the one that the form was made from; another one now raises ChangedMeanwhile.

    The service of a window with applications stays: they were made for it.
    """
    check(form)
    with transaction() as session:
        row = _row(session, window_id)
        if version is not None and row.version != version:
            raise ChangedMeanwhile("这个办理时间刚刚被别人改过，请刷新后再改。")
        used = session.scalar(select(Application.id).where(Application.window_id == window_id).limit(1))
        if form.service != row.service and used is not None:
            raise NotAllowed("已有考生在这个办理时间内申请，不能换成别的业务。")
        before = {name: getattr(row, name) for name in asdict(form)}
        changes = {name: value for name, value in _values(form).items() if before[name] != value}
        if changes:
            _set(session, row, changes)
            _say(session, "window.edited", row.id, by, on, {name: _plain(value) for name, value in changes.items()})


def open_window(window_id: int, *, until: datetime | None = None, by: Actor, on: datetime) -> None:
    """Open it now; `until` is needed when its closing time has passed."""
    with transaction() as session:
        row = _row(session, window_id)
        closes = until or row.closes_at
        if closes <= on:
            raise Invalid("closes_at", "截止时间已过，请同时给出新的截止时间")
        changes: dict[str, Any] = {"closes_at": closes}
        if row.opens_at > on:
            changes["opens_at"] = on
        if row.fixes_close_at is not None and row.fixes_close_at < closes:
            changes["fixes_close_at"] = closes
        _set(session, row, changes)
        _say(session, "window.opened", row.id, by, on, {name: _plain(value) for name, value in changes.items()})


def close_window(window_id: int, *, by: Actor, on: datetime) -> None:
    """Close it now. What was returned can still be corrected where the window has a later fixes_close."""
    with transaction() as session:
        row = _row(session, window_id)
        if row.opens_at >= on:
            raise NotAllowed("这个办理时间还没有开始。")
        if row.closes_at > on:
            _set(session, row, {"closes_at": on})
            _say(session, "window.closed", row.id, by, on, {"closes_at": on.isoformat()})


def form_of(window: Window) -> WindowForm:
    """A window as the form that would make it."""
    return WindowForm(**{name: getattr(window, name) for name in WindowForm.__dataclass_fields__})


def _values(form: WindowForm) -> dict[str, Any]:
    return {**asdict(form), "name": form.name.strip(), "notice": form.notice.replace("\r\n", "\n").strip()}


def _row(session: Session, window_id: int) -> Window:
    row = session.get(Window, window_id, with_for_update=True)
    if row is None:
        raise NotFound("没有这个办理时间")
    return row


def _set(session: Session, row: Window, changes: dict[str, Any]) -> None:
    session.execute(update(Window).where(Window.id == row.id).values(**changes, version=row.version + 1))


def _say(session: Session, action: str, window_id: int, by: Actor, on: datetime, detail: dict[str, Any]) -> None:
    record(session, on=on, by=by, action=action, subject="window", subject_id=window_id, detail=detail)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
