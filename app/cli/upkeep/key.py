"""kaoji key: a new secret.key in place of one that is lost or known to others."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from app import config as settings
from app.actions.audit import record
from app.cli import migrations
from app.cli.common import instance, now, opened, operator
from app.cli.refusal import Fault
from app.cli.serving.locks import Lock
from app.config import folder, mark
from app.config import key as keys
from app.models.base import transaction

WARNING = """\
换密钥以后：
  所有人须重新登录；
  工作人员的恢复码作废，在“工作人员”页重新生成；
  名单里带来的“初始密码”作废（证件号码后六位的不受影响），要用的请重新导入那份名单；
  以前的密钥留在 {kept}，核对以前的操作记录要用，和备份一起保管。"""


@click.group("key")
def key() -> None:
    """密钥 secret.key。"""


@key.command("renew")
@click.option("--yes", is_flag=True, help="不再询问")
def renew(yes: bool) -> None:
    """换一个新的密钥：原来的丢失了，或者可能被别人读过。先停止服务。"""
    place = settings.instance_path()
    folder.refuse_foreign(place)
    if mark.kind_of(place) is None:
        raise Fault(mark.why_none(place))
    with Lock(place):
        _renew(place, place / f"{keys.NAME}.{datetime.now(UTC):%Y%m%d-%H%M%S}", yes)
    click.echo("密钥已换。")


def _renew(place: Path, kept: Path, yes: bool) -> None:
    """The database learns of the new key first: an interrupted change is refused at the next start, and is done again.

    A database of a former version is upgraded afterwards: `kaoji upgrade` itself refuses a bad key.
    """
    new, path = place / f"{keys.NAME}.new", place / keys.NAME
    new.unlink(missing_ok=True)
    keys.make(place, new.name)
    try:
        config = settings.load(place, key_file=new)
        migrations.refuse_other(config)
        click.echo(WARNING.format(kept=kept), err=True)
        if not yes:
            click.confirm("现在换吗？", abort=True, err=True)
        migrations.remember_key(config)
    except BaseException:
        new.unlink()
        raise
    if path.exists():
        path.chmod(0o600)
        os.replace(path, kept)
    os.replace(new, path)
    copy = migrations.migrate(instance(), existing=True)
    if copy:
        click.echo(f"数据库已升级，升级前的副本：{copy}")
    with opened(instance()), transaction() as session:
        record(session, on=now(config), by=operator(), action="key.renewed", subject="site", subject_id=None)
