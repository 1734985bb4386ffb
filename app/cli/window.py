"""kaoji window: 办理时间."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from app.actions.office.window_changes import edit_window
from app.actions.office.without_fee import go_on
from app.actions.services import codes, services, title_of
from app.actions.windows.own import window_facts
from app.actions.windows.windows import close_window, create_window, delete_window, new_window, open_window
from app.cli import window_questions as questions
from app.cli.common import instance, now, opened, operator, table
from app.cli.refusal import Fault
from app.cli.settings import option_of
from app.rules.calendar import local
from app.rules.settings import Setting, settings_of
from app.rules.windows import WindowFacts, without_dates
from app.services import install

install()  # the options are needed before an instance is opened


def _settable() -> Iterable[Setting]:
    """Return the settings that have a flag, common ones first, each name once."""
    kinds = (WindowFacts, *(service.options.kind for service in services()))
    return {each.name: each for kind in kinds for each in settings_of(kind) if each.about.flag}.values()


def settable(command: Any) -> Any:
    """Add those settings as options."""
    for each in reversed(list(_settable())):
        command = option_of(each)(command)
    return command


@click.group("window")
def window() -> None:
    """办理时间。"""


YES = click.option("--yes", is_flag=True, help="不再问，直接做（问的内容照样写出来）")


@window.command("open")
@click.argument("name", metavar="名称或编号")
@click.option(
    "--service",
    type=click.Choice(codes()),
    default=codes()[0],
    show_default=True,
    help="业务",
)
@settable
@YES
def open_(name: str, service: str, yes: bool, **said: Any) -> None:
    """新建一个办理时间；给编号则把已有的立即开放（可同时用 --closes 给新的截止时间；立即截止过的，不给就恢复原定截止时间）。"""
    config = instance()
    with opened(config):
        if name.isdecimal():
            number, until = int(name), said["closes_at"]
            questions.done_as_confirmed(
                lambda: questions.before_opening(number, until, on=now(config), yes=yes),
                lambda said: open_window(number, until=until, **said._asdict(), by=operator(), on=now(config)),
            )
            click.echo(f"办理时间 {name} 已开放")
            return
        if said["opens_at"] is None or said["closes_at"] is None:
            raise click.UsageError("新建办理时间须给出 --opens 和 --closes")
        blank = new_window(service, name, said["opens_at"], said["closes_at"])
        made = _changed(blank, said)
        questions.before_making(made, yes=yes)
        number = create_window(made, by=operator(), on=now(config))
    click.echo(f"已新建办理时间 {number}：{title_of(service)} {name}")


@window.command("edit")
@click.argument("number", type=int, metavar="编号")
@click.option("--name", help="名称")
@settable
@YES
def edit(number: int, name: str | None, yes: bool, **said: Any) -> None:
    """改动给出的各项，其余不变；先写出涉及多少申请和订单，再问。"""
    from app.extensions import db
    from app.models import Window

    config = instance()
    with opened(config):
        found = db.session.get(Window, number)
        if found is None:
            raise Fault(f"没有这个办理时间：{number}")
        version, window = found.version, window_facts(found)
        changed = _changed(window, {**said, "name": name or None})
        if said["pay_opens_at"] is None and said["pay_closes_at"] is None:
            changed = without_dates(window, changed)
        done = questions.done_as_confirmed(
            lambda: questions.before_saving(changed, version, on=now(config), yes=yes),
            lambda said: edit_window(number, changed, **said._asdict(), by=operator(), on=now(config)),
        )
        completed = done.completed
        while done.more and (more := go_on(number, by=operator(), on=now(config))):
            completed += more
    same = changed == window
    click.echo(f"办理时间 {number} {'没有改动：没有给出和现在不同的内容' if same else '已修改'}")
    if done.orders:
        click.echo(f"{done.orders} 笔没有支付的订单已关闭")
    if completed:
        click.echo(f"{completed} 项审核通过的申请已办结")


@window.command("close")
@click.argument("number", type=int, metavar="编号")
@YES
def close(number: int, yes: bool) -> None:
    """立即截止；原定的截止时间留着，可以恢复。"""
    config = instance()
    with opened(config):
        questions.done_as_confirmed(
            lambda: questions.before_closing(number, on=now(config), yes=yes),
            lambda said: close_window(number, **said._asdict(), by=operator(), on=now(config)),
        )
    click.echo(f"办理时间 {number} 已截止")


@window.command("delete")
@click.argument("number", type=int, metavar="编号")
@YES
def delete(number: int, yes: bool) -> None:
    """删除没有人用过的办理时间。"""
    config = instance()
    with opened(config):
        version = questions.before_deleting(number, yes=yes)
        delete_window(number, version=version, by=operator(), on=now(config))
    click.echo(f"办理时间 {number} 已删除")


@window.command("list")
def show() -> None:
    """列出办理时间。"""
    from app.actions.applications.cases import windows
    from app.extensions import db

    config = instance()
    on = now(config)
    with opened(config):
        rows = [
            (
                str(each.id),
                title_of(each.service),
                each.name,
                _shown(each.opens_at),
                _shown(each.closes_at),
                _shown(each.planned_closes_at) if each.planned_closes_at else "",
                "开放中" if each.is_open(on) else "已截止" if each.has_closed(on) else "未开始",
            )
            for each in windows(db.session())
        ]
    click.echo(
        table(("编号", "业务", "名称", "开始", "截止", "原定截止", "状态"), rows) if rows else "还没有办理时间。"
    )


def _changed(window: WindowFacts, said: dict[str, Any]) -> WindowFacts:
    """Return the window with the given settings. Raises UsageError for an option of another service."""
    given = {name: value for name, value in said.items() if value is not None}
    general = {each.name: given.pop(each.name) for each in settings_of(WindowFacts) if each.name in given}
    own = {each.name for each in settings_of(type(window.options))}
    for each in _settable():
        if each.name in given.keys() - own:
            raise click.UsageError(f"{each.about.flag} 不是{title_of(window.service)}的选项")
    return replace(window, **general, options=replace(window.options, **given))


def _shown(moment: datetime) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M}"
