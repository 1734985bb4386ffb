"""What is said when the time to write, upload and submit is over: one wording for every page, save, upload and submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.calendar import moment
from app.rules.windows import WindowFacts

SOON = timedelta(minutes=30)
"""From when on a page says so by itself."""


@dataclass(frozen=True, slots=True)
class Closed:
    """`head`: when it ended; `rest`: what becomes of the draft, whom to call, that staff can extend."""

    head: str
    rest: str

    def __str__(self) -> str:
        return self.head + self.rest


def closed_words(
    window: WindowFacts, returned: bool, on: datetime, school: str, site: Mapping[str, str], written: bool = True
) -> Closed:
    """Say why nothing is taken now. `school`: name and phone; `site`: its texts (contact_phone, contact_hours); `written`: there is a draft."""
    office = office_words(site)
    help_ = (
        f"有特殊情况（如生病、出差在外、系统故障）的，请尽快联系{school}或{office}，说明原因，工作人员可以为你单独延长"
    )
    missed = "若错过本次办理时间，请在下一次按时办理。"
    if on < window.opens_at:
        return Closed(f"办理时间从 {moment(window.opens_at)}（北京时间）开始，现在不能填写、上传和提交。", help_ + "。")
    if returned:
        head = f"修改时间已于 {moment(window.fixes_until)}（北京时间）截止，不能再修改和提交。"
        return Closed(head, f"截止前保存的修改都还在，但还没有重新提交。{help_}，延长后接着修改。{missed}")
    head = f"办理时间已于 {moment(window.closes_at)}（北京时间）截止，不能再修改和提交。"
    kept = "截止前保存的草稿都还在，但申请没有提交，不会办理。" if written else ""
    return Closed(head, f"{kept}{help_}{'，延长后从草稿接着办理' if written else ''}。{missed}")


def office_words(site: Mapping[str, str]) -> str:
    """考办 with its phone and hours, where the site's texts say them."""
    phone, hours = site.get("contact_phone"), site.get("contact_hours")
    return f"考办 {phone}" + (f"（{hours}）" if hours else "") if phone else "考办"


def school_words(name: str, phone: str) -> str:
    """Name and phone of the school; 主考学校 where it is not known."""
    return f"{name}（电话 {phone}）" if name and phone else name or "主考学校"
