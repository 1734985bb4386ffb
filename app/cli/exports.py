"""kaoji export: applications, orders, audit, the services' lists; some also as papers in one PDF."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from app.actions.exports import exports
from app.actions.exports.exports import Narrowed
from app.actions.exports.filter_values import check_known
from app.actions.exports.kinds import kinds
from app.actions.services import codes, paper_kinds
from app.adapters.documents.lists import ENDINGS
from app.adapters.documents.tables import BadTable
from app.cli.common import Moment, instance, now, opened, operator, progress_bar
from app.cli.refusal import Fault
from app.extensions import db
from app.services import install

install()  # the kinds are needed before an instance is opened
KINDS = kinds()
AS_PAPERS = "、".join(kind.key for kind in KINDS.values() if kind.paper)
*TITLES, LAST = (kind.title for kind in KINDS.values())
HELP = "\n\n".join(
    (
        f"把名单写到 FILE（.xlsx 或 .csv）。KIND：{'、'.join(f'{kind.key} {kind.title}' for kind in KINDS.values())}。",
        *(
            f"{kind.key} 写成 .pdf，就是每人一份《{paper_kinds()[kind.paper].title}》，合在一个文件里。"
            for kind in KINDS.values()
            if kind.paper
        ),
    )
)


@click.command("export", short_help=f"把{'、'.join(TITLES)}或{LAST}导出成表格。", help=HELP)
@click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--service", default="", metavar="代码", help="只导出这项业务，例如 " + "、".join(codes()))
@click.option("--window", default="", metavar="编号", help="只导出这个办理时间（kaoji window list 里的编号）")
@click.option("--school", default="", metavar="代码", help="只导出这个主考学校")
@click.option("--major", default="", metavar="代码", help="只导出这个专业")
@click.option("--state", default="", metavar="状态", help="只导出这个状态，例如 completed、paid")
@click.option("--since", type=Moment(), help="从这一天起（提交、审定、支付（没有支付的按下单）或操作的时间）")
@click.option("--until", type=Moment(), help="到这一天之前")
@click.option("--reason", default="", metavar="文字", help="用途，写进操作记录和导出说明")
@click.option("--columns", default="", metavar="列名", help="要哪些列，用逗号分开；不写就是常用的列")
def export(
    kind: str,
    file: Path,
    service: str,
    window: str,
    school: str,
    major: str,
    state: str,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    columns: str,
) -> None:
    """Write a list to FILE; as .pdf its papers."""
    suffix = _ending(kind, file)
    if since and until and until <= since:
        raise click.BadParameter("应晚于 --since，否则一行也没有", param_hint="--until")
    narrowed = Narrowed(window, school, major, state, since, until, service=service)
    config = instance()
    with opened(config):
        by, on = operator(), now(config)
        check_known(db.session(), school=school, major=major, window=window, service=service)
        total = exports.count(kind, narrowed, by=by, on=on)
        if suffix == ".pdf" and total and not config.paper_address:
            click.echo(
                "提醒：没有设公开网址（KAOJI_PUBLIC_URL），打印的文件只有验证码，没有二维码和核对的网址", err=True
            )
        try:
            with progress_bar(total, "导出") as progress:
                if suffix == ".pdf":
                    done = _papers(kind, file, narrowed, on, reason, progress)
                else:
                    done = _list(kind, file, narrowed, columns, on, reason, progress)
        except BadTable as error:
            raise Fault(error.message) from error
    click.echo(f"共 {done} {'份' if suffix == '.pdf' else '行'}，已写入 {file}")


def _ending(kind: str, file: Path) -> str:
    """Return the file's ending. Raises BadParameter."""
    suffix = file.suffix.lower()
    if suffix == ".pdf" and not KINDS[kind].paper:
        raise click.BadParameter(f"只有 {AS_PAPERS} 能写成 .pdf", param_hint="FILE")
    if suffix not in (*ENDINGS, ".pdf"):
        raise click.BadParameter(f"文件名应以 .xlsx、.csv 结尾（{AS_PAPERS} 还可以是 .pdf）", param_hint="FILE")
    return suffix


def _list(
    kind: str,
    file: Path,
    narrowed: Narrowed,
    columns: str,
    on: datetime,
    reason: str,
    progress: Callable[[int], None],
) -> int:
    chosen = _keys(kind, columns)
    return exports.export(
        kind, file, narrowed=narrowed, columns=chosen, by=operator(), on=on, reason=reason, progress=progress
    )


def _papers(
    kind: str, file: Path, narrowed: Narrowed, on: datetime, reason: str, progress: Callable[[int], None]
) -> int:
    from flask import current_app

    from app.actions.evidence.whole import reader
    from app.actions.papers.batch import write_papers
    from app.actions.papers.papers import site_look

    look = site_look(current_app.extensions["kaoji"], reader(current_app.extensions["kaoji.store"]))
    return write_papers(
        kind, file, narrowed=narrowed, look=look, by=operator(), on=on, reason=reason, progress=progress
    )


def _keys(kind: str, columns: str) -> list[str] | None:
    """Return the keys of typed titles or keys. Raises Fault."""
    asked = [name.strip() for name in columns.replace("，", ",").replace("、", ",").split(",") if name.strip()]
    known = {name: column.key for column in KINDS[kind].columns for name in (column.key, column.title)}
    unknown = [name for name in asked if name not in known]
    if unknown:
        titles = "、".join(column.title for column in KINDS[kind].columns)
        raise Fault(f"没有这一列：{'、'.join(unknown)}（可用 {titles}）")
    return [known[name] for name in asked] or None
