"""Words for order states, fees not paid and ways to pay; when a payment recorded on the spot may be corrected."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.calendar import moment
from app.rules.people.identity import normalise_digits
from app.rules.text import LONGEST_CODE, clean_line, half_width, normalised
from app.rules.windows import WindowFacts

STOPPED = "stopped"  # never stored: open, and its application owes no fee: barred (app.rules.review.clashes), or its window takes none
STATES = {"open": "待支付", "paid": "已支付", "closed": "已关闭", STOPPED: "不用支付"}
TONES = {"open": "warn", "paid": "ok", "closed": "off", STOPPED: "off"}
"""Tag style."""
DUE, OVER, BEFORE = "due", "over", "before"
UNPAID_STATES = ((DUE, "待缴费"), (OVER, "逾期未缴费"), (BEFORE, "缴费未开始"))
NONE = "none"
NOT_OWED = (NONE, "不收费，另一申请已办结")
"""In the list of staff beside those."""
FREE = "这次办理不收费"
OFFLINE = "offline"
WAYS = {OFFLINE: "现场缴费", "training": "训练收银台"}
"""Other gateways are shown by their key."""
UNNEEDED = ("Cc", "Cf", "Mn", "Me")
"""Categories of what is not seen, or only with what stands before it: no number needs it (other lines keep some, for emoji and some scripts)."""
CORRECTABLE = timedelta(days=30)
MAX_REASON = 200  # characters


def way(paid_by: str) -> str:
    return WAYS.get(paid_by, paid_by)


def paid_words(at: datetime, paid_by: str, receipt: str, number: str) -> str:
    """Say when and how a fee was paid: 2026 年 12 月 21 日 10:00，现场缴费，收据号 粤财0001. `number`: of the order, named where there is no receipt."""
    return f"{moment(at)}，{by_what(paid_by, receipt) if receipt else f'{way(paid_by)}，订单号 {number}'}"


def by_what(paid_by: str, receipt: str) -> str:
    """现场缴费，收据号 粤财0001."""
    return f"{way(paid_by)}，收据号 {receipt}" if receipt else way(paid_by)


def receipt_key(typed: str) -> str:
    """Return the one form by which receipt numbers are compared: XU-1, ＸＵ－１ and xu - 1 are the same receipt, with what is not seen or without."""
    plain = normalised(typed, "NFKC", LONGEST_CODE).casefold().replace("\u2800", "")  # an empty braille cell
    return half_width(clean_line("".join(sign for sign in plain if unicodedata.category(sign) not in UNNEEDED)))


def read_number(typed: str) -> str:
    """Return a typed order number as it is stored, with or without its hyphen, in any case and width."""
    number = normalise_digits(typed).upper()
    return f"{number[:9]}-{number[9:]}" if len(number) > 9 else number


def bare(receipt: str) -> str:
    """Return a typed receipt number as it is searched: without hyphens too."""
    return normalise_digits(receipt_key(receipt))


def unpaid_state(window: WindowFacts, on: datetime) -> str:
    """Whether a fee that is not paid is DUE, OVER or BEFORE its time (also where no time is set)."""
    if window.pays(on):
        return DUE
    return OVER if window.pay_over(on) else BEFORE


def on_the_spot(where: str, school: str, office: str) -> str:
    """Say where a fee is paid when there is no online payment. `where`: the office's own words, if any; `school`, `office`: whom to ask."""
    told = where.strip().rstrip("。；，")
    asked = f"到哪里缴、怎么缴：{told}。有疑问请联系{school}" if told else f"到哪里缴、怎么缴，请联系{school}或{office}"
    return f"本平台现在不能在线支付。{asked}。缴费后由工作人员登记，申请即办结。"


def how_to_pay(window: WindowFacts, on: datetime, school: str, spot: str = "") -> str:
    """Say until or from when a fee can be paid, and once that is over how all the same.

    `school`: name and phone of whom to ask; `spot`: `on_the_spot` where there is no online payment.
    """
    opens, closes = window.pay_opens_at, window.pay_closes_at
    if not opens or not closes:
        return f"缴费时间还没有公布，请留意通知公告和主考学校官网；有疑问请联系{school}。{spot}"
    state = unpaid_state(window, on)
    if state == OVER:
        return (
            f"缴费时间已于 {moment(closes)}（北京时间）截止，费用还没有缴，申请没有办结，现在不能在线支付。"
            f"请联系{school}：可以现场缴费；有特殊情况的，可以申请单独延长缴费时间{'' if spot else '，再登录支付'}。"
        )
    if state == BEFORE:
        return f"缴费时间：{moment(opens)} 至 {moment(closes)}（北京时间），{f'届时再缴。{spot}' if spot else '届时再登录支付。'}"
    return f"请在 {moment(closes)}（北京时间）前{f'缴费。{spot}' if spot else '支付。'}"


def owed_in_words(owed: int, later: int, opens: datetime | None) -> str:
    """Say in short how many fees are to be paid (`owed`: now or overdue) and how many cannot be paid yet, the first from `opens` on."""
    since = f"，{moment(opens)} 起" if opens else ""
    said = [f"{owed} 笔待支付" if owed else "", f"{later} 笔缴费未开始{since}" if later else ""]
    return "；".join(filter(None, said)) or "没有待支付的订单"


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a paid order was paid. `by`: id of who recorded it on the spot, None if unknown."""

    paid_by: str
    by: int | None
    at: datetime


def correction_problem(recorded: Recorded, by: int | None, on: datetime) -> str | None:
    """Why this person may not take the payment back, or None: on the spot only, by somebody else, within CORRECTABLE."""
    if recorded.paid_by != OFFLINE:
        return "这笔是网上支付的，款项已经收到，不能更正；要退款请按重复支付或有争议的款项办理。"
    if on >= recorded.at + CORRECTABLE:
        return f"登记满 {CORRECTABLE.days} 天的不能再更正，请由考办按退款或补缴另行处理。"
    if by is not None and by == recorded.by:
        return "这笔是你登记的，须由另一位工作人员更正。"
    return None
