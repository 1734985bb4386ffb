"""Why items are returned: the catalogue that reviewers choose from, its places, and the words that are filled in.

The seeds are domain.md §7.2, worded for the examinee. A site edits them (app.actions.review.reasons); a reviewer may always write
something else, and what is stored of a return is the text that was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.rules.plans.eligibility import Assessment
from app.rules.plans.eligibility.summary import reason_code

COURSE, CREDITS = "course", "credits"
PLACEHOLDERS = {COURSE: "这一件尚缺的课程", CREDITS: "已修和要求的学分"}
BLANK = "＿＿"  # stands where nothing could be filled in; a return that still holds one is not sent
MOST_LABEL, MOST_TEXT = 20, 300  # characters
MOST_COURSES = 6  # named in one text; the others are counted
_BRACES = re.compile(r"\{[^{}]*\}|[{}]")

# every item that can be returned, by step, with the words of the page (tests/web/staff/file/test_reasons_on_the_file.py holds them together)
PLACES: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("profile", "个人信息", (
        ("profile.name", "姓名"), ("profile.id_number", "身份证号码"), ("profile.sex", "性别"), ("profile.birth_date", "出生日期"),
        ("profile.ticket", "准考证号"), ("profile.phone", "手机号码"), ("profile.email", "电子邮箱"), ("profile.address", "通讯地址"),
        ("profile.postcode", "邮政编码"), ("profile.nation", "民族"), ("profile.political_status", "政治面貌"),
        ("profile.occupation", "职业"), ("profile.portrait", "本人照片"),
    )),
    ("scores", "登记成绩", (
        ("scores.major", "毕业专业"), ("scores.extra_option", "加考情形"), ("scores.assessment", "学分与课程"),
        ("scores.missing_reason", "缺少成绩的说明"),
    )),
    ("statement", "自我鉴定", (("statement.statement", "自我鉴定"),)),
    ("prior_degree", "前置学历凭证", (
        ("prior_degree.diploma_number", "毕业证书编号"), ("prior_degree.diploma_year", "毕业证书获取时间"),
        ("prior_degree.diploma_province", "毕业证书获取省份"), ("prior_degree.diploma_photo", "毕业证书照片"),
        ("prior_degree.diploma_remark", "毕业证书备注"), ("prior_degree.proof_kind", "第二种凭证"),
        ("prior_degree.record_code", "在线验证码"), ("prior_degree.record_photo", "备案表照片"),
        ("prior_degree.record_remark", "备案表备注"), ("prior_degree.report_number", "报告编号"),
        ("prior_degree.report_photo", "认证报告照片"), ("prior_degree.report_remark", "认证报告备注"),
    )),
)  # fmt: skip
SPECIAL = ("R03", "R04", "R05")  # 实践, 论文, 加考: never said of another course
PHOTOS = ("prior_degree.diploma_photo", "prior_degree.record_photo", "prior_degree.report_photo")


@dataclass(frozen=True, slots=True)
class Seed:
    """One line of domain.md §7.2. `places`: keys of steps or items; none: it fits every item. `active`: offered at first."""

    code: str
    label: str
    text: str
    places: tuple[str, ...]
    active: bool = True


SEEDS = (
    Seed("R08", "证书编号与照片不一致", "证书编号与证书照片不一致", ("prior_degree.diploma_number", "prior_degree.diploma_photo")),
    Seed("R10", "在线验证码错误或过期", "在线验证码错误或已过期", ("prior_degree.record_code", "prior_degree.record_photo")),
    Seed("R07", "学信网查询不到", "前置学历在学信网查询不到", ("prior_degree",)),
    Seed("R13", "图像不清晰或不是原件", "图像不清晰、不完整、方向不正或不是原件", PHOTOS),
    Seed("R09", "传成了学籍验证报告", "上传的是学籍验证报告，须为学历证书电子注册备案表", ("prior_degree.record_photo", "prior_degree.record_code")),
    Seed("R11", "须提供学历认证报告", "2002 年以前毕业须提供学历认证报告", ("prior_degree",)),
    Seed("R12", "姓名或证件号码不一致", "姓名或证件号码与前置学历不一致，须附公安机关证明", ("profile.name", "profile.id_number", "prior_degree")),
    Seed("R17", "材料不齐", "材料不齐", ("prior_degree",)),
    Seed("R01", "课程没有合格成绩", "课程【{course}】未取得合格成绩", ("scores",)),
    Seed("R02", "总学分不足", "总学分不足，{credits}", ("scores",)),
    Seed("R03", "实践环节未合格", "实践环节【{course}】未考核或未合格，学分不完整", ("scores",)),
    Seed("R04", "毕业论文未完成", "毕业论文（设计）【{course}】未完成或成绩未录入", ("scores",)),
    Seed("R05", "加考课程未完成", "加考课程【{course}】未完成", ("scores",)),
    Seed("R05-2", "加考选项不符", "加考选项与前置学历专业不符", ("scores.extra_option", "scores.major", "prior_degree")),
    Seed("R06", "课程不能顶替", "新旧计划课程不能互相顶替，或顶替关系未办理", ("scores",)),
    Seed("R21", "缺成绩说明不成立", "缺成绩说明不成立，请联系主考学校补录成绩后再申请", ("scores.missing_reason",)),
    Seed("R20", "转考未完成", "转考尚未完成，或转入后未满规定门数", ("scores",)),
    Seed("R22", "专业已停止办理毕业", "所报专业已停止办理毕业", ("scores.major",)),
    Seed("R14", "照片不符合规格", "照片不符合规格（背景、尺寸、遮挡或翻拍）", ("profile.portrait",)),
    Seed("R15", "自我鉴定不合要求", "自我鉴定内容不合要求", ("statement",)),
    Seed("R16", "思想品德鉴定不合要求", "思想品德鉴定未盖章或不合格", ("statement",), active=False),
    Seed("R18", "停考期或推迟毕业期内", "在停考期或推迟毕业期内", ("profile.ticket", "scores.major")),
    Seed("R19", "已申请、已毕业或已转出", "已申请、已毕业，或考籍已转出", ("profile.ticket", "scores.major")),
    Seed("R00", "填写有误", "填写有误，请核对后重新填写", ()),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One reason that can be chosen now. `own`: it belongs to one school only."""

    id: int
    code: str
    label: str
    text: str
    places: tuple[str, ...]
    own: bool = False


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a line about courses is filled with: code of the kind of shortage (R01 …) and `代码 名称` of each missing course,
    and the credits in words."""

    courses: tuple[tuple[str, str], ...] = ()
    credits: str = ""


def text_problem(text: str) -> str | None:
    """What is wrong with the words of a reason; None when nothing is."""
    if not text or len(text) > MOST_TEXT:
        return f"退回时给考生看的文字应为 1 至 {MOST_TEXT} 字，现在是 {len(text)} 字"
    known = {f"{{{name}}}" for name in PLACEHOLDERS}
    wrong = [found for found in _BRACES.findall(text) if found not in known]
    if wrong:
        return f"不认识 {'、'.join(dict.fromkeys(wrong))}，大括号只能写成 {'、'.join(sorted(known))}"
    return None


def known_place(key: str) -> bool:
    """Is this a step or an item that a reason can be kept for?"""
    return any(key == step or key in dict(items) for step, _, items in PLACES)


def place_words(places: Iterable[str]) -> str:
    """个人信息、毕业证书照片 …; every item where none is named."""
    names = {key: label for step, title, items in PLACES for key, label in ((step, title), *items)}
    return "、".join(names.get(key, key) for key in places) or "每一项"


def offered(entries: Sequence[Entry], item: str) -> list[Entry]:
    """The reasons for an item: those of the item itself, then of its step, then those for everything; in their order."""
    ranked = [(_closeness(entry.places, item), number, entry) for number, entry in enumerate(entries)]
    return [entry for rank, _, entry in sorted(ranked, key=lambda row: row[:2]) if rank < 3]


def _closeness(places: Sequence[str], item: str) -> int:
    if not places:
        return 2
    found = [key for key in places if item == key or (item.startswith(key) and item[len(key)] in "._")]
    return 3 if not found else 0 if any("." in key for key in found) else 1


def lacking_of(assessment: Assessment | None) -> Lacking:
    """What the assessment says is missing; nothing where there is none."""
    if assessment is None:
        return Lacking()
    codes = [reason_code(each) for each in assessment.missing]
    names = [f"{code} {name}".strip() for code, name in assessment.missing_courses()]
    credits = f"已修 {assessment.credits_earned} / 要求 {assessment.credits_needed}"
    return Lacking(tuple(zip(codes, names, strict=True)), credits)


def filled(entry: Entry, item: str, lacking: Lacking) -> str:
    """The text for one line. A line that is not about courses, or misses none, keeps a blank for the reviewer to fill in.

    A reason for one kind of shortage names the courses of that kind; that of any course (R01) all where there is none such.
    """
    if "{" not in entry.text:
        return entry.text
    about = lacking if item.startswith("scores.") else Lacking()
    kind = entry.code.partition("-")[0]
    courses = [name for code, name in about.courses if code == kind]
    if not courses and kind not in SPECIAL:
        courses = [name for _, name in about.courses]
    named = "、".join(courses[:MOST_COURSES])
    if len(courses) > MOST_COURSES:
        named += f"等 {len(courses)} 门"
    return entry.text.replace(f"{{{COURSE}}}", named or BLANK).replace(f"{{{CREDITS}}}", about.credits or BLANK)
