"""New passwords: what is refused, and that nothing else is."""

from __future__ import annotations

from datetime import date

import pytest
from make_common_passwords import TARGET, made

from app.rules.people.passwords import common_passwords, password_problem

PERSON = {
    "id_number": "31011519900307123X",
    "ticket_numbers": ("310119001010", "010123456789"),
    "phone": "13812345678",
    "birth": date(1990, 3, 7),
}


@pytest.mark.parametrize(
    "new",
    [
        "chun mian bu jue xiao",
        "春眠不觉晓处处闻啼鸟a",
        "Tr7!kq.wz2",
        "x" * 3 + "yzabcdefg1",
        " leading1space ",
        "aB" + "c4d" * 20 + "ef",
    ],
)
def test_a_good_password_is_taken(new):
    assert password_problem(new, **PERSON) is None


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("Tr7!kq.wz", "现在是 9 位"),
        ("a1" * 33, "最多 64 位"),
        ("abcdefghij", "至少 2 种"),
        ("1029384756", "至少 2 种"),
        ("zz07123Xzzzz", "证件号码"),
        ("zz07123xzzzz", "证件号码"),
        ("a31011519900307123x", "证件号码"),
        ("mm310119001010", "准考证号"),
        ("mm13812345678", "手机号码"),
        ("mima19900307", "出生日期"),
        ("mi1990-03-07", "出生日期"),
        ("mimama900307", "出生日期"),
        ("Password2024", "太常见"),
        ("woaini5201314", "太常见"),
        ("1qaz2wsx3edc", "太常见"),
        ("aaaaa11111", "太常见"),
        ("zikao123456", "太常见"),
        ("Tr7!kq.w\0z2", "无法输入"),
    ],
)
def test_a_bad_password_is_told_why(new, said):
    assert said in password_problem(new, **PERSON)


def test_staff_need_twelve_and_three_kinds():
    assert "至少 12 位" in password_problem("Tr7!kq.wz2a", kind="staff")
    assert "至少 3 种" in password_problem("tr7kqwz2abcd", kind="staff")
    assert password_problem("Tr7kqwz2abcd", kind="staff") is None


def test_what_is_typed_is_not_trimmed():
    assert "现在是 9 位" in password_problem("Tr7!kq.wz")
    assert password_problem("Tr7!kq.wz ") is None


def test_without_known_facts_nothing_personal_is_found():
    assert password_problem("Tr7!kq.wz2", id_number="", ticket_numbers=("",), phone="") is None


def test_the_bundled_list_is_the_generator_s_and_long_enough():
    stored = TARGET.read_text(encoding="utf-8").split()
    assert stored == made()
    assert len(common_passwords()) >= 3000
    assert min(map(len, stored)) >= 10
