"""kaoji verify: proof that a site is whole. Each check of the register names its faults, one line each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from app.actions.evidence.file_faults import picture_faults
from app.actions.upkeep.chain_faults import audit_faults
from app.actions.upkeep.database_faults import database_faults
from app.cli.click_in_chinese import database_fault, first_line, os_fault
from app.cli.common import instance, opened
from app.cli.refusal import Told
from app.cli.serving import log_lines
from app.models.base import transaction
from app.models.health.facts import VERIFIED, note

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was told besides which checks."""

    logs: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name on the command line, its title, and what yields its faults, a clear Chinese line each."""

    name: str
    title: str
    faults: Callable[[Any, Asked], Iterator[str]]


CHECKS = (
    Check("database", "数据库", lambda app, asked: database_faults()),
    Check("pictures", "照片", lambda app, asked: picture_faults(app.extensions["kaoji.store"], on=datetime.now(UTC))),
    Check("audit", "操作记录", lambda app, asked: audit_faults(app.extensions["kaoji"].audit_head, asked.logs)),
)  # fmt: skip


@click.command("verify")
@click.option("--only", multiple=True, type=click.Choice([check.name for check in CHECKS]), help="只做这些检查")
@click.option(
    "--log",
    "logs",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="服务器的日志，与其中记下的审计链末端核对",
)
def verify(only: tuple[str, ...], logs: tuple[Path, ...]) -> None:
    """检查数据是否完整、有没有被改动：每处问题一行，有问题时返回 1。什么也不改动，只记下结果。"""
    log_lines.install(hooks=False)
    found = 0
    with opened(instance()) as app:
        for check in CHECKS:
            if not only or check.name in only:
                found += _told(check, app, Asked(logs))
        if not only:
            _remember(found)
    if found:
        raise Told


def _remember(faults: int) -> None:
    """Write the result down: while the last one was not clean, nothing is deleted from quarantine."""
    try:
        with transaction() as session:
            note(session, VERIFIED, {"faults": faults}, datetime.now(UTC))
    except OperationalError:
        click.echo("结果没有记下来：数据库不能写。", err=True)


def _told(check: Check, app: Any, asked: Asked) -> int:
    """Write the check's faults and its result; return their number."""
    number = 0
    for fault in _faults(check, app, asked):
        number += 1
        click.echo(f"{check.title}：{fault}", err=True)
    click.echo(f"{check.title}：{f'有问题，{number} 行' if number else '没有发现问题'}")
    return number


def _faults(check: Check, app: Any, asked: Asked) -> Iterator[str]:
    """A check that fails itself is a fault, and the others go on."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield from check.faults(app, asked)
    except DBAPIError as error:
        yield f"没有检查完：{database_fault(error.orig)}"
    except OSError as error:
        yield f"没有检查完：{os_fault(error)}"
    except Exception as error:
        log.exception("the check %s failed", check.name)
        yield f"没有检查完：{type(error).__name__} {first_line(error)}"
