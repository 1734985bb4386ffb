"""The kaoji command. Exit 0: done; 1: refused or failed, one line per reason; 2: wrong usage."""

from __future__ import annotations

import os
import sys
import traceback

import click

from app.cli import demo, exports, forecast, imports, init, serve, upgrade, window
from app.cli.click_in_chinese import Help, database_fault, first_line, os_fault, usage_fault
from app.cli.common import prepare_console
from app.cli.people import corrections, examinee, staff
from app.cli.refusal import Fault
from app.cli.upkeep import doctor, evidence, key, tick, verify
from app.config import BadConfig
from app.config.folder import keep_private

click.Context.formatter_class = Help  # for every command; click asks the context class


@click.group("kaoji", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="kaoji", message="kaoji %(version)s")
def kaoji() -> None:
    """考籍平台：自学考试考生查成绩、申请毕业，主考学校与考办在线审核。"""


for command in (
    init.init,
    serve.serve,
    demo.demo,
    imports.import_,
    imports.template,
    exports.export,
    staff.staff,
    examinee.examinee,
    corrections.ticket,
    corrections.score,
    window.window,
    upgrade.upgrade,
    forecast.forecast,
    tick.tick,
    verify.verify,
    doctor.doctor,
    evidence.evidence,
    key.key,
):
    kaoji.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the console script."""
    prepare_console()
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Return the exit code. Whatever a command makes is its user's alone, an exported list too."""
    before = keep_private()
    try:
        return _run(arguments)
    finally:
        os.umask(before)


def _run(arguments: list[str] | None) -> int:
    """Return the exit code; a fault is one line on stderr for each reason, without a traceback."""
    try:
        kaoji.main(arguments, prog_name="kaoji", standalone_mode=False)
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:  # the command alone shows its help
        error.show()
        return 2
    except click.UsageError as error:
        click.echo(usage_fault(error), err=True)
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


def _line(error: Exception) -> str:
    """Return any other error as one line; an internal error's traceback is written to a file."""
    from sqlalchemy.exc import DBAPIError

    from app.rules.refusals import Refused

    if isinstance(error, Refused):
        return error.message
    if isinstance(error, BadConfig):
        return "\n".join(error.reasons)
    if isinstance(error, DBAPIError):
        return database_fault(error.orig)
    if isinstance(error, OSError):
        return os_fault(error)
    return f"程序内部出错：{type(error).__name__} {first_line(error)}{_noted()}"


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
