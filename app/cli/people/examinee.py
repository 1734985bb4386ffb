"""kaoji examinee: operations on one examinee."""

from __future__ import annotations

import click
from sqlalchemy import select

from app.cli.common import instance, now, opened, operator
from app.cli.people.corrections import correct_examinee
from app.cli.refusal import Fault


@click.group("examinee")
def examinee() -> None:
    """考生账号。"""


examinee.add_command(correct_examinee)


@examinee.command("reset")
@click.argument("id_number", metavar="证件号码")
def reset(id_number: str) -> None:
    """密码作废，显示一次性登录码；在电话里或当面核对过是本人再用。"""
    from app.actions.people.accounts import issue_reset_code
    from app.extensions import db
    from app.models import Examinee
    from app.rules.people.identity import normalise_id
    from app.rules.people.privacy import mask_id

    config = instance()
    with opened(config):
        person = db.session.execute(
            select(Examinee.id, Examinee.name).where(Examinee.id_number == normalise_id(id_number))
        ).one_or_none()
        db.session.rollback()
        if person is None:
            raise Fault("没有这个证件号码的考生，请核对")
        code = issue_reset_code(person.id, by=operator(), secret=config.secret_key, on=now(config))
    click.echo(f"{person.name}（{mask_id(id_number)}）的一次性登录码：{code}（24 小时内有效，只显示这一次）")
