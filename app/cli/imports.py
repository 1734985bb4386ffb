"""kaoji import and kaoji template: schools, plans, examinees, scores; portraits of the roster."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app

from app.actions.imports import KINDS, ImportResult, import_file, read_file, templates
from app.actions.imports.portraits import import_portraits
from app.adapters.documents.error_copy import write_error_copy
from app.adapters.documents.picture_archive import picture_archive
from app.adapters.documents.tables import BadTable, CellError, Table
from app.cli.common import instance, opened, operator, progress_bar
from app.cli.refusal import Fault
from app.cli.serving.pictures_check import need_folder
from app.config import Config

WARNINGS_SHOWN = 20
LONGEST_VALUE = 60  # characters of a cell that a line repeats
PORTRAITS = "portraits"


@click.command("import", short_help="导入学校、专业计划、考生或成绩的表格，或考生照片。")
@click.argument("kind", type=click.Choice([*KINDS, PORTRAITS]), metavar="KIND")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--check", is_flag=True, help="只检查，不写入")
@click.option("--errors", "copy_to", type=click.Path(path_type=Path), help="带“错误”列的副本写到哪里")
def import_(kind: str, file: Path, check: bool, copy_to: Path | None) -> None:
    """导入一个表格（xlsx 或 csv）。KIND：schools 学校、plans 专业计划、examinees 考生、scores 成绩。

    portraits 考籍照片：FILE 是 ZIP 压缩包，每张照片以准考证号或证件号码为文件名。

    全部导入，或一行也不导入；有错时逐条说明，并另存一份带“错误”列的副本。
    """
    config = instance()
    if kind == PORTRAITS:
        _portraits(config, file, check)
        return
    try:
        tables = read_file(kind, file)
    except BadTable as error:
        raise Fault(error.message) from error
    with opened(config), progress_bar(sum(len(table.rows) for table in tables), "导入") as progress:
        result = import_file(
            kind,
            tables,
            by=operator(),
            on=datetime.now(UTC),
            file_name=file.name,
            secret=config.secret_key,
            check=check,
            progress=progress,
        )
    _print_warnings(result)
    if result.errors:
        _refuse(result, tables, file, copy_to)
    click.echo(result.summary())
    _print_fallen(result)


@click.command("template", short_help="写一个空的导入模板，带每一列的说明。")
@click.argument("kind", type=click.Choice([*KINDS, PORTRAITS]), metavar="KIND")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def template(kind: str, file: Path) -> None:
    """写一个可以填写的空工作簿（.xlsx）。KIND：schools 学校、plans 专业计划、examinees 考生、scores 成绩。

    各格都设为文本，Excel 不会改掉编号；“填写说明”一页写明每一列怎么填。网页上在“管理 → 导入模板”下载。
    """
    if kind == PORTRAITS:
        raise Fault(templates.PORTRAITS)
    if file.suffix.lower() != ".xlsx":
        raise Fault(f"{file.name}：文件名应以 .xlsx 结尾")
    if file.exists():
        raise Fault(f"{file.name}：已经有这个文件，请换一个名字")
    try:
        templates.write_template(kind, file)
    except OSError as error:
        raise Fault(f"{file}：写不进去，请检查文件夹是否存在、有没有写入权限") from error
    click.echo(f"已写好{KINDS[kind]}的模板：{file}")


def _portraits(config: Config, file: Path, check: bool) -> None:
    try:
        with picture_archive(file) as archive:
            number = len(archive.entries)
        with opened(config) as app, progress_bar(number, "导入") as progress:
            need_folder(app)
            result = import_portraits(
                file,
                current_app.extensions["kaoji.store"],
                by=operator(),
                on=datetime.now(UTC),
                check=check,
                progress=progress,
            )
    except BadTable as error:
        raise Fault(error.message) from error
    for wrong in result.errors:
        click.echo(_error_line(wrong), err=True)
    if result.errors:
        raise Fault(f"共 {len(result.errors)} 处错误，没有导入任何一张照片")
    click.echo(result.summary().replace(" 行", " 张"))


def _error_line(error: CellError) -> str:
    """Return an error as one line, whatever the cell holds."""
    value = _shortened(error.value)
    where = "，".join(
        part
        for part in (
            f"工作表“{error.sheet}”" if error.sheet else "",
            f"第 {error.row} 行" if error.row else "",
            f"{error.column} 列" if error.column else "",
            f"“{value}”" if value else "",
        )
        if part
    )
    return f"{where}：{error.reason.replace(error.value, value) if value else error.reason}"


def _shortened(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= LONGEST_VALUE else f"{line[:LONGEST_VALUE]}…（共 {len(value)} 个字）"


def _print_fallen(result: ImportResult) -> None:
    if result.fallen:
        click.echo(f"有 {len(result.fallen)} 个成绩更新后不再合格，而考生已经提交过申请或已毕业，请逐个核对：")
        for line in result.fallen:
            click.echo(line)


def _print_warnings(result: ImportResult) -> None:
    for warning in result.warnings[:WARNINGS_SHOWN]:
        click.echo(f"提示 {_error_line(warning)}", err=True)
    if len(result.warnings) > WARNINGS_SHOWN:
        click.echo(f"提示 另有 {len(result.warnings) - WARNINGS_SHOWN} 条类似的提示", err=True)


def _refuse(result: ImportResult, tables: list[Table], file: Path, copy_to: Path | None) -> None:
    for error in result.errors:
        click.echo(_error_line(error), err=True)
    suffix = file.suffix.lower() if file.suffix.lower() == ".csv" and len(tables) == 1 else ".xlsx"
    target = copy_to or file.with_name(f"{file.stem}-错误{suffix}")
    try:
        write_error_copy(tables, result.errors, target)
        copied = f"，带“错误”列的副本：{target}"
    except BadTable as error:
        copied = f"，副本没有写成（{error.message}）"
    raise Fault(f"共 {len(result.errors)} 处错误，没有导入任何一行{copied}")
