"""Amounts in the files of finance are numbers that can be added up, and a workbook has their sums."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from app.actions.exports.exports import Narrowed, export
from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import open_order
from app.rules.people.roles import Actor
from tests import builders
from tests.reviewing import PAYING, actor, approved, myself

CLI = Actor("system", None, "命令行")
LATE = PAYING + timedelta(days=60)


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.fixture
def two_paid_one_open(both: Flask) -> None:
    for number in ("粤财 0001", "粤财0002"):
        record_offline(approved().public_id, number, by=actor(builders.staff("finance")), on=PAYING)
    unpaid = approved()
    open_order(unpaid.public_id, by=myself(unpaid), on=PAYING)


@pytest.mark.usefixtures("two_paid_one_open")
def test_orders_have_numbers_and_sums(tmp_path: Path) -> None:
    path = tmp_path / "订单.xlsx"
    assert export("orders", path, narrowed=Narrowed(), columns=None, by=CLI, on=PAYING) == 3
    found = sheets(path)
    place = found["订单"][0].index("金额（元）")
    assert [row[place] for row in found["订单"][1:]] == [50.0, 50.0, 50.0]
    assert found["合计"] == [
        ["状态", "笔数", "金额（元）"],
        ["已支付", 2.0, 100.0],
        ["待支付", 1.0, 50.0],
        ["收款合计（只算已支付的）", 2.0, 100.0],
    ]


@pytest.mark.usefixtures("two_paid_one_open")
def test_without_its_state_a_sum_of_orders_does_not_call_itself_received(tmp_path: Path) -> None:
    path = tmp_path / "订单.xlsx"
    export("orders", path, narrowed=Narrowed(), columns=["number", "amount"], by=CLI, on=PAYING)
    assert sheets(path)["合计"][1:] == [["各种状态一起，不是收款", 3.0, 150.0]]


@pytest.mark.usefixtures("two_paid_one_open")
def test_who_owes_has_numbers_and_sums_too(tmp_path: Path) -> None:
    path = tmp_path / "待缴费.xlsx"
    assert export("unpaid", path, narrowed=Narrowed(), columns=None, by=CLI, on=LATE) == 1
    assert sheets(path)["合计"][1:] == [["逾期未缴费", 1.0, 50.0], ["合计", 1.0, 50.0]]
    assert export("unpaid", path, narrowed=Narrowed(), columns=["ticket"], by=CLI, on=LATE) == 1
    assert list(sheets(path)) == ["待缴费名单", "导出说明"]  # no amount, no sum


@pytest.mark.usefixtures("two_paid_one_open")
def test_a_csv_has_plain_numbers(tmp_path: Path) -> None:
    path = tmp_path / "订单.csv"
    export("orders", path, narrowed=Narrowed(), columns=["amount", "state"], by=CLI, on=PAYING)
    lines = path.read_text("utf-8-sig").splitlines()
    assert lines == [
        "金额（元）,状态",
        '50.00,"已支付"',
        '50.00,"已支付"',
        '50.00,"待支付"',
    ]  # a command's has no 导出说明


@pytest.mark.usefixtures("app")
def test_an_empty_list_sums_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "订单.xlsx"
    assert export("orders", path, narrowed=Narrowed(), columns=None, by=CLI, on=PAYING) == 0
    assert sheets(path)["合计"][1:] == [["收款合计（只算已支付的）", 0.0, 0.0]]
