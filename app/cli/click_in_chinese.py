"""Chinese texts for click's help and for faults of click, system and database."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from typing import Any

import click

from app.adapters.system_words import OS_FAULTS, os_words
from app.cli.common import display_width
from app.models.health.guard import ADVICE, PUT_BACK

HEADINGS = {"Options": "选项", "Commands": "命令"}
PHRASES = {
    "Show this message and exit.": "显示这份说明",
    "Show the version and exit.": "显示版本号",
    "[required]": "[必填]",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 …",
}
METAVARS = {"TEXT": "文字", "INTEGER": "整数", "INTEGER RANGE": "整数", "PATH": "文件"}
_METAVAR = re.compile(r"(?<= )(INTEGER RANGE|INTEGER|TEXT|PATH)$")
_DEFAULT = re.compile(r"\[default: ([^;\]]+)(?:; [^\]]+)?\]")


class Help(click.HelpFormatter):
    """Formatter of --help; a Chinese character takes two columns, unlike in click."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _in_chinese(args), prefix or "用法：")

    def write_heading(self, heading: str) -> None:
        self.write(f"{HEADINGS.get(heading, heading)}：\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        said = [(_METAVAR.sub(lambda found: METAVARS[found[1]], term), _in_chinese(words)) for term, words in rows]
        column = max((wide for term, _ in said if (wide := display_width(term)) <= col_max), default=0) + col_spacing
        margin = " " * self.current_indent
        for term, words in said:
            gap = " " * (column - display_width(term)) or f"\n{margin}{' ' * column}"
            self.write(f"{margin}{term}{gap}{words}\n")


def _in_chinese(text: str) -> str:
    for english, chinese in PHRASES.items():
        text = text.replace(english, chinese)
    return _DEFAULT.sub(r"[默认 \1]", text)


def usage_fault(error: click.UsageError) -> str:
    """Return one line: what is wrong, and where usage is explained."""
    where = error.ctx.command_path if error.ctx else "kaoji"
    return f"{_wrong(error)}（用法见 {where} --help）"


def _wrong(error: click.UsageError) -> str:
    if isinstance(error, click.MissingParameter):
        return f"缺少 {_name(error)}"
    if isinstance(error, click.BadParameter):
        return f"{_name(error)}：{_bad_value(error)}"
    if isinstance(error, click.NoSuchOption):
        return f"没有这个选项：{error.option_name}"
    if isinstance(error, click.BadOptionUsage):
        takes = "does not take" in error.message
        return f"选项 {error.option_name} {'不带值' if takes else '后面要有值'}"
    what = error.format_message()
    if what.startswith("No such command"):
        return "没有这个命令：" + what.removeprefix("No such command").strip(" '.").split("'")[0]
    if what.startswith("Got unexpected extra argument"):
        return "多出的参数：" + what.partition("(")[2].rstrip(")")
    return what


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return error.param.opts[0]
    if error.param and error.ctx:
        return error.param.make_metavar(error.ctx)
    return str(error.param_hint or "")


def _bad_value(error: click.BadParameter) -> str:
    kind: Any = error.param.type if error.param else None
    typed = error.message.split(" is not ")[0].strip("'")
    if isinstance(kind, click.Choice):
        return f"应为 {'、'.join(filter(None, map(str, kind.choices)))} 之一，现在是 {typed}"
    if isinstance(kind, click.IntRange) and "range" in error.message:
        return f"应为 {kind.min} 到 {kind.max} 的整数，现在是 {typed}"
    if isinstance(kind, type(click.INT)):
        return f"应为整数，现在是 {typed}"
    if isinstance(kind, click.Path):
        return _bad_path(error.message)
    return error.message


def _bad_path(said: str) -> str:
    path = said.partition("'")[2].rpartition("'")[0]
    words = {"not exist": "没有这个文件", "is a directory": OS_FAULTS[errno.EISDIR], "not readable": "没有权限读"}
    return next((f"{chinese}：{path}" for sign, chinese in words.items() if sign in said), said)


DATABASE_FAULTS = (
    ("unable to open database file", "打不开数据库文件，请检查 KAOJI_DATABASE_URL 和文件夹的权限"),
    ("database is locked", "数据库正忙，请稍后再试"),
    ("readonly database", "数据库文件是只读的，请检查文件的权限"),
    ("disk is full", "磁盘已满，请腾出空间再试"),
    ("no space left", "磁盘已满，请腾出空间再试"),
    ("disk i/o error", "磁盘读写出错，请检查磁盘是否已满、是否损坏"),
    ("not a database", f"数据库文件已损坏，或不是数据库文件（{PUT_BACK}）"),
    ("malformed", f"数据库文件已损坏（{PUT_BACK}）"),
    *((why, f"{why}（{what}）") for why, what in ADVICE.items()),
    ("password authentication failed", "数据库的用户名或密码不对，请检查 KAOJI_DATABASE_URL"),
    ("does not exist", "没有这个数据库或用户，请检查 KAOJI_DATABASE_URL"),
    ("not answer", "数据库没有回应，请检查它是否在运行、网络是否通"),
    ("connection", "连接不上数据库，请检查 KAOJI_DATABASE_URL，以及数据库是否在运行"),
)


def os_fault(error: OSError) -> str:
    """Return e.g. 文件或文件夹不存在：/where/it/was"""
    return f"{os_words(error)}：{error.filename}" if error.filename else os_words(error)


def database_fault(error: BaseException | None) -> str:
    """Return what can be done, else the driver's first line."""
    said = first_line(error)
    return next((words for sign, words in DATABASE_FAULTS if sign in said.lower()), f"数据库出错：{said}")


def first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [""])[0]
