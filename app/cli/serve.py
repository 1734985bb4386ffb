"""kaoji serve: run the site."""

from __future__ import annotations

from contextlib import ExitStack

import click

from app.cli.common import instance, refuse_synced_folder
from app.cli.migrations import is_sqlite, migrate, refuse_mismatch
from app.cli.serving import log_lines
from app.cli.serving.database_check import guarded
from app.cli.serving.locks import Lock
from app.cli.serving.server import serve as run


@click.command("serve")
def serve() -> None:
    """提供服务，直到按 Ctrl-C 或收到停止信号。"""
    from app import create_app

    log_lines.install()
    config = instance(refuse_demo=True)
    with ExitStack() as held:
        lock = None
        if is_sqlite(config):
            refuse_synced_folder(config.instance)
            lock = held.enter_context(Lock(config.instance))
            copy = migrate(config, existing=True)
            if copy:
                click.echo(f"数据库已升级，升级前的副本：{copy}")
        else:
            refuse_mismatch(config)
        run(guarded(create_app(config), config, lock), config, said="考籍平台已启动：{address}（按 Ctrl-C 停止）")
