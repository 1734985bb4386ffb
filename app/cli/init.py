"""kaoji init: a new real instance and its first administrator."""

from __future__ import annotations

import click
from sqlalchemy import select

from app import config as settings
from app.cli.as_typed import as_typed
from app.cli.common import instance, now, opened, operator, refuse_synced_folder
from app.cli.migrations import is_made, is_sqlite, migrate
from app.cli.refusal import Fault
from app.cli.serving.locks import Lock
from app.cli.upkeep.identity import refuse_remaking
from app.config import DEMO, REAL, Config, folder, key, places

NEXT = """\

接下来，照下面的命令输入：
{first}  1. 启动站点，用上面的用户名和一次性登录码在 {address}staff/login 登录，设置密码：
     {kaoji} serve
  2. 导入主考学校（之后依次把 schools 换成 plans、examinees、scores，各导入一次）：
     {kaoji} import schools 学校.xlsx
  3. 开放{service}（名称和时间换成你们的）：
     {kaoji} window open 2026年下半年 --opens 2026-12-01T09:00 --closes 2026-12-31T17:00
  4. 添加审核员（用户名、姓名和学校代码换成实际的）：
     {kaoji} staff add zhouming --name 周明 --role school_reviewer --school 10001
数据都在：{folder}
"""


@click.command("init")
@click.option("--username", default="admin", show_default=True, help="第一个管理员的用户名")
@click.option("--name", default="管理员", show_default=True, help="第一个管理员的姓名")
def init(username: str, name: str) -> None:
    """建立数据文件夹、数据库和第一个管理员；重复运行是安全的。"""
    from app.actions.people.staff import check_names
    from app.actions.services import services

    check_names(username, name)  # before anything is created
    config = _stamped()
    if not is_made(config):
        refuse_remaking(config)
    if is_sqlite(config):
        with Lock(config.instance):
            migrate(config)
    else:
        migrate(config)
    with opened(config):
        code = _first_administrator(config, username, name)
    typed = as_typed()
    if code:
        click.echo(f"管理员：{username}\n一次性登录码：{code}（24 小时内有效，只显示这一次）")
        address = f"http://{config.host}:{config.port}/"
        first = "".join(f"  {line}\n" for line in typed.first)
        given = {"address": address, "folder": config.instance, "service": services()[0].title}
        click.echo(NEXT.format(kaoji=typed.command, first=first, **given))
    else:
        click.echo(f"这里已有管理员，没有再建。忘记密码请用：{typed.command} staff reset 用户名")
        click.echo(f"手机和恢复码都丢了请用：{typed.command} staff reset --second-factor 用户名")
        for line in typed.first:
            click.echo(line)
        click.echo(f"数据都在：{config.instance}")


def _stamped() -> Config:
    place = settings.instance_path()
    refuse_synced_folder(place)
    folder.refuse_foreign(place)
    if settings.kind_of(place) == DEMO:
        raise Fault(f"这是演示数据文件夹，不能改作正式站点：{place}（请用 KAOJI_INSTANCE 指定另一个文件夹）")
    new = settings.kind_of(place) is None
    if not new or settings.has_database(place):
        key.refuse_absent(place / key.NAME)
    else:
        places.refuse_taken(place)
    settings.stamp_instance(place, REAL)
    if new and folder.WINDOWS and not folder.windows_access(place):
        click.echo(f"没有设成 {place} 的访问权限，请按管理员手册“数据在哪里”里的 icacls 命令设置", err=True)
    return instance(refuse_demo=True)


def _first_administrator(config: Config, username: str, name: str) -> str | None:
    from app.actions.people.staff import create_staff
    from app.extensions import db
    from app.models import Staff

    if db.session.scalar(select(Staff.id).where(Staff.role == "admin").limit(1)) is not None:
        return None
    db.session.rollback()
    return create_staff(username, name, "admin", by=operator(), on=now(config))
