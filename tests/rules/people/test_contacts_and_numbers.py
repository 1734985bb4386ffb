"""Contacts, money, masks, code lists and the numbers on certificates."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.evidence import kinds as evidence
from app.rules.papers import money
from app.rules.people import code_lists as codes
from app.rules.people import contacts, privacy

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    "typed", ["13812345678", " 138 1234 5678", "１３８１２３４５６７８", "+86 138-1234-5678", "008613812345678"]
)
def test_a_mobile_number_is_understood_however_it_is_typed(typed):
    assert contacts.phone_problem(typed) is None
    assert contacts.normalise_phone(typed) == "13812345678"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请填写"),
        ("1381234567", "现在是 10 位"),
        ("12812345678", "以 12 开头"),
        ("1381234567a", "只能有数字"),
        ("021-64511111", "13 至 19"),
    ],
)
def test_a_wrong_mobile_number_is_told_what_is_wrong(typed, said):
    assert said in contacts.phone_problem(typed)


def test_postcode_email_and_address():
    assert contacts.postcode_problem("２０００３０") is None
    assert "现在是 5 位" in contacts.postcode_problem("20003")
    assert contacts.postcode_problem("20003a")
    for good in (
        "",
        "li.na@example.com",
        "a+b@mail.sub.example.com.cn",
        "ｘ＠example.com".replace("ｘ", "x"),
        "123@qq.com",
    ):
        assert contacts.email_problem(good) is None
    for bad in (
        "a@b",
        "a@@b.com",
        "a b.com",
        ".a@b.com",
        "a@-b.com",
        "张@b.com",
        "a@b.c",
        "x" * 65 + "@b.com",
        "a@" + "b" * 250 + ".com",
    ):
        assert contacts.email_problem(bad)
    assert contacts.address_problem("上海市徐汇区钦州南路500号") is None
    assert "太短" in contacts.address_problem("上海")
    assert "现在是 101 个字" in contacts.address_problem("路" * 101)
    assert "U+0000" in contacts.address_problem("上海市徐汇区\0钦州南路")


@given(st.integers(-money.LARGEST_FEN, money.LARGEST_FEN))
def test_money_is_read_back_as_written(fen):
    assert money.parse_fen(money.format_fen(abs(fen))) == abs(fen)
    assert money.format_fen(fen).startswith("-") == (fen < 0)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("50", 5000), ("50.5", 5050), ("￥ 50.00", 5000), ("５０元", 5000), ("1,250.05", 125005), ("0", 0), ("0.01", 1)],
)
def test_money_is_understood_as_typed(typed, fen):
    assert money.parse_fen(typed) == fen


@pytest.mark.parametrize("typed", ["", "五十", "-1", "1e2", "1.005", "1,00", ".5", "1.", "0x10", "9" * 12, "NaN"])
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(money.BadAmount):
        money.parse_fen(typed)


def test_money_looks_like_money():
    assert money.format_fen(5000) == "¥ 50.00"
    assert money.format_fen(-5) == "-¥ 0.05"
    assert money.plain_yuan(123456) == "1234.56"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("林小雯", "林*雯"), ("赵敏", "赵*"), ("欧阳吹雪", "欧**雪"), ("阿依古·买买提", "阿依*·买买*"), ("艾力·买买提艾力", "艾*·买买***"),
     ("丹·增", "*·*"), ("阿卜杜·克里木•买买提", "阿卜*·克里*•买买*"), ("𠮷", "*"), ("", ""), ("John Smith", "J*** S****"), ("·", "*"), ("阿依·", "阿*·")],
)  # fmt: skip
def test_names_are_masked(name, shown):
    assert privacy.mask_name(name) == shown


def test_numbers_are_masked():
    assert privacy.mask_id("31011519900307123X") == "310**************X"
    assert privacy.mask_id("H12345678") == "H12*****8"
    assert privacy.mask_id("12345") == "1***5"
    assert privacy.mask_id("12") == "**"
    assert privacy.mask_phone("13812345678") == "138****5678"
    assert privacy.mask_phone("64511111") == "******11"


@given(st.text(alphabet=st.characters(exclude_characters=" \n\t*·•・‧･."), min_size=1, max_size=30))
def test_a_mask_always_hides_something_and_keeps_the_length(text):
    for mask in (privacy.mask_id, privacy.mask_phone):
        assert "*" in mask(text)
        assert len(mask(text)) == len(text)
    assert "*" in privacy.mask_name(text) or not text.strip()


def test_code_lists_have_no_repeats_and_find_their_names():
    for listed, size in (
        (codes.NATIONS, 58),
        (codes.POLITICAL_STATUSES, 13),
        (codes.PROVINCES, 35),
    ):
        assert len(dict(listed)) == len({name for _, name in listed}) == len(listed) == size
    assert (
        codes.code_of(codes.NATIONS, "维吾尔")
        == codes.code_of(codes.NATIONS, "维吾尔族")
        == codes.code_of(codes.NATIONS, "5")
        == "05"
    )
    assert codes.code_of(codes.NATIONS, "火星") is None
    assert codes.code_of(codes.NATIONS, "") is None
    assert codes.name_of(codes.PROVINCES, "31") == "上海"
    assert codes.name_of(codes.PROVINCES, "某地") == "某地"


def test_the_proof_follows_the_year_2002():
    assert [evidence.proof_kind_for(year) for year in (1999, 2001, 2002, 2026)] == [
        "report",
        "report",
        "record",
        "record",
    ]
    assert [slot.key for slot in evidence.slots_for("record")] == ["diploma_photo", "record_photo"]
    assert [slot.key for slot in evidence.slots_for("report")] == ["diploma_photo", "report_photo"]


def test_the_verification_code_is_cleaned_and_measured():
    assert evidence.record_code_problem(" ａ1b2 c3d4 e5f6 g7h8\n") is None
    assert evidence.clean_number(" ａ1b2 c3d4") == "A1B2C3D4"
    assert evidence.record_code_problem("A" * 9) == "在线验证码应为 12 至 18 位字母或数字，现在是 9 位"
    assert evidence.record_code_problem("A" * 12) is None
    assert evidence.record_code_problem("A" * 18) is None
    assert "19 位" in evidence.record_code_problem("A" * 19)
    assert evidence.record_code_problem("A1B2-C3D4-E5F6")
    assert "请填写" in evidence.record_code_problem(" ")


def test_report_and_diploma_numbers_are_only_refused_when_odd():
    for number in ("1234567", "12345678", "20012345", "沪认（2001）第12号"):
        assert evidence.report_number_problem(number) is None
    for number in ("", "1" * 31, "12<script>"):
        assert evidence.report_number_problem(number)
    for number in ("京字第0012号", "105741200606001234", "6531 0119 0010 1000 1"):
        assert evidence.diploma_number_problem(number) is None
    for number in (" ", "1\x00", "1" * 31):
        assert evidence.diploma_number_problem(number)


def test_an_unusual_diploma_number_is_a_warning_only_since_2002():
    assert "现在是 16 位" in evidence.diploma_number_warning("1" * 16, 2010)
    assert evidence.diploma_number_warning("1" * 18, 2010) is None
    assert evidence.diploma_number_warning("京字第12号", 1998) is None
    assert evidence.diploma_number_warning("1", None) is None


def test_the_day_of_the_diploma_is_not_to_come():
    assert evidence.diploma_date_problem(2026, 11, TODAY) is None
    assert "还没有到" in evidence.diploma_date_problem(2026, 12, TODAY)
    assert "还没有到" in evidence.diploma_date_problem(2027, 1, TODAY)
    assert evidence.diploma_date_problem(None, 1, TODAY) == "请选择年"
    assert evidence.diploma_date_problem(2020, None, TODAY) == "请选择月"
    assert evidence.diploma_date_problem(2020, 13, TODAY)
    assert evidence.diploma_date_problem(1900, 1, TODAY)
    assert evidence.diploma_province_problem("31", codes.PROVINCES) is None
    assert evidence.diploma_province_problem("", codes.PROVINCES) == "请选择省市"
