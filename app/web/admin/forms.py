"""What the administrator's forms send, as plain data; times are typed on the office's wall clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.actions.windows.windows import WindowForm
from app.rules.calendar import from_local, local
from app.rules.papers.money import BadAmount, parse_fen, plain_yuan
from app.rules.text import clean_line, clean_text

TIMES = {
    "opens_at": "开始时间",
    "closes_at": "截止时间",
    "fixes_close_at": "修改截止时间",
    "pay_opens_at": "缴费开始时间",
    "pay_closes_at": "缴费截止时间",
}
OPTIONAL_TIMES = ("fixes_close_at", "pay_opens_at", "pay_closes_at")
NUMBERS = {"statement_min": "自我鉴定最少字数", "statement_max": "自我鉴定最多字数", "stages": "审核环节"}
PORTRAIT = {"portrait_width": "照片宽（像素）", "portrait_height": "照片高（像素）"}
LABELS = {
    "service": "业务", "name": "批次名称", **TIMES, "fee": "费用", **NUMBERS, "refuse_missing": "尚缺课程不能提交",
    "strict_files": "只收 1 MB 以内的 JPG、PNG", "portrait": "须上传毕业证书照片", **PORTRAIT,
    "portrait_background": "照片背景", "notice": "考生须知",
}  # fmt: skip
Errors = dict[str, list[str]]


def read_window(form: Mapping[str, str]) -> tuple[WindowForm | None, dict[str, str], Errors]:
    """The window that was typed (None with errors), everything as typed, and what is wrong, field by field."""
    values = {name: form.get(name, "") for name in LABELS}
    errors: Errors = {}
    times = {name: _time(name, values[name], errors) for name in TIMES}
    numbers = {name: _number(name, values[name], errors) for name in NUMBERS}
    sizes = {
        name: _number(name, values[name] or str(WindowForm.__dataclass_fields__[name].default), errors)
        for name in PORTRAIT
    }
    fee = 0
    try:
        fee = parse_fen(values["fee"] or "0")
    except BadAmount as wrong:
        errors["fee"] = [str(wrong)]
    if errors or times["opens_at"] is None or times["closes_at"] is None:
        return None, values, errors
    window = WindowForm(
        service=values["service"],
        name=clean_line(values["name"]),
        opens_at=times["opens_at"],
        closes_at=times["closes_at"],
        fixes_close_at=times["fixes_close_at"],
        pay_opens_at=times["pay_opens_at"],
        pay_closes_at=times["pay_closes_at"],
        notice=clean_text(values["notice"]).strip(),
        fee=fee,
        statement_min=numbers["statement_min"],
        statement_max=numbers["statement_max"],
        stages=numbers["stages"],
        refuse_missing=bool(values["refuse_missing"]),
        strict_files=bool(values["strict_files"]),
        portrait=bool(values["portrait"]),
        portrait_width=sizes["portrait_width"],
        portrait_height=sizes["portrait_height"],
        portrait_background=values["portrait_background"],
    )
    return window, values, {}


def window_values(window: WindowForm) -> dict[str, str]:
    """A window as the form shows it."""
    values: dict[str, str] = {name: _typed(getattr(window, name)) for name in LABELS}
    values["fee"] = plain_yuan(window.fee)
    return values


def _typed(value: object) -> str:
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%dT%H:%M}"
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)


def _time(name: str, text: str, errors: Errors) -> datetime | None:
    if not text.strip():
        if name not in OPTIONAL_TIMES:
            errors[name] = [f"请填写{TIMES[name]}"]
        return None
    try:
        typed = datetime.fromisoformat(text.strip())
        return from_local(typed.replace(tzinfo=None))
    except (ValueError, OverflowError):
        errors[name] = [f"{TIMES[name]}应如 2026-12-07T16:00（北京时间）"]
        return None


def _number(name: str, text: str, errors: Errors) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        errors[name] = [f"{LABELS[name]}应为数字"]
        return 0
    return int(text)
