"""kaoji upgrade: upgrade the database."""

from __future__ import annotations

import click

from app.cli.common import instance
from app.cli.migrations import is_sqlite, migrate
from app.cli.serving.locks import Lock


@click.command("upgrade")
def upgrade() -> None:
    """把数据库升级到程序的版本（SQLite 先留一份副本）。"""
    config = instance(refuse_demo=True)
    if is_sqlite(config):
        with Lock(config.instance):
            copy = migrate(config, existing=True)
        if copy:
            click.echo(f"升级前的副本：{copy}")
    else:
        migrate(config, existing=True)
    click.echo("数据库已是当前版本。")
