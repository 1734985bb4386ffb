"""kaoji demo: a local demonstration with invented people."""

from __future__ import annotations

import json
import shutil
import time

import click

from app import config as settings
from app.cli.common import instance_at, now, opened, refuse_synced_folder, table
from app.cli.migrations import is_made, is_sqlite, migrate
from app.cli.refusal import Fault
from app.cli.serving.database_check import guarded
from app.cli.serving.locks import Lock
from app.cli.serving.server import serve
from app.config import DEMO, Config
from app.config.folder import refuse_foreign
from app.rules.people.roles import STAFF_ROLES

ACCOUNTS = "demo-accounts.json"
UNFINISHED = {"evidence", "secret.key"}  # contents of a folder not yet stamped


@click.command("demo")
@click.option("--reset", is_flag=True, help="丢弃演示数据，重新生成")
def demo(reset: bool) -> None:
    """生成（或沿用）演示数据并在本机提供服务，显示网址和各种账号。"""
    from app import create_app

    config = _stamped()
    with Lock(config.instance) as lock:
        if reset and (config.instance / ACCOUNTS).exists() and _imported(config):
            click.confirm("演示数据里有后来导入的内容，确定全部丢弃吗？", abort=True, err=True)
        if reset or not (config.instance / ACCOUNTS).exists() or not is_made(config):
            _build(config)
        else:
            migrate(config)
            if config.demo_now is None:  # a rehearsal may pass every deadline
                _keep_open(config)
        serve(guarded(create_app(config), config, lock), config, said=_summary(config))


def _stamped() -> Config:
    folder = settings.instance_path(default="instance/demo")
    refuse_synced_folder(folder)
    refuse_foreign(folder)
    kind = settings.kind_of(folder)
    if kind is None and folder.exists() and {entry.name for entry in folder.iterdir()} - UNFINISHED:
        raise Fault(f"这个文件夹里已有别的内容，不能用来演示：{folder}（请用 KAOJI_INSTANCE 指定一个空文件夹）")
    if kind not in (None, DEMO):
        raise Fault(f"这是正式站点的数据文件夹，不能用来演示：{folder}（请用 KAOJI_INSTANCE 指定另一个文件夹）")
    if kind is None:
        settings.stamp_instance(folder, DEMO)
    config = instance_at(folder)
    own = is_sqlite(config) and str(config.instance.as_posix()) in config.database_url
    if not own or config.instance not in config.evidence_folder.resolve().parents:
        raise Fault("演示数据只放在自己的文件夹里，请去掉 KAOJI_DATABASE_URL 和 KAOJI_STORAGE_URL")
    return config


def _imported(config: Config) -> bool:
    """Whether something was imported besides the demonstration's data."""
    from sqlalchemy import select

    from app.demo.build import MAKER
    from app.extensions import db
    from app.models import AuditEvent

    with opened(config, check_schema=False):
        found = select(AuditEvent.id).where(AuditEvent.action.like("import.%"), AuditEvent.actor_label != MAKER.label)
        return db.session.scalar(found.limit(1)) is not None


def _build(config: Config) -> None:
    """Build the data; the accounts file is last, so an interrupted build is repeated."""
    from app.demo.build import build

    started = time.monotonic()
    click.echo("正在生成演示数据……", err=True)
    (config.instance / ACCOUNTS).unlink(missing_ok=True)
    for file in config.instance.glob("kaoji.sqlite3*"):
        file.unlink()
    shutil.rmtree(config.evidence_folder, ignore_errors=True)
    config.evidence_folder.mkdir(parents=True, exist_ok=True)
    migrate(config)
    with opened(config):
        accounts = build(config, now(config))
    text = json.dumps([account.to_json() for account in accounts], ensure_ascii=False, indent=2)
    part = config.instance / f"{ACCOUNTS}.part"
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(config.instance / ACCOUNTS)
    click.echo(f"用时 {time.monotonic() - started:.0f} 秒", err=True)


def _keep_open(config: Config) -> None:
    from app.demo.build import keep_open

    with opened(config):
        keep_open(now(config))


def _summary(config: Config) -> str:
    accounts = json.loads((config.instance / ACCOUNTS).read_text(encoding="utf-8"))
    rows = [
        (
            "考生" if each["role"] == "examinee" else STAFF_ROLES[each["role"]],
            each["login"],
            each["password"],
            each["ticket"] or "",
            SITUATIONS.get(each["situation"] or "", each["situation"] or ""),
        )
        for each in accounts
    ]
    captcha = f"\n验证码可填 {config.demo_captcha}" if config.demo_captcha else ""
    return (
        f"{table(('角色', '登录名', '密码', '准考证号', '情形'), rows)}\n\n"
        f"演示站点已启动：{{address}}（工作人员 {{address}}staff/login，按 Ctrl-C 停止）{captcha}\n"
        f"数据都是虚构的，账号也写在 {config.instance / ACCOUNTS}"
    )


SITUATIONS = {
    "new_bachelor": "本科，课程齐全，从未登录（初始密码）",
    "complete_bachelor": "本科，课程齐全，可申请",
    "complete_associate": "专科，课程齐全，可申请",
    "one_course_missing": "本科，缺一门课程",
    "extra_courses": "本科，专业有加考要求",
    "two_tickets": "有两个准考证号",
    "graduated": "所报专业已毕业",
    "returned": "申请被退回，待修改",
    "pending_school": "已提交，待初审",
    "pending_office": "初审通过，待终审",
    "approved_unpaid": "审核通过，待缴费",
    "paid": "已缴费，已办结",
}
