"""Papers as an independent reader finds them: whole, as typed, on as many pages as promised."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from app.adapters.documents import fonts
from app.adapters.documents.binding import bind
from app.adapters.documents.typeset import typeset
from app.services.graduation.papers import TEMPLATE

MADE = datetime(2026, 12, 28, 1, 2, 3, 456789, tzinfo=UTC)
COURSES = [
    {
        "code": f"{3700 + n:05}",
        "name": f"课程{n:02}毛泽东思想和中国特色社会主义理论体系概论"[: 6 + n % 20],
        "mark": "80",
        "credits": "5",
    }
    for n in range(40)
]
STATEMENT = "本人在自学考试期间遵守国家法律法规和考试纪律，学习态度端正。"
COMMON: dict[str, Any] = {
    "site": "考籍管理服务平台",
    "code": "7K3M-9QXA-2F4D",
    "verify": "https://kaoji.example/verify",
    "url": "https://kaoji.example/verify/7K3M9QXA2F4D",
    "photo": b"",
    "made-from": "回执编号 BY26-7F3A-92C1-0D4E",
    "number": "BY26-7F3A-92C1-0D4E",
    "name": "林晓雯",
    "ticket": "010126100001",
    "service": "申请毕业 · 2026 年下半年",
    "school": "华东某大学",
    "submitted": "2026 年 12 月 7 日 16:00",
}


def register(**over: Any) -> dict[str, Any]:
    return {
        **COMMON,
        "kind": "register",
        "template": TEMPLATE,
        "heading": "毕业生登记表",
        "sex": "女",
        "birth": "1995 年 3 月 2 日",
        "nation": "汉族",
        "politics": "中共预备党员",
        "id_label": "身份证号码",
        "id_number": "310101199503020012",
        "certificate": "",
        "major": "050101 汉语言文学",
        "level": "本科",
        "credits": "73（要求 73）",
        "occupation": "教师",
        "address": "上海市黄浦区某路 1 号",
        "postcode": "200001",
        "phone": "13812345678",
        "prior": {"number": "103311201806001234", "when": "2018 年 6 月", "province": "江苏"},
        "statement": STATEMENT * 10,
        "courses": COURSES[:13],
        "thesis": "良好",
        "school_opinion": {"text": "审查合格，准予毕业。", "date": "2026 年 12 月 20 日"},
        "office_opinion": None,
        "remarks": ["该专业至少修满 73 学分方可毕业。"],
        **over,
    }


def opinion(**over: Any) -> dict[str, Any]:
    review = {
        "title": "第 1 次提交 · 初审",
        "date": "2026 年 12 月 20 日",
        "decision": "退回修改",
        "who": "华东某大学",
        "message": "请修改。",
        "returned": [["自我鉴定", "#text(red)[内容不合要求] *x*"]],
        "waived": [["00540 外国文学史", "成绩待补录"]],
    }
    return {**COMMON, "kind": "opinion", "heading": "审核意见", "reviews": [review], **over}


def made(*papers: dict[str, Any]) -> PdfReader:
    return PdfReader(io.BytesIO(typeset(papers, made=MADE)))


def words(pdf: PdfReader) -> str:
    """All text without white space: line breaks are the typesetter's."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pdf.pages))


def test_the_same_data_gives_the_same_bytes() -> None:
    first = typeset([register()], made=MADE)
    typeset([register(name="别人")], made=MADE)
    assert typeset([register()], made=MADE) == first
    assert typeset([register(name="别人")], made=MADE) != first


@pytest.mark.parametrize("count", [0, 1, 13, 26, 39, 40])
def test_every_course_stands_on_the_form_and_two_pages_are_enough(count: int) -> None:
    pdf = made(register(courses=COURSES[:count]))
    text = words(pdf)
    assert len(pdf.pages) == 2
    for course in COURSES[:count]:
        assert course["code"] in text
        assert course["name"] in text


def test_forty_long_course_names_still_fit_on_two_pages() -> None:
    name = "毛泽东思想和中国特色社会主义理论体系概论（含课程实践与考核）"
    pdf = made(register(courses=[{**course, "name": name} for course in COURSES]))
    assert len(pdf.pages) == 2
    assert words(pdf).count(name) == 40


