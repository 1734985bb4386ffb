"""kaoji tick: do the periodic work that is due, as a running server does."""

from __future__ import annotations

import click

from app.cli.common import instance, opened, table
from app.cli.refusal import Told
from app.cli.serving import log_lines
from app.cli.serving.periodic_work import WORKS, do_due
from app.rules.calendar import moment


@click.command("tick")
@click.option("--list", "only_list", is_flag=True, help="只列出各项工作最近一次和下一次的时间")
def tick(only_list: bool) -> None:
    """做到期的定期工作（运行中的站点自己也会做；同时运行两次也无妨）。不删除任何申请资料。

    可以用系统的计划任务每小时运行一次。有工作没有做成时返回 1。
    """
    log_lines.install(hooks=False)
    failed = ran = False
    with opened(instance()) as app:
        if only_list:
            click.echo(_table())
            return
        for done in do_due(app, tick=True):
            ran = True
            if not done.taken:
                click.echo(f"{done.work.title}：正由另一个进程进行")
            elif done.error:
                failed = True
                click.echo(f"{done.work.title}没有做成：{done.error}", err=True)
            else:
                click.echo(f"{done.work.title}：完成")
    if not ran:
        click.echo("没有到期的工作。")
    if failed:
        raise Told


def _table() -> str:
    """Each work of the register: when it began and ended last, when it is due, how often it was done, what went wrong."""
    from sqlalchemy import select

    from app.extensions import db
    from app.models import DueWork

    rows = {row.name: row for row in db.session.scalars(select(DueWork))}
    lines = []
    for work in WORKS:
        row = rows.get(work.name)
        times = [row.last_started, row.last_finished, row.due_at] if row else [None, None, None]
        said = row.last_error if row else ""
        if row and row.holder:
            said = f"正在进行：{row.holder}"
        lines.append((work.title, *(moment(at) if at else "—" for at in times), str(row.runs if row else 0), said))
    return table(("工作", "最近开始", "最近完成", "下次", "次数", "说明"), lines)
