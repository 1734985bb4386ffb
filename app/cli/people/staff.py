"""kaoji staff: accounts of reviewers and administrators."""

from __future__ import annotations

import click
from sqlalchemy import select

from app.cli.common import instance, now, opened, operator, table
from app.cli.refusal import Fault
from app.config import TOTP_REQUIRED
from app.rules.people.roles import SCHOOL_ROLES, STAFF_ROLES


@click.group("staff")
def staff() -> None:
    """工作人员账号。"""


@staff.command("add")
@click.argument("username", metavar="用户名")
@click.option("--name", required=True, help="姓名")
@click.option("--role", required=True, type=click.Choice(list(STAFF_ROLES)), help="角色")
@click.option("--school", default="", help="学校代码（主考学校审核员必填）")
def add(username: str, name: str, role: str, school: str) -> None:
    """添加账号，显示一次性登录码。"""
    from app.actions.people.staff import create_staff

    config = instance()
    with opened(config):
        code = create_staff(username, name, role, school, by=operator(), on=now(config))
    click.echo(f"已添加 {username}（{STAFF_ROLES[role]}）\n一次性登录码：{code}（24 小时内有效，只显示这一次）")


@staff.command("list")
def show() -> None:
    """列出账号。"""
    from app.extensions import db
    from app.models import Staff

    with opened(instance()):
        rows = [
            (row.username, row.name, STAFF_ROLES[row.role], row.school_code, "使用中" if row.active else "已停用")
            for row in db.session.scalars(select(Staff).order_by(Staff.username))
        ]
    click.echo(table(("用户名", "姓名", "角色", "学校", "状态"), rows) if rows else "还没有账号。")


@staff.command("role")
@click.argument("username", metavar="用户名")
@click.argument("role", metavar="角色", type=click.Choice(list(STAFF_ROLES)))
@click.option("--school", default="", help="学校代码；仍是主考学校的角色而不写时，学校不变")
def role(username: str, role: str, school: str) -> None:
    """改角色（或学校），正在登录的立即退出。"""
    from app.actions.people.staff import change_role
    from app.extensions import db
    from app.models import Staff

    config = instance()
    with opened(config):
        ident = _id_of(username)
        if not school and role in SCHOOL_ROLES:
            school = db.session.scalar(select(Staff.school_code).where(Staff.id == ident)) or ""
            db.session.rollback()
        changed = change_role(ident, role, school, by=operator(), on=now(config))
    if not changed:
        click.echo(f"{username} 已经是{STAFF_ROLES[role]}，没有改动")
        return
    at = f"（学校 {school}）" if school else ""
    click.echo(f"{username} 现在是{STAFF_ROLES[role]}{at}，须重新登录；分配给本人的申请已退回未分配")


@staff.command("disable")
@click.argument("username", metavar="用户名")
def disable(username: str) -> None:
    """停用账号，正在登录的立即退出。"""
    from app.actions.people.staff_access import disable_staff

    config = instance()
    with opened(config):
        disable_staff(_id_of(username), by=operator(), on=now(config))
    click.echo(f"已停用 {username}")


@staff.command("reset")
@click.argument("username", metavar="用户名")
@click.option("--second-factor", is_flag=True, help="只取消两步验证和恢复码，密码不变；手机和恢复码都丢了的人用")
def reset(username: str, second_factor: bool) -> None:
    """密码作废，显示新的一次性登录码；或者取消两步验证。"""
    from app.actions.people.second_factor import reset_totp
    from app.actions.people.staff_access import reset_staff

    config = instance()
    with opened(config):
        ident = _id_of(username)
        if second_factor:
            done = reset_totp(ident, by=operator(), on=now(config))
            again = "，下次用密码登录时重新设置" if config.staff_totp == TOTP_REQUIRED else "，登录后可以重新设置"
            click.echo(
                f"已取消 {username} 的两步验证和恢复码{again}。密码不变；密码也忘了的，再运行一次，不写 --second-factor"
                if done
                else f"{username} 没有设置两步验证，没有改动"
            )
            return
        code = reset_staff(ident, by=operator(), on=now(config), secret=config.secret_key)
    click.echo(f"一次性登录码：{code}（24 小时内有效，只显示这一次）")


def _id_of(username: str) -> int:
    from app.actions.people.sign_in import normalise_username
    from app.extensions import db
    from app.models import Staff

    found = db.session.scalar(select(Staff.id).where(Staff.username == normalise_username(username)))
    db.session.rollback()
    if found is None:
        raise Fault(f"没有这个账号：{username}")
    return found
