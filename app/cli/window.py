"""kaoji window: 办理时间."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from app.actions.windows.windows import (
    SERVICES,
    WindowForm,
    close_window,
    create_window,
    edit_window,
    form_of,
    open_window,
)
from app.cli.common import Moment, instance, now, opened, operator, table
from app.cli.fault import Fault
from app.rules.calendar import local
from app.rules.papers.money import BadAmount, parse_fen

OPTIONS: tuple[Any, ...] = (
    click.option("--opens", "opens_at", type=Moment(), help="开始时间，如 2026-12-01T09:00"),
    click.option("--closes", "closes_at", type=Moment(), help="截止时间（不含）"),
    click.option("--fixes-close", "fixes_close_at", type=Moment(), help="退回后可修改到何时，默认同截止时间"),
    click.option("--pay-opens", "pay_opens_at", type=Moment(), help="缴费开始时间"),
    click.option("--pay-closes", "pay_closes_at", type=Moment(), help="缴费截止时间"),
    click.option("--fee", "fee", callback=lambda _context, _parameter, value: _fen(value), help="毕业审定费，元"),
    click.option("--stages", type=click.Choice(["1", "2"]), help="审核环节：一级或两级"),
    click.option("--statement-min", type=int, help="自我鉴定最少字数"),
    click.option("--statement-max", type=int, help="自我鉴定最多字数"),
    click.option("--refuse-missing/--allow-missing", default=None, help="缺少课程时不许提交，或说明后可以提交"),
    click.option(
        "--strict-files/--any-photo",
        default=None,
        help="只收 1 MB 以内的 JPG、PNG，或 20 MB 以内的手机照片都收下并压缩（默认）",
    ),
    click.option("--portrait/--no-portrait", default=None, help="须上传毕业证书照片，或不要求（默认）"),
    click.option(
        "--portrait-background",
        type=click.Choice(["", "blue", "white", "grey"]),
        help="证书照片背景：浅蓝、白、浅灰，空为不限",
    ),
)


def _fen(value: str | None) -> int | None:
    try:
        return None if value is None else parse_fen(value)
    except BadAmount as error:
        raise click.BadParameter(str(error)) from None


def settable(command: Any) -> Any:
    """The options that say what a window is."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group("window")
def window() -> None:
    """办理时间。"""


@window.command("open")
@click.argument("name", metavar="名称或编号")
@click.option("--service", type=click.Choice(list(SERVICES)), default="graduation", show_default=True, help="业务")
@settable
def open_(name: str, service: str, **said: Any) -> None:
    """新建一个办理时间；给编号则把已有的立即开放（可同时用 --closes 给新的截止时间）。"""
    config = instance()
    with opened(config):
        if name.isdecimal():
            open_window(int(name), until=said["closes_at"], by=operator(), on=now(config))
            click.echo(f"办理时间 {name} 已开放")
            return
        if said["opens_at"] is None or said["closes_at"] is None:
            raise click.UsageError("新建办理时间须给出 --opens 和 --closes")
        form = WindowForm(name=name, service=service, **_given(said))
        number = create_window(form, by=operator(), on=now(config))
    click.echo(f"已新建办理时间 {number}：{SERVICES[service]} {name}")


@window.command("edit")
@click.argument("number", type=int, metavar="编号")
@click.option("--name", help="名称")
@settable
def edit(number: int, name: str | None, **said: Any) -> None:
    """改动给出的各项，其余不变。"""
    from app.extensions import db
    from app.models import Window

    config = instance()
    with opened(config):
        found = db.session.get(Window, number)
        if found is None:
            raise Fault(f"没有这个办理时间：{number}")
        version, form = found.version, form_of(found)
        changes = {**_given(said), **({"name": name} if name else {})}
        edit_window(number, replace(form, **changes), version=version, by=operator(), on=now(config))
    click.echo(f"办理时间 {number} 已修改")


@window.command("close")
@click.argument("number", type=int, metavar="编号")
def close(number: int) -> None:
    """立即截止。"""
    config = instance()
    with opened(config):
        close_window(number, by=operator(), on=now(config))
    click.echo(f"办理时间 {number} 已截止")


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
                str(each.id), SERVICES.get(each.service, each.service), each.name, _shown(each.opens_at),
                _shown(each.closes_at), "开放中" if each.is_open(on) else "已截止" if each.has_closed(on) else "未开始",
            )
            for each in windows(db.session())
        ]  # fmt: skip
    click.echo(table(("编号", "业务", "名称", "开始", "截止", "状态"), rows) if rows else "还没有办理时间。")


def _given(said: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in said.items() if value is not None}
    if "stages" in given:
        given["stages"] = int(given["stages"])
    return given


def _shown(moment: datetime) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M}"
