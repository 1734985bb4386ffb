"""What a change of a 办理时间 means for whom, in words: asked before it is made, on the page and by the command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from app.rules.calendar import moment
from app.rules.papers.money import format_fen
from app.rules.refusals import ChangedMeanwhile
from app.rules.settings import Setting, settings_of
from app.rules.text import as_read
from app.rules.windows import WindowFacts, time_left

NOTHING = "没有设"


@dataclass(frozen=True, slots=True)
class Touched:
    """How many of a window's applications and orders stand where. `owing`: approved, the fee not paid; `orders`: open ones.

    `undone`: approved, its 办结 undone by the office, which concludes it again itself.
    """

    drafts: int = 0
    reviewing: int = 0
    returned: int = 0
    owing: int = 0
    undone: int = 0
    orders: int = 0
    completed: int = 0
    other: int = 0

    @property
    def used(self) -> bool:
        return any((self.drafts, self.reviewing, self.returned, self.owing, self.undone, self.completed, self.other))

    def lines(self) -> list[tuple[str, str, int]]:
        """Return key, words and number, those that there are."""
        found = (
            ("drafts", "草稿", self.drafts),
            ("reviewing", "已提交，在审核", self.reviewing),
            ("returned", "退回修改", self.returned),
            ("owing", "审核通过，没有缴费", self.owing),
            ("undone", "办结已撤销", self.undone),
            ("orders", "没有支付的订单", self.orders),
            ("completed", "已办结", self.completed),
            ("other", "其他（不予通过、由另一项申请办结的）", self.other),
        )
        return [line for line in found if line[2]]

    def __str__(self) -> str:
        said = "、".join(f"{word} {number}" for _, word, number in self.lines())
        return said or "还没有人在这个办理时间内申请"


def changed(before: WindowFacts, after: WindowFacts, services: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return label, old and new words of every setting that changes. `services`: code -> title."""
    found = [
        (each.about.label, _said(each, old, services), _said(each, new, services))
        for each in settings_of(WindowFacts)
        if (old := getattr(before, each.name)) != (new := getattr(after, each.name))
    ]
    if type(before.options) is type(after.options):
        for each in settings_of(type(after.options)):
            old, new = getattr(before.options, each.name), getattr(after.options, each.name)
            if old != new:
                found.append((each.about.label, _said(each, old, {}), _said(each, new, {})))
    return found


def _said(setting: Setting, value: Any, services: Mapping[str, str]) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if setting.about.kind == "money":
        return format_fen(value) if value else "不收费"
    if setting.about.kind == "text":
        return f"{len(value)} 字"
    return services.get(value) or setting.about.choices.get(value) or str(value)


def effects(before: WindowFacts, after: WindowFacts, touched: Touched, on: datetime) -> list[str]:
    """Return a sentence for each thing that the change does to applications and orders that are there."""
    return [
        *_of_the_fee(before, after, touched),
        *_of_the_dates(before, after, touched, on),
        *_of_the_payment(before, after, touched, on),
        *_of_the_rest(before, after, touched),
    ]


def _of_the_fee(before: WindowFacts, after: WindowFacts, touched: Touched) -> list[str]:
    if before.fee == after.fee:
        return []
    said = []
    if not after.fee:
        if touched.owing:
            said.append(f"{touched.owing} 项审核通过而没有缴费的申请随即办结，考生收到消息，和不收费时审核通过一样")
        if touched.undone:
            said.append(f"{touched.undone} 项办结已撤销的不在其中，仍由考办重新办结")
    elif touched.owing:
        said.append(f"{touched.owing} 项审核通过而没有缴费的，改按 {format_fen(after.fee)} 缴，考生收到消息")
    if touched.orders:
        anew = "，考生再点“支付”时按新的金额另外生成" if after.fee else ""
        said.append(
            f"{touched.orders} 笔没有支付的订单（金额与新的费用不同的）关闭{anew}；改动以前已经付出、还在路上的款，收到后照样入账"
        )
    if touched.completed:
        said.append(f"{touched.completed} 项已办结的不变：已经缴的不补也不退，要退的另行办理")
    return said


def _of_the_dates(before: WindowFacts, after: WindowFacts, touched: Touched, on: datetime) -> list[str]:
    said = []
    if before.is_open(on) and not after.is_open(on):
        when = f"到 {moment(after.opens_at)} 才能" if after.opens_at > on else "不能"
        said.append(
            f"现在起{when}申请和提交" + (f"，{touched.drafts} 份草稿留着，没有提交的不会办理" if touched.drafts else "")
        )
    elif after.is_open(on) and not before.is_open(on):
        said.append(
            f"现在起可以申请和提交，到 {moment(after.closes_at)} 截止" + _of_drafts("可以接着填写和提交", touched)
        )
    elif before.closes_at != after.closes_at and not after.has_closed(on):
        word = "提前" if after.closes_at < before.closes_at else "延后"
        left = time_left(after.closes_at, on)
        said.append(
            f"截止时间{word}到 {moment(after.closes_at)}（还有 {left}）" + _of_drafts("在这以前可以提交", touched)
        )
    goes_on = before.is_open(on) and not after.is_open(on) and after.takes_fixes(on)
    if before.fixes_until == after.fixes_until and touched.returned and goes_on:
        said.append(f"{touched.returned} 项退回修改的不受影响，仍可以修改后再提交，到 {moment(after.fixes_until)} 截止")
    elif before.fixes_until != after.fixes_until and touched.returned:
        over = "，已经过了，不能再修改" if after.fixes_until <= on else ""
        said.append(f"{touched.returned} 项退回修改的，可以修改到 {moment(after.fixes_until)}{over}")
    return said


