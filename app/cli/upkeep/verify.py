"""kaoji verify: proof that a site is whole. Each check of the register names its faults, one line each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from app.actions.upkeep.chain_faults import audit_faults
from app.cli.click_in_chinese import database_fault, first_line
from app.cli.common import instance, opened
from app.cli.refusal import Told

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
    """检查数据是否完整、有没有被改动：每处问题一行，有问题时返回 1。什么也不改动。"""
    found = 0
    with opened(instance()) as app:
        for check in CHECKS:
            if not only or check.name in only:
                found += _told(check, app, Asked(logs))
    if found:
        raise Told


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
    except Exception as error:
        log.exception("the check %s failed", check.name)
        yield f"没有检查完：{type(error).__name__} {first_line(error)}"