def test_an_800_character_statement_is_whole_with_its_rare_characters() -> None:
    statement = ("𬭎䶮㛃" + STATEMENT * 40)[:800]
    pdf = made(register(statement=statement, name="阿卜杜热合曼·麦麦提艾力江·阿不都克热木·吐尔逊", courses=COURSES))
    assert len(pdf.pages) == 2
    assert statement in words(pdf)
    assert "阿卜杜热合曼·麦麦提艾力江·阿不都克热木·吐尔逊" in words(pdf)


@pytest.mark.parametrize("length", [1, 300, 1200, 2000, 6000])
def test_a_statement_of_any_length_is_never_cut(length: int) -> None:
    statement = "".join(chr(0x4E00 + n % 5000) for n in range(length))
    text = words(made(register(statement=statement)))
    assert statement in re.sub(r"第\d页，共\d页|验证码.{0,200}?BY26-7F3A-92C1-0D4E", "", text)


def test_paragraphs_are_kept_apart_and_complete() -> None:
    statement = "第一段。\n\n  第二段，有“引号”和 -- 横线...\n第三段。"
    text = words(made(register(statement=statement)))
    for part in ("第一段。", "第二段，有“引号”和--横线...", "第三段。"):
        assert part in text


def test_text_that_looks_like_markup_is_printed_as_typed() -> None:
    name = '#text(red)[x]*b*$x$_i_@y<z>`c`\\n"q"//k'
    assert name in words(made(register(name=name, address=name, statement=name, school=name)))
    assert "#text(red)[内容不合要求]*x*" in words(made(opinion()))


def test_every_field_of_the_form_is_there() -> None:
    text = words(made(register(certificate="65624905121620071")))
    held = register()
    for field in (
        "name",
        "sex",
        "birth",
        "nation",
        "politics",
        "id_number",
        "ticket",
        "level",
        "school",
        "occupation",
        "postcode",
        "phone",
    ):
        assert re.sub(r"\s", "", held[field]) in text, field
    for label in (
        "曾用名", "籍贯", "户籍", "学历层次", "贴照片处", "学制", "助学方式", "单位及职务", "毕业院校", "原学专业", "原学历",
        "本人简历", "证明人", "奖励或处分",
        "自我鉴定", "思想品德鉴定", "毕业论文题目", "指导教师", "主考学校审批意见", "高等教育自学考试委员会审批意见", "备注",
    ):  # fmt: skip
        assert label in text, label
    for said in (
        "65624905121620071",
        "103311201806001234",
        "2018年6月",
        "江苏",
        "审查合格，准予毕业。",
        "2026年12月20日",
        "7K3M-9QXA-2F4D",
    ):
        assert said in text, said


def test_an_associate_has_no_prior_degree() -> None:
    assert "前置学历" not in words(made(register(prior=None, level="专科")))


def test_characters_that_no_font_has_are_named_and_never_printed_as_boxes() -> None:
    assert fonts.missing_characters("林晓雯·𬭎䶮㛃𰻝龘○ \n“”") == []
    assert fonts.missing_characters("张😀\U0002a6a5张😀") == ["😀", "\U0002a6a5"]
    assert "U+1F600" in (fonts.printing_problem("很好😀") or "")
    assert fonts.printing_problem("很好") is None
    text = words(made(register(name="张\U0002a6a5")))
    assert "张〓" in text
    assert "U+2A6A5" in text


def test_the_fonts_are_embedded() -> None:
    pdf = made(register())
    embedded = set()
    for page in pdf.pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert any(key in inner for key in ("/FontFile2", "/FontFile3"))
            embedded.add(str(inner["/FontName"]).split("+")[-1])
    assert {name.split("-")[0] for name in embedded} >= {"NotoSerifSC", "NotoSansSC"}


def test_a_portrait_is_on_the_form() -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (480, 640), (100, 197, 255)).save(out, "JPEG")
    with_photo = made(register(photo=out.getvalue()))
    assert "贴照片处" not in words(with_photo)
    assert len(with_photo.pages[0].images) == 1