def _of_drafts(words: str, touched: Touched) -> str:
    return f"，{touched.drafts} 份草稿{words}" if touched.drafts else ""


def _of_the_payment(before: WindowFacts, after: WindowFacts, touched: Touched, on: datetime) -> list[str]:
    same = (before.pay_opens_at, before.pay_closes_at) == (after.pay_opens_at, after.pay_closes_at)
    if same or not touched.owing or not after.fee:
        return []
    if not after.pay_opens_at or not after.pay_closes_at:
        return [f"{touched.owing} 项没有缴费的看到“缴费时间还没有公布”，不能在线支付"]
    over = "，已经过了，不能再在线支付" if after.pay_over(on) else ""
    return [
        f"{touched.owing} 项没有缴费的，缴费时间是 {moment(after.pay_opens_at)} 至 {moment(after.pay_closes_at)}{over}"
    ]


def _of_the_rest(before: WindowFacts, after: WindowFacts, touched: Touched) -> list[str]:
    said = []
    if after.stages > before.stages and touched.reviewing:
        said.append("在审核的申请初审通过以后，还要由考办终审")
    if after.stages < before.stages and touched.reviewing:
        said.append("在审核的申请初审通过即审核通过，考办不再终审")
    if before.options != after.options and (touched.drafts or touched.returned):
        said.append(f"{touched.drafts + touched.returned} 份草稿和退回修改的申请按新的要求提交；已经提交的不变")
    return said


class Weight(NamedTuple):
    """To how many of each kind something is done that was said; and how many effects were said."""

    drafts: int = 0
    reviewing: int = 0
    returned: int = 0
    owing: int = 0
    orders: int = 0
    effects: int = 0


class Outgrown(ChangedMeanwhile):
    """More are touched than was said when it was confirmed: nothing is done, it is asked again with how many there are now."""

    def __init__(self) -> None:
        super().__init__("在你确认以前，涉及的申请或订单多了，请看过下面现在的情况再确认。")


def weight(before: WindowFacts, after: WindowFacts, touched: Touched, on: datetime) -> Weight:
    """Return the weight of a change: those weigh of whom something is said that would not be said without them."""
    said = effects(before, after, touched, on)
    counts = {key: getattr(touched, key) for key in Weight._fields if key != "effects"}
    weighed = {
        key: number
        for key, number in counts.items()
        if number and effects(before, after, replace(touched, **{key: 0}), on) != said
    }
    return Weight(**weighed, effects=len(said))


def weight_of_dates(touched: Touched) -> Weight:
    """Return the weight of opening or closing now, whatever time is given with it: who can hand in, or no longer."""
    return Weight(drafts=touched.drafts, returned=touched.returned)


def outgrown(seen: Sequence[int], now: Sequence[int]) -> bool:
    """Whether what was confirmed is no longer what happens: another effect, or by more than a tenth more of one kind.

    A tenth, so that a site on which somebody hands in or pays every second can be answered at all.
    """
    return any(here > before + before // 10 for before, here in zip(seen, now, strict=True))


def refuse_outgrown(seen: Sequence[int] | None, now: Sequence[int]) -> None:
    """Raise Outgrown where what was `seen` (None: whatever it is, it is meant) has been outgrown."""
    if seen is not None and outgrown(seen, now):
        raise Outgrown


def doubts(after: WindowFacts, same_name: int, before: WindowFacts | None = None) -> list[str]:
    """Return what is probably a slip, to be asked about: what was so before is not asked again. `same_name`: other windows of the name."""
    said = []
    early = _early(after)
    if early and not (before and _early(before) == early):
        said.append(early)
    if same_name and (before is None or as_read(before.name) != as_read(after.name) or before.service != after.service):
        said.append(f"已经有 {same_name} 个办理时间也叫“{after.name}”，考生和工作人员分不清是哪一个")
    return said


def _early(window: WindowFacts) -> str:
    pays, ends = window.pay_opens_at, window.pay_closes_at
    if ends and ends <= window.opens_at:
        return f"缴费时间（{moment(ends)} 截止）在办理开始（{moment(window.opens_at)}）以前就结束，没有人能缴费"
    if pays and pays < window.opens_at:
        return f"缴费时间（{moment(pays)} 开始）早于办理开始（{moment(window.opens_at)}）"
    return ""
