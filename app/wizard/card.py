"""A window for one ticket, with its application if there is one: what home, the services and an application's page show of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from app.actions.services import shown
from app.rules.calendar import moment, short
from app.rules.closing import school_words
from app.rules.orders import how_to_pay
from app.rules.papers.money import format_fen
from app.rules.review.clashes import GRADUATED, Clash
from app.rules.review.lifecycle import NOT_ENDED, STOPPED, UNDER_REVIEW, UNDONE, Shown, State
from app.rules.windows import InItsTime, Longer, WindowFacts, still, time_left
from app.wizard.service import service_for

LONGER_FOR_YOU = "（已为你单独延长）"
FINISHED = "所选的专业已经毕业，不能再次申请。"
BY_ROSTER = "所选的专业已经毕业（考籍登记），不能再次申请。"
UNDER_WAY = "所选的专业已有一项申请正在办理，不能另外申请。"
TOLD = timedelta(days=30)  # a missed deadline is shown


class Taken(NamedTuple):
    """The major of a draft is finished or under way. `public_id`: of the application, '' where the roster alone knows it."""

    public_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Card(InItsTime):
    """A window for one ticket at one moment."""

    window: WindowFacts
    on: datetime
    public_id: str | None = None
    state: State | None = None
    at_step: str = ""
    saved_at: datetime | None = None
    school_code: str = ""
    submissions: int = 0
    version: int = 0
    school_name: str = ""
    school_phone: str = ""
    longer: str | None = None  # app.rules.windows.Longer, for this ticket alone
    paid: bool = False
    asked: int | None = None  # amount of its open order, in fen
    completed_at: datetime | None = None
    undone_at: datetime | None = None  # 办结 was undone
    undone_reason: str = ""
    stop: Clash | None = None  # what bars it
    major_code: str = ""  # of its last submission
    wanted: str = ""  # the major chosen in a draft
    taken: Taken | None = None  # why that one cannot be submitted
    graduated: bool = False  # the roster says that the ticket has graduated in some major

    @property
    def title(self) -> str:
        return service_for(self.window.service).title

    @property
    def fee_title(self) -> str:
        return service_for(self.window.service).words.fee_title

    @property
    def url(self) -> str:
        return f"/services/{self.window.service}"

    @property
    def application_url(self) -> str:
        return f"/applications/{self.public_id}"

    @property
    def continue_url(self) -> str:
        """继续填写: the step last left, else the first."""
        return f"{self.application_url}/{self.at_step or service_for(self.window.service).steps[0].slug}"

    @property
    def shown(self) -> Shown:
        if self.state is not None:
            return shown(self.state, self.window, self.on, not_owed=self._not_owed)
        if self.window.is_open(self.on):
            return Shown("已开放", "ok")
        return Shown("已截止" if self.window.has_closed(self.on) else "未开放", "off")

    @property
    def may_pay(self) -> bool:
        return self.awaits_payment and self.window.pays(self.on)

    @property
    def awaits_payment(self) -> bool:
        """Whether the fee is all that is missing, payable now or not."""
        return self.state is State.APPROVED and bool(self.window.fee) and not self.paid and not self.stopped

    @property
    def fee(self) -> int:
        """What is to be paid, in fen: of the order once there is one, whatever the window asks since."""
        return self.window.fee if self.asked is None else self.asked

    @property
    def fee_late(self) -> bool:
        """Whether the fee was not paid in its time."""
        return self.awaits_payment and self.window.pay_over(self.on)

    @property
    def undone(self) -> bool:
        """Whether its 办结 was undone, the fee (if any) being paid."""
        settled = self.paid or not self.window.fee
        return self.state is State.APPROVED and self.undone_at is not None and settled

    @property
    def free(self) -> bool:
        """Whether no payment will complete it, though it is approved: its window takes no fee any more, and it waits for the office."""
        return self.state is State.APPROVED and not self.window.fee and not self.stopped and not self.undone

    @property
    def stopped(self) -> bool:
        """Whether another application of the ticket stands in the way of this one, which is not ended."""
        return self.stop is not None and self.state in NOT_ENDED

    @property
    def dead(self) -> bool:
        """Whether there is nothing to do any more: the ticket has graduated in its major by another application."""
        return self.stopped and self.stop is not None and self.stop.kind == GRADUATED

    @property
    def _not_owed(self) -> str:
        return UNDONE if self.undone else STOPPED if self.stopped else ""

    @property
    def holds(self) -> bool:
        """Whether nobody can apply in its major again: it finished it, or is under way."""
        return self.finished or self.state in (*UNDER_REVIEW, State.APPROVED) or self.may_fix

    @property
    def finished(self) -> bool:
        """Whether it finished a major: 已毕业, first on every list for ever."""
        return self.state is State.COMPLETED and service_for(self.window.service).completes_major

    @property
    def passed(self) -> bool:
        """Whether the review is over and the follow-up of the school holds."""
        return self.state in (State.APPROVED, State.COMPLETED)

    @property
    def may_fix(self) -> bool:
        return self.state is State.RETURNED and self.window.takes_fixes(self.on) and not self.dead

    @property
    def lapsed(self) -> bool:
        """Whether a draft or a returned application missed its deadline, less than TOLD ago."""
        if self.state is State.DRAFT:
            over = self.window.has_closed(self.on) and not self.taken and not self.stopped
        else:
            over = self.state is State.RETURNED and not self.window.takes_fixes(self.on) and not self.dead
        return over and self.on < self.deadline + TOLD

    @property
    def school(self) -> str:
        """Name and phone of the school."""
        return school_words(self.school_name, self.school_phone)

    @property
    def may_write(self) -> bool:
        return self.state is State.DRAFT and self.window.is_open(self.on)

    @property
    def waits(self) -> bool:
        """Whether the examinee has something to do."""
        return self.may_pay or self.may_fix or (self.may_write and not self.taken)

    @property
    def until(self) -> datetime:
        """End of what the examinee has to do."""
        if self.may_pay and self.window.pay_closes_at:
            return self.window.pay_closes_at
        return self.deadline

    @property
    def live(self) -> bool:
        """Whether it belongs under 近期可办理的业务: open, or with an application in progress."""
        open_now = self.window.is_open(self.on) or self.waits or self.finished
        return open_now or self.state in (*UNDER_REVIEW, State.APPROVED) or self.stopped

    @property
    def over(self) -> bool:
        return self.window.has_closed(self.on)

    def told(self, spot: str) -> str:
        """`when`; with a fee to pay and no online payment, how to pay it (`spot`: app.rules.orders.on_the_spot)."""
        if not spot or not self.awaits_payment:
            return self.when
        return f"{self.fee_title} {format_fen(self.fee)}。{how_to_pay(self.window, self.on, self.school, spot)}"

    @property
    def when(self) -> str:
        """The dates in words."""
        window = self.window
        if self.undone and self.undone_at:
            return f"办结已于 {moment(self.undone_at)} 撤销，考办重新办理后会显示结果"
        if self.free:
            return "这次办理不收费，等待考办办结"
        if self.may_pay and window.pay_opens_at and window.pay_closes_at:
            own = LONGER_FOR_YOU if self.longer == Longer.PAY else ""
            return f"缴费时间：{moment(window.pay_opens_at)} 至 {moment(window.pay_closes_at)}，{still(time_left(window.pay_closes_at, self.on))}{own}"
        if self.awaits_payment:
            how = how_to_pay(window, self.on, self.school)
            return f"{self.fee_title} {format_fen(self.fee)}。{how}"
        if self.may_fix:
            return f"请在 {moment(window.fixes_until)}（北京时间）前修改并重新提交，{still(self.left)}{LONGER_FOR_YOU if self.alone else ''}"
        if window.is_open(self.on):
            own = LONGER_FOR_YOU if self.longer == Longer.APPLY else ""
            return f"{short(window.opens_at, self.on)} 至 {short(window.closes_at, self.on)}（北京时间），{still(time_left(window.closes_at, self.on))}{own}"
        if window.has_closed(self.on):
            going_on = "，已提交的照常审核" if self.state in UNDER_REVIEW else ""
            return f"{moment(window.closes_at)} 已截止{going_on}"
        return f"开放时间：{moment(window.opens_at)}（北京时间）"


def with_taken(cards: Sequence[Card], graduated: Sequence[str]) -> list[Card]:
    """Return all cards of a ticket, its drafts in a taken major saying so. `graduated`: majors by the roster."""
    holding = {(card.window.service, card.major_code): card for card in cards if card.holds}

    def taken(card: Card) -> Taken | None:
        other = holding.get((card.window.service, card.wanted)) if card.wanted else None
        if other and other.public_id:
            return Taken(other.public_id, FINISHED if other.finished else UNDER_WAY)
        return Taken("", BY_ROSTER) if card.wanted in graduated else None

    known = any(graduated)
    return [replace(card, taken=taken(card) if card.wanted else None, graduated=known) for card in cards]


def taken_services(cards: Sequence[Card]) -> set[str]:
    """Codes of the services in which the ticket has finished a major, here or by the roster, or has an application under way."""
    finishing = (card for card in cards if card.graduated and service_for(card.window.service).completes_major)
    return {card.window.service for card in (*finishing, *(card for card in cards if card.holds))}
