"""kaoji evidence: pictures that were put away, back or away."""

from __future__ import annotations

import click

from app.cli.common import instance, now, opened, operator
from app.cli.refusal import Fault


@click.group("evidence")
def evidence() -> None:
    """凭证照片的文件。"""


@evidence.command("restore")
def restore() -> None:
    """把隔离区里有记录的照片放回原处。"""
    from app.actions.evidence import sweep
    from app.actions.evidence.whole import lost_pictures

    config = instance()
    with opened(config) as app:
        store = app.extensions["kaoji.store"]
        done = sweep.restore(store, by=operator(), on=now(config))
        still = lost_pictures()
    click.echo(f"放回 {done} 个文件。")
    if still:
        click.echo(f"还有 {still} 张照片有记录而没有文件，或文件损坏，隔离区里也没有：请从备份找回。", err=True)


@evidence.command("lost")
@click.option("--yes", is_flag=True, help="不再询问")
def lost(yes: bool) -> None:
    """照片的文件夹确实找不回来：没有文件的都记为缺失，站点可以再启动。"""
    from app.actions.evidence import sweep
    from app.cli.serving.pictures_check import folder_fault, store_of_files

    config = instance()
    with opened(config) as app:
        fault, store = folder_fault(app), store_of_files(app)
        if not fault or store is None:
            raise Fault("照片在它们的文件夹里，没有什么要做的；个别缺失的，站点自己会记下")
        click.echo(fault, err=True)
        if not yes:
            click.confirm("磁盘接上了也没有，备份里也没有，确定记为缺失吗？", abort=True, err=True)
        store.begin()
        number = sweep.declare_lost(store, by=operator(), on=now(config))
    click.echo(f"{number} 张照片记为缺失，考生会被告知重新上传。文件找回来了，放回原处，站点自己会认出来。")


@evidence.command("sweep")
@click.option("--yes", is_flag=True, help="不再询问")
def sweep(yes: bool) -> None:
    """把没有记录的文件移到隔离区，多到自动整理停下来的也移。"""
    from app.actions.evidence import sweep as sweeping

    config = instance()
    with opened(config) as app:
        store = app.extensions["kaoji.store"]
        strays, files = sweeping.strays_of(store, on=now(config))
        if strays and not yes:
            click.echo(
                f"{files} 个文件里有 {len(strays)} 个没有记录。多半是数据库不对（空的，或较早的备份）：先核对数据库。",
                err=True,
            )
            click.confirm("确定数据库是对的，把这些文件移到隔离区吗？", abort=True, err=True)
        moved = sweeping.put_away_anyway(store, strays, by=operator(), on=now(config))
    click.echo(f"移走 {moved} 个文件；需要时用 kaoji evidence restore 放回有记录的。")
