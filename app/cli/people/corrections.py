"""kaoji examinee correct, kaoji ticket correct, kaoji score correct: 更正 by the operator, with a reason."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy import select

from app.cli.common import instance, now, opened, operator
from app.cli.refusal import Fault

YES = click.option("--yes", is_flag=True, help="不再询问，直接更正（涉及的内容照样写出来）")
REASON = click.option("--reason", required=True, help="更正的原因和依据，记入操作记录")
OPTIONS = {
    "name": "--name",
    "id_type": "--id-type",
    "id_number": "--id-number",
    "school_code": "--school",
    "major_code": "--major",
    "plan_version": "--plan",
    "to_number": "--to",
    "to_name": "--to-name",
    "course_code": "--new-course",
    "course_name": "--course-name",
    "session": "--new-session",
    "mark": "--mark",
    "origin": "--new-origin",
    "reason": "--reason",
}
"""Field -> the option that gives it, for what is told of a fault."""


@click.command("correct")
@click.argument("id_number", metavar="证件号码")
@click.option("--name", help="正确的姓名")
@click.option("--id-number", "new_number", help="正确的证件号码")
@click.option("--id-type", help="正确的证件类型")
@click.option("--merge", is_flag=True, help="正确的号码已有一份资料，已核实是同一个人：合并为一份")
@REASON
@YES
def correct_examinee(
    id_number: str, name: str | None, new_number: str | None, id_type: str | None, merge: bool, reason: str, yes: bool
) -> None:
    """更正一位考生的姓名、证件号码或证件类型；先写出涉及什么。"""
    from app.actions.corrections.asking import PERSON
    from app.models import Examinee
    from app.rules.people.identity import normalise_id

    given = {"name": name, "id_number": new_number, "id_type": id_type, "reason": reason}
    whose = select(Examinee.id).where(Examinee.id_number == normalise_id(id_number))
    _correct(PERSON, whose, "没有这个证件号码的考生，请核对", given, "--merge" if merge else "", yes, "--merge")


@click.group("ticket")
def ticket() -> None:
    """准考证号。"""


@ticket.command("correct")
@click.argument("number", metavar="准考证号")
@click.option("--school", help="正确的报考学校代码")
@click.option("--major", help="正确的报考专业代码")
@click.option("--plan", "version", help="正确的计划版本")
@click.option("--to", "to_number", help="这个准考证号应归的人的证件号码")
@click.option("--to-name", help="应归的人的姓名，用来核对")
@click.option("--with-applications", is_flag=True, help="已核实：这个准考证号的申请也一并转过去")
@REASON
@YES
def correct_ticket(
    number: str,
    school: str | None,
    major: str | None,
    version: str | None,
    to_number: str | None,
    to_name: str | None,
    with_applications: bool,
    reason: str,
    yes: bool,
) -> None:
    """更正一个准考证号的学校、专业、计划版本，或移到应归的人名下；先写出涉及什么。"""
    from app.actions.corrections.asking import TICKET
    from app.models import Ticket
    from app.rules.people.identity import normalise_digits

    given = {
        "school_code": school,
        "major_code": major,
        "plan_version": version,
        "to_number": to_number,
        "to_name": to_name,
        "reason": reason,
    }
    which = select(Ticket.id).where(Ticket.number == normalise_digits(number))
    sure = "--with-applications" if with_applications else ""
    _correct(TICKET, which, "没有这个准考证号，请核对", given, sure, yes, "--with-applications")


@click.group("score")
def score() -> None:
    """成绩。"""


@score.command("correct")
@click.argument("number", metavar="准考证号")
@click.argument("course", metavar="课程代码")
@click.argument("session", metavar="考次")
@click.option("--origin", default="统考", show_default=True, help="现在登记的取得方式")
@click.option("--mark", help="正确的成绩")
@click.option("--new-course", help="正确的课程代码")
@click.option("--course-name", help="正确的课程名称")
@click.option("--new-session", help="正确的考次")
@click.option("--new-origin", help="正确的取得方式")
@click.option("--withdraw", is_flag=True, help="这条成绩作废")
@REASON
@YES
def correct_score(
    number: str, course: str, session: str, origin: str, withdraw: bool, reason: str, yes: bool, **new: str | None
) -> None:
    """更正或作废一条成绩；先写出涉及的申请和毕业。"""
    from app.actions.corrections.asking import SCORE
    from app.models import Score, Ticket
    from app.rules.people.identity import normalise_digits

    given = {
        "mark": new["mark"],
        "course_code": new["new_course"],
        "course_name": new["course_name"],
        "session": new["new_session"],
        "origin": new["new_origin"],
        "withdraw": "1" if withdraw else None,
        "reason": reason,
    }
    mine = (Score.course_code == course.strip().upper(), Score.session == session.strip(), Score.origin == origin)
    which = select(Score.id).join(Ticket, Ticket.id == Score.ticket_id)
    which = which.where(Ticket.number == normalise_digits(number), *mine)
    missing = f"没有这条成绩：{number} {course} {session}（{origin}）"
    _correct(SCORE, which, missing, given, "", yes, "")


def _correct(
    subject: str, which: Any, missing: str, given: Mapping[str, str | None], sure: str, yes: bool, option: str
) -> None:
    from app.actions.corrections import asking
    from app.extensions import db
    from app.models.base import transaction
    from app.rules.refusals import Invalid

    config = instance()
    with opened(config):
        on = now(config)
        ident = db.session.scalar(which)
        if ident is None:
            raise Fault(missing)
        stored = asking.present(db.session(), subject, ident)
        fields = stored | {name: value for name, value in given.items() if value is not None}
        try:
            plan = asking.planned(db.session(), subject, ident, fields, on)
            db.session.rollback()
            _ask(plan, sure, yes, option)
            with transaction() as session:
                done = asking.Act(operator(), on, config.secret_key, plan.print, bool(sure))
                asking.correct(session, subject, ident, fields, done)
        except Invalid as refused:
            named = f"（{OPTIONS[refused.field]}）" if refused.field in OPTIONS else ""
            raise Fault(f"{refused.message}{named}") from refused
    click.echo("已更正，考生会收到站内消息")


def _ask(plan: Any, sure: str, yes: bool, option: str) -> None:
    """Say what changes and what it touches, and ask. Raises Fault."""
    for line in plan.lines:
        click.echo(f"{line.label}：{line.seen_old or '（空）'} → {line.new or '（空）'}", err=True)
    for words in plan.touched:
        click.echo(f"{words}。", err=True)
    if plan.must_say and not sure:
        raise Fault(f"没有更正：先核实——{plan.must_say}。核实过的，加上 {option} 再运行一次")
    if yes:
        return
    if not sys.stdin.isatty():
        raise Fault("没有更正：要先看过上面的内容。确定的话，加上 --yes 再运行一次")
    if not click.confirm("确定更正吗？", err=True):
        raise Fault("没有更正")
