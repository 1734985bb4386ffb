"""New passwords: what is refused, and that nothing else is."""

from __future__ import annotations

from datetime import date

import pytest
from make_common_passwords import TARGET, made

from app.rules.people import telling_words
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


@pytest.mark.parametrize(
    "new", ["ab", "zhangsan", "zhangsan" * 9, "zhangsan07123X", "ZhangSan1234", "zhangsan\0", "kaoji-zhangsan"]
)
def test_of_all_that_is_wrong_the_name_is_told_first(new: str) -> None:
    given = "阿彬" if new == "ab" else "张三"
    assert "姓名" in (password_problem(new, **PERSON, name=given) or "")


@pytest.mark.parametrize("new", ["zm.07", "ZM.07", "ｚｍ．０７", "zm.07" * 20, "zhouming-zm.07"])
def test_of_all_that_is_wrong_the_user_name_is_told_before_anything_else(new: str) -> None:
    assert "用户名" in (password_problem(new, name="周明", username="zm.07", kind="staff") or "")


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


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("欧阳晓雯", "OuYang-xiaowen-7"), ("欧阳晓雯", "xiaowen_2026!"), ("欧阳晓雯", "XiaoWenOuYang8"), ("欧阳晓雯", "晓雯万岁a-2026"),
        ("欧阳晓雯", "oyxw@20268899"), ("单田芳", "shantianfang#1"), ("单田芳", "chantianfang#1"), ("单田芳", "Dan.Tian.Fang8"), ("吕布韦", "lvbuwei-2026"),
        ("吕布韦", "lyubuwei-2026"), ("吕布韦", "LuBuWei-2026"), ("曾国藩", "zengGF!2026!"), ("张三", "zhangsan-2026"), ("张三", "ZhangSan@2026"),
        ("张三", "zh4ng$4n.2026"), ("张三", "ZS-2026-8899"), ("张三", "Z#S2026-8899"), ("仇英", "qiuying20268"), ("李安", "lian-2026-88"),
        ("阿依古丽·买买提", "AYiGuLi-maimaiti"), ("赵喆", "zhaozhe_8899"), ("解晓东", "xiexiaodong1"), ("覃小敏", "qinxiaomin8."), ("Anna Smith", "annasmith-88"),
    ],
)  # fmt: skip
def test_no_password_is_made_of_a_name_however_it_is_read(name: str, new: str) -> None:
    assert "姓名" in (password_problem(new, name=name) or "")


@pytest.mark.parametrize(
    ("name", "new"),
    [("李安", "Liangliang-river7"), ("王芳", "wang-river-2288"), ("张三", "zebra-Song-2288"), ("李", "lilac-river-77"), ("", "zhangsan-2026"), ("\u3400", "lilac-river-77")],
)  # fmt: skip
def test_what_only_looks_a_little_like_a_name_is_taken(name: str, new: str) -> None:
    assert password_problem(new, name=name) is None


@pytest.mark.parametrize(
    "new",
    [
        "ma-1990-3-7-lu", "ma1990.03.07lu", "ma/1990/3/7/lu", "1990年3月7日hua", "一九九〇年三月七日", "１９９００３０７hua", "hua07031990!", "hua03/07/1990", "hua7.3.1990",
        "hua-7-Mar-1990", "March7,1990-hua", "hua1990mar07", "hua90-03-07!", "huahua-0307!", "huahua199037", "hua_1990_03_07",
    ],
)  # fmt: skip
def test_no_password_holds_the_birth_date_however_it_is_written(new: str) -> None:
    assert "出生日期" in (password_problem(new + "x" * (10 - len(new)), birth=date(1990, 3, 7)) or "")


@pytest.mark.parametrize("new", ["huahua-703071!", "huahua-1990-mao", "hua-19910307a"[:-1] + "9", "marching-7-hua"])
def test_other_figures_are_taken(new: str) -> None:
    assert password_problem(new, birth=date(1990, 3, 7)) is None


@pytest.mark.parametrize(
    "new",
    [
        "KaoJi-river-77",
        "k@0j1-river-77",
        "river考籍-2288",
        "ziKao!river7",
        "自考river-2288",
        "ＫＡＯＪＩ-river7",
        "k.a.o.j.i-9988",
    ],
)
def test_no_password_holds_a_word_of_the_platform(new: str) -> None:
    assert "平台" in (password_problem(new) or "")


def test_the_table_of_syllables_knows_every_common_character() -> None:
    common = {
        bytes([high, low]).decode("gb2312")
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
        if not (high == 0xD7 and low > 0xF9)
    }
    known = {character for _, characters in telling_words._table() for character in characters}
    assert len(common) == 6763
    assert common <= known


@pytest.mark.parametrize(
    ("password", "name"),
    [
        ("LÜBU-8842-xq", "吕布"),
        ("lü-bu-8842-XQ", "吕布"),
        ("lu\u0308bu-8842-XQ", "吕布"),
        ("liáohuī-8842-XQ", "廖辉"),
        ("LIÀO.HUĪ.8842", "廖辉"),
        ("José8842-xq", "José"),
    ],
)
def test_marks_over_letters_hide_no_name(password: str, name: str) -> None:
    assert "姓名" in (password_problem(password, name=name) or "")


@pytest.mark.parametrize(
    "password", ["zxks8842-XQ71", "ZXKS!8842!71", "z-x-k-s-884271", "kj-88427193", "ZKZ88427193", "kāojí-8842-XQ"]
)
def test_neither_do_marks_or_initials_hide_the_platform(password: str) -> None:
    assert "平台" in (password_problem(password) or "")


@pytest.mark.parametrize("password", ["zkRiver-8842-xq", "Bookshelf-884271"])
def test_short_initials_inside_of_other_letters_tell_nothing(password: str) -> None:
    assert password_problem(password) is None