def height_of(label: str, page: Any) -> float:
    """How far above the foot of the page a label stands, in points."""
    found: list[float] = []
    page.extract_text(visitor_text=lambda text, at, *_: found.append(at[5]) if text.startswith(label) else None)
    return found[0]


def test_few_courses_leave_the_lines_of_the_form_empty() -> None:
    short = [{**course, "name": "古代汉语"} for course in COURSES]
    few, many = (made(register(courses=short[:count])).pages[1] for count in (1, 24))
    assert height_of("毕业论文题目", few) == pytest.approx(height_of("毕业论文题目", many), abs=3)


@pytest.mark.parametrize(("kind", "who"), [("opinion", "审核单位"), ("payment", "收费单位")])
def test_papers_of_an_office_have_a_place_for_its_stamp(kind: str, who: str) -> None:
    paid = dict.fromkeys(("fee", "amount", "capitals", "paid", "way", "receipt"), "")
    text = words(made(opinion() if kind == "opinion" else {**COMMON, **paid, "kind": kind, "heading": "缴费凭证"}))
    assert f"（{who}盖章）年月日" in text


def test_papers_of_one_file_each_begin_on_a_new_sheet_and_count_their_own_pages() -> None:
    long = register(statement="".join(chr(0x4E00 + n) for n in range(2000)), name="长文")
    pdf = made(register(name="甲"), long, register(name="乙"), opinion(), register(name="丙"))
    first = [number for number, page in enumerate(pdf.pages) if "第1页" in re.sub(r"\s", "", page.extract_text())]
    assert len(first) == 5
    assert all(number % 2 == 0 for number in first)
    assert "第3页，共3页" in words(pdf)


def test_parts_are_bound_into_one_file_without_a_page_lost(tmp_path: Any) -> None:
    parts = [typeset([register(name=name)], made=MADE) for name in ("甲", "乙")] + [typeset([opinion()], made=MADE)]
    assert bind(iter(parts), tmp_path / "all.pdf") == 6
    text = words(PdfReader(tmp_path / "all.pdf"))
    assert text.count("高等教育自学考试毕业生登记表") == 2
    assert "审核意见" in text


def receipt(statement: str, rows: int = 22) -> dict[str, Any]:
    items = [[f"项目 {n}", "上海市黄浦区某路 1 号"] for n in range(rows)] + [["自我鉴定", statement]]
    return {**COMMON, "kind": "receipt", "heading": "申请回执", "items": items, "sha256": "ab" * 32}


def test_a_receipt_is_one_page_where_it_fits_and_is_cut_short_nowhere() -> None:
    usual = "".join(chr(0x4E00 + n) for n in range(800))  # the longest of the default window
    pdf = made(receipt(usual))
    assert len(pdf.pages) == 1
    assert usual in words(pdf)
    endless = "".join(chr(0x4E00 + n) for n in range(5000))
    pdf = made(receipt(endless))
    assert len(pdf.pages) > 1
    assert endless in re.sub(r"验证码.{0,120}?BY26-7F3A-92C1-0D4E|第\d页，共\d页", "", words(pdf))


def test_a_receipt_and_a_voucher_say_what_they_are_for() -> None:
    items = [["姓名", "林晓雯"], ["自我鉴定", STATEMENT * 30]]
    text = words(made({**COMMON, "kind": "receipt", "heading": "申请回执", "items": items, "sha256": "ab" * 32}))
    assert STATEMENT * 30 in re.sub(r"验证码.{0,120}?BY26-7F3A-92C1-0D4E|第\d页，共\d页", "", text)
    assert "BY26-7F3A-92C1-0D4E" in text
    paid = {
        **COMMON,
        "kind": "payment",
        "heading": "缴费凭证",
        "fee": "毕业审定费",
        "amount": "¥ 50.00",
        "capitals": "人民币伍拾元整",
        "paid": "2026 年 12 月 30 日 10:00",
        "way": "现场缴费",
        "receipt": "A0012",
    }
    text = words(made(paid))
    for said in ("¥50.00", "人民币伍拾元整", "A0012", "现场缴费"):
        assert said in text
