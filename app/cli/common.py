"""Shared by the commands: instance, application, actor, console."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app import config as settings
from app.cli.migrations import refuse_mismatch
from app.cli.refusal import Fault
from app.config import DEMO, BadConfig, Config, folder, key
from app.config.places import Place
from app.models.health.guard import watch
from app.rules.calendar import from_local
from app.rules.people.roles import Actor

if TYPE_CHECKING:
    from flask import Flask


def prepare_console() -> None:
    """Print ? for characters the console lacks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


def instance(*, refuse_demo: bool = False) -> Config:
    """Return the instance's settings. Raises BadConfig without one, Fault for a demo if refused."""
    found = instance_at(settings.instance_path())
    if refuse_demo and found.demo:
        raise Fault(f"这是演示数据文件夹：{found.instance}（演示请用 kaoji demo，正式站点请用另一个文件夹）")
    return found


def instance_at(place: Path) -> Config:
    """Return the settings of that instance, whose files nobody else can read from now on. Raises BadConfig.

    An instance of before, whose folder is open, is closed whole, its key too; later an open key is refused. A demonstration
    holds nothing secret: on a disk that knows no users it stays as it is.
    """
    folder.refuse_foreign(place)
    kind = settings.kind_of(place)
    closed, seen = list[Path](), False
    with suppress(BadConfig) if kind == DEMO else nullcontext():
        if kind is not None and folder.is_open(place):
            settings.refuse_wrong(place)
            seen = kind != DEMO and folder.is_open(place / key.NAME)
            if seen:  # before it is closed: an interrupted command has said nothing yet
                key.note_seen(place)
            closed += folder.make_private([Place(place)])
    found = settings.load(place)
    with suppress(BadConfig) if kind == DEMO else nullcontext():
        closed += folder.make_private(found.private_places)
    if closed:
        places = "、".join(map(str, closed))
        click.echo(f"已收紧权限，现在只有用户 {folder.user(os.geteuid())} 能读：{places}", err=True)
    if seen:
        click.echo(key.told_seen(place), err=True)
    return found


@contextmanager
def opened(config: Config, *, check_schema: bool = True) -> Iterator[Flask]:
    """Yield the application in its context. Raises Fault for a database of another version."""
    from app import create_app
    from app.extensions import db

    app = create_app(config)
    with app.app_context():
        try:
            if check_schema:
                refuse_mismatch(config)
                watch(db.engine)
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def now(config: Config) -> datetime:
    """Return the present, aware UTC; in a demo the rehearsal clock's start."""
    return config.demo_now.astimezone(UTC) if config.demo_now else datetime.now(UTC)


def operator() -> Actor:
    """Return the system user as audit actor."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = ""
    return Actor("system", None, f"命令行 {name}".strip()[:80])


def parse_moment(text: str) -> datetime:
    """Return 2026-12-01, 2026-12-01 09:00 or 2026-12-01T09:00 (Beijing time) as aware UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo else from_local(moment)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"时间应写成 2026-12-01 或 2026-12-01T09:00，现在是 {text}") from None


@contextmanager
def progress_bar(rows: int, label: str) -> Iterator[Callable[[int], None]]:
    """Yield a function that adds finished rows to a bar, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    with click.progressbar(length=rows, label=label, file=sys.stderr) as bar:
        yield bar.update


class Moment(click.ParamType[datetime]):
    """A date or time in Beijing time."""

    name = "时间"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        return value if isinstance(value, datetime) else parse_moment(value)


def refuse_synced_folder(place: Path) -> None:
    """Raise Fault for a OneDrive folder: it copies and locks files during writes, which damages a database."""
    synced = [os.environ.get(name, "") for name in ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")]
    roots = [Path(root).resolve() for root in synced if root]
    inside = any(root == place or root in place.parents for root in roots)
    if inside or any(part.casefold().startswith("onedrive") for part in place.parts):
        raise Fault(f"数据文件夹在 OneDrive 里，同步会损坏数据库：{place}（请用 KAOJI_INSTANCE 指定别的位置）")


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return aligned columns; a Chinese character is two wide."""
    widths = [max(map(display_width, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        "  ".join(cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]
    return "\n".join(lines)


def display_width(text: str) -> int:
    """Return the terminal columns of a text."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
