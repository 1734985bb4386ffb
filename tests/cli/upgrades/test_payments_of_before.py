"""Payments recorded on the spot name who recorded them, from the audit of before; a receipt stays unique."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import app.cli.migrations as migrations
from app.config import REAL, load, stamp_instance
from tests.cli.old_site import downgrade_to, fill, insert, site, upgrade_to

AT = "2026-11-24 04:00:00"
PAYMENTS = {1: ("offline", "staff", 7), 2: ("offline", "system", None), 3: ("training", "gateway", None)}
"""Gateway, and who is named in the audit."""


def paid(connection: sa.Connection) -> None:
    """Three fees of one application, paid in each way."""
    member: dict[str, Any] = {"username": "caiwu", "name": "陈财务", "role": "finance", "school_code": ""}
    insert(connection, "staff", id=7, active=True, created_at=AT, **member)
    for ident, (gateway, kind, who) in PAYMENTS.items():
        order: dict[str, Any] = {
            "number": f"D{ident}",
            "fee": f"费用{ident}",
            "state": "paid",
            "paid_by": gateway,
            "receipt": "",
        }
        insert(
            connection,
            "fee_order",
            id=ident,
            application_id=1,
            examinee_id=1,
            amount=5000,
            created_at=AT,
            paid_at=AT,
            **order,
        )
        payment: dict[str, Any] = {"gateway": gateway, "trade_number": f"T{ident}", "verdict": "paid", "raw": ""}
        insert(connection, "payment_event", id=ident, order_id=ident, amount=5000, received_at=AT, **payment)
        words = {
            "actor_label": "",
            "actor_role": "",
            "address": "",
            "detail": "{}",
            "action": "order.paid",
            "subject": "order",
        }
        insert(connection, "audit_event", id=ident, at=AT, actor_kind=kind, actor_id=who, subject_id=ident, **words)


def test_who_recorded_a_payment_is_taken_from_the_audit(tmp_path: Path, database: str) -> None:
    stamp_instance(tmp_path / "site", REAL)
    config = load(tmp_path / "site", {"KAOJI_DATABASE_URL": database} if database else {})
    upgrade_to(config, "0001")
    with migrations._connection(config, write=True) as connection, connection.begin():
        fill(connection)
        paid(connection)
    migrations.migrate(config)
    asked = sa.text("SELECT id, recorded_by, verdict, correction FROM payment_event ORDER BY id")
    with migrations._connection(config, write=True) as connection:
        found = [tuple(row) for row in connection.execute(asked)]
        assert found == [(ident, who, "paid", "") for ident, (_, _, who) in PAYMENTS.items()]
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(
                sa.text("UPDATE payment_event SET gateway = 'offline', trade_number = 't1' WHERE id = 2")
            )


OLD_RECEIPTS = ((1, "XU-1", "paid"), (2, "ＸＵ－１", "corrected"), (3, "xu-1", "paid"), (4, "Xu-1", "paid"))
"""id, receipt as typed, verdict."""


def test_receipts_of_before_have_one_form_and_the_ones_recorded_twice_stay(tmp_path: Path, database: str) -> None:
    config = site(tmp_path / "site", database)
    upgrade_to(config, "0019")
    with migrations._connection(config, write=True) as connection, connection.begin():
        for ident, number, verdict in OLD_RECEIPTS:
            corrected = {"correction": "看错", "corrected_at": AT} if verdict == "corrected" else {"correction": ""}
            row = {"gateway": "offline", "trade_number": number, "verdict": verdict, "raw": "", **corrected}
            insert(connection, "payment_event", id=ident, amount=5000, received_at=AT, **row)
        training = {"gateway": "training", "trade_number": "XU-1", "verdict": "paid", "raw": "{}", "correction": ""}
        insert(connection, "payment_event", id=9, amount=5000, received_at=AT, **training)
    asked = sa.text("SELECT trade_number, raw FROM payment_event ORDER BY id")
    migrations.migrate(config)
    with migrations._connection(config) as connection:
        assert [tuple(row) for row in connection.execute(asked)] == [
            ("XU-1", ""),
            ("xu-1", "ＸＵ－１"),
            ("xu-1", ""),
            ("Xu-1", ""),
            ("XU-1", "{}"),
        ]
    downgrade_to(config, "0019")
    with migrations._connection(config) as connection:
        assert [row.trade_number for row in connection.execute(asked)] == [*(row[1] for row in OLD_RECEIPTS), "XU-1"]


def test_a_schools_text_that_is_not_about_paying_holds_after_completion_too(tmp_path: Path, database: str) -> None:
    stamp_instance(tmp_path / "site", REAL)
    config = load(tmp_path / "site", {"KAOJI_DATABASE_URL": database} if database else {})
    upgrade_to(config, "0005")
    texts = {"1": "请携带身份证领取毕业证书。", "2": "请在缴费时间内支付。", "3": ""}
    with migrations._connection(config, write=True) as connection, connection.begin():
        for code, words in texts.items():
            insert(connection, "school", code=code, name=code, phone="", address="", website="", instructions=words)
    migrations.migrate(config)
    asked = sa.text("SELECT code, completion_instructions FROM school ORDER BY code")
    with migrations._connection(config) as connection:
        assert {row.code: row.completion_instructions for row in connection.execute(asked)} == {**texts, "2": ""}
