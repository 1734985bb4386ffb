"""kaoji forecast: list of examinees who meet a plan or lack few courses."""

from __future__ import annotations

from pathlib import Path

import click

from app.actions.records.forecast import COLUMNS, Wanted, check, count, note
from app.actions.records.forecast import forecast as lines_of
from app.adapters.documents.lists import ENDINGS, write_list
from app.adapters.documents.tables import BadTable
from app.cli.common import instance, now, opened, operator, progress_bar
from app.cli.refusal import Fault
from app.rules.calendar import today


@click.command("forecast")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--school", default="", metavar="代码", help="只列这个主考学校")
@click.option("--major", default="", metavar="代码", help="只列这个专业")
@click.option("--short", type=click.IntRange(0, 99), default=1, show_default=True, metavar="门数", help="最多还差几门")
def forecast(file: Path, school: str, major: str, short: int) -> None:
    """列出符合毕业条件和最多还差几门的考生，写到 FILE（.xlsx 或 .csv）。

    每个考生和计划一行；报考了专业的只看所报的计划，没有报考的看可以使用且有合格课程的各计划。
    """
    from app.extensions import db

    if file.suffix.lower() not in ENDINGS:
        raise click.BadParameter("文件名应以 .xlsx 或 .csv 结尾", param_hint="FILE")
    config, wanted = instance(), Wanted(school.strip(), major.strip(), short)
    on = now(config)
    with opened(config):
        session = db.session()
        check(session, wanted)
        try:
            with progress_bar(count(session), "预测") as progress:
                lines = write_list(file, "毕业预测", COLUMNS, lines_of(session, wanted, today(on), progress))
        except BadTable as error:
            raise Fault(error.message) from error
        note(wanted, lines, by=operator(), on=on)
    click.echo(f"共 {lines} 行，已写入 {file}")
