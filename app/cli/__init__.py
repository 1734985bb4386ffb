"""The kaoji command. Exit 0 done, 1 refused or failed with one clear line per reason, 2 wrong usage."""

from __future__ import annotations

import sys
import traceback
from typing import Any

import click

from app.cli import demo, examinee, exports, forecast, imports, init, serve, staff, upgrade, window
from app.cli.common import prepare_console
from app.cli.fault import Fault
from app.config import BadConfig


@click.group("kaoji", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="kaoji", prog_name="kaoji")
def kaoji() -> None:
    """考籍平台：自学考试考生查成绩、申请毕业，主考学校与考办在线审核。"""


for command in (
    init.init, serve.serve, demo.demo, imports.import_, exports.export, staff.staff, examinee.examinee, window.window, upgrade.upgrade,
    forecast.forecast,
):  # fmt: skip
    kaoji.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """The console script."""
    prepare_console()
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """The exit code of one command; every fault is one line on stderr, never a traceback."""
    try:
        kaoji.main(arguments, prog_name="kaoji", standalone_mode=False)
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    except click.UsageError as error:
        click.echo(_usage(error), err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("已取消。", err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return 1
    except Exception as error:
        click.echo(_line(error), err=True)
        return 1
    return 0


def _usage(error: click.UsageError) -> str:
    """click speaks English; the usual mistakes are said in Chinese."""
    where = error.ctx.command_path if error.ctx else "kaoji"
    what = error.format_message()
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(error.ctx) if error.param and error.ctx else ""
        option = error.param.opts[0] if isinstance(error.param, click.Option) else name
        what = f"缺少 {option}"
    elif isinstance(error, click.BadParameter):
        what = _bad_value(error)
    elif isinstance(error, click.BadOptionUsage):
        what = f"{error.option_name} 后面要有值"
    elif isinstance(error, click.NoSuchOption):
        what = f"没有这个选项：{error.option_name}"
    elif what.startswith("No such command"):
        what = "没有这个命令：" + what.removeprefix("No such command").strip(" '.").split("'")[0]
    elif what.startswith("Got unexpected extra argument"):
        what = "多出的参数：" + what.partition("(")[2].rstrip(")")
    return f"{what}（用法见 {where} --help）"


def _bad_value(error: click.BadParameter) -> str:
    """What the value should have been; a parser of our own says it itself."""
    param, said = error.param, error.message
    if param is None:
        return said
    kind = param.type
    if isinstance(kind, click.Choice):
        said = f"应为 {'、'.join(kind.choices)} 之一"
    elif isinstance(kind, click.IntRange):
        said = f"应为 {kind.min} 到 {kind.max} 的整数"
    elif kind is click.INT:
        said = "应为整数"
    return f"{param.opts[0] if isinstance(param, click.Option) else param.human_readable_name}：{said}"


def _line(error: Exception) -> str:
    """Anything else as one line. The traceback of a mistake of ours goes to a file that can be sent to whoever mends it."""
    from sqlalchemy.exc import DBAPIError

    from app.rules.refusals import Refused

    if isinstance(error, Refused):
        return error.message
    if isinstance(error, BadConfig):
        return str(error)
    if isinstance(error, DBAPIError):
        return f"数据库出错：{_first_line(error.orig)}"
    if isinstance(error, OSError):
        return f"文件或网络出错：{error.strerror or error}{f'（{error.filename}）' if error.filename else ''}"
    return f"程序内部出错：{type(error).__name__} {_first_line(error)}{_noted()}"


def _first_line(error: Any) -> str:
    return (str(error).strip().splitlines() or [""])[0]


def _noted() -> str:
    from app.config import instance_path, kind_of

    try:
        folder = instance_path()
        if kind_of(folder) is None:
            return ""
        path = folder / "last-error.txt"
        path.write_text(traceback.format_exc(), encoding="utf-8")
    except (OSError, BadConfig):
        return ""
    return f"（详情见 {path}）"


__all__ = ["Fault", "kaoji", "main", "run"]
