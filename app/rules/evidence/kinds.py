"""前置学历凭证: slots, upload limits, numbers (manual 3.1.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.rules.text import LONGEST_CODE, normalised, unprintable_problem

MAX_FILE_BYTES = 1_048_576
"""单个文件不超过 1M (manual 3.1.5), as 2**20 bytes."""
LENIENT_BYTES = 20 * 2**20
"""Upload limit for phone photos, in windows that are not strict; stored files have at most MAX_FILE_BYTES."""
MAX_PNG_PIXELS = 40_000_000
MAX_JPEG_PIXELS = 120_000_000
"""Larger: a JPEG is reduced while decoding."""
LONGEST_SIDE = 4096
"""Pixels; larger pictures are reduced, none is enlarged."""
SHORTEST_LONG_SIDE = 1600
"""Pixels; pictures are not reduced below this to fit."""
MAX_ASPECT = 20
"""Length by width, beyond which it shows no paper."""

HEIC_TYPES = ("image/heic", "image/heif", ".heic", ".heif")
PHOTO_TYPES = ("image/jpeg", "image/png")

RECORDED_SINCE = 2002
EARLIEST_DIPLOMA_YEAR = 1949
NUMBER_LONGEST = 30
YOUNGEST_GRADUATE = 14
"""Age in years below which a diploma's date is asked about."""

ProofKind = Literal["record", "report"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one picture of a paper."""

    key: str
    label: str
    paper: str


RECORD, REPORT = "record_photo", "report_photo"
SLOTS = (
    Slot("diploma_photo", "前置学历毕业证书照片", "毕业证书"),
    Slot(RECORD, "学历证书电子注册备案表照片", "学历证书电子注册备案表"),
    Slot(REPORT, "中国高等教育学历认证报告照片", "中国高等教育学历认证报告"),
)
SLOT_BY_KEY = {slot.key: slot for slot in SLOTS}

_RECORD_CODE = re.compile("[A-Z0-9]{12,18}")
_RECORD_WORDS = "在线验证码应为 12 至 18 位字母或数字"
_REPORT_NUMBER = re.compile(r"[A-Z0-9\u4e00-\u9fff()\[\]/.-]+")


def photo_words(*, strict: bool) -> str:
    """Return what a photo of a paper must be, in every place that says so (manual 3.1.5); `strict`: as the window has it."""
    return f"图像应清晰完整，文字方向朝上。{photo_file_words(strict=strict)}"


def photo_file_words(*, strict: bool) -> str:
    """Return what the file of any photo must be."""
    rule = "JPG 或 PNG 格式，单个文件不超过 1 MB。"
    if strict:
        return rule
    most = LENIENT_BYTES // 2**20
    return f"{rule}手机拍的大照片（含 HEIC，{most} MB 以内）可以直接上传，平台会自动转正并压缩到 1 MB 以内。"


def photo_types(*, strict: bool) -> str:
    """Return the `accept` of a file field that takes what `photo_words` says."""
    return ",".join(PHOTO_TYPES if strict else (*PHOTO_TYPES, *HEIC_TYPES))


def slots_for(kind: str) -> tuple[Slot, ...]:
    """Return the slots to fill for this proof, with the diploma's."""
    return SLOT_BY_KEY["diploma_photo"], SLOT_BY_KEY[f"{kind}_photo"]


def proof_kind_for(year: int) -> ProofKind:
    """Return the default proof for a diploma: 备案表 since 2002, 认证报告 before (manual 3.1.5).

    Not enforced: some diplomas since 2002 are unregistered and need the report.
    """
    return "record" if year >= RECORDED_SINCE else "report"


def clean_number(text: str) -> str:
    """Normalise a code: NFKC, no white space or zero-width characters, upper case."""
    return re.sub("[\\s\u200b-\u200f\u2060\ufeff]", "", normalised(text, "NFKC", LONGEST_CODE)).upper()


def record_code_problem(text: str) -> str | None:
    """Return the fault of a 备案表's 在线验证码 (12-18; 16 today, 12 before), or None."""
    code = clean_number(text)
    if not code:
        return "请填写备案表上的在线验证码"
    if not re.fullmatch("[A-Z0-9]+", code):
        return f"{_RECORD_WORDS}，请去掉其他字符"
    if not _RECORD_CODE.fullmatch(code):
        return f"{_RECORD_WORDS}，现在是 {len(code)} 位"
    return None


def report_number_problem(text: str) -> str | None:
    """Return the fault of a 认证报告's 报告编号, or None. Its length is not published."""
    number = clean_number(text)
    if not number:
        return "请填写认证报告的报告编号"
    if len(number) > NUMBER_LONGEST:
        return f"报告编号最多 {NUMBER_LONGEST} 个字符，现在是 {len(number)} 个"
    if not _REPORT_NUMBER.fullmatch(number):
        return "报告编号中有不常见的字符，请照报告上的编号填写"
    return None


def diploma_number_problem(text: str) -> str | None:
    """Return the fault of a diploma's number, or None. Older numbers have no common form."""
    if unprintable := unprintable_problem(text):
        return f"毕业证书编号{unprintable}"
    number = clean_number(text)
    if not number:
        return "请填写毕业证书编号"
    if len(number) > NUMBER_LONGEST:
        return f"毕业证书编号最多 {NUMBER_LONGEST} 个字符，现在是 {len(number)} 个"
    return None


def diploma_number_warning(text: str, year: int | None) -> str | None:
    """Return a hint if unusual: since 2002 numbers have 17 or 18 digits. `year` None: not chosen."""
    number = clean_number(text)
    if not number or year is None or year < RECORDED_SINCE or re.fullmatch("[0-9]{17,18}", number):
        return None
    now = f"现在是 {len(number)} 位" if number.isdigit() else "现在含有其他字符"
    return f"2002 年以后的毕业证书编号一般是 17 或 18 位数字，{now}。请与证书核对，一致就可以继续"


def diploma_date_problem(year: int | None, month: int | None, today: date) -> str | None:
    """Return the fault of 获取凭证时间, or None. `today` in the site's zone."""
    if year is None:
        return "请选择年"
    if month is None:
        return "请选择月"
    if year < EARLIEST_DIPLOMA_YEAR or not 1 <= month <= 12:
        return "获取凭证时间不对，请重新选择年和月"
    if (year, month) > (today.year, today.month):
        return f"{year} 年 {month} 月还没有到，请核对毕业证书上的时间"
    return None


def diploma_age_question(year: int | None, month: int | None, born: date | None) -> str | None:
    """Return the question about a diploma obtained before the person was YOUNGEST_GRADUATE; asked, not refused.

    Without a month the whole year counts; `born` None: unknown.
    """
    if year is None or born is None:
        return None
    if (year, month or 12) >= (born.year + YOUNGEST_GRADUATE, born.month):
        return None
    when = f"{year} 年 {month} 月" if month else f"{year} 年"
    return (
        f"{when}你还不满 {YOUNGEST_GRADUATE} 岁（{born.year} 年 {born.month} 月出生），毕业证书的时间是不是选错了？"
        "请与证书核对；没有选错的，请在备注中说明，可以继续"
    )


def diploma_province_problem(code: str, codes: tuple[tuple[str, str], ...]) -> str | None:
    """Return the fault of 获取凭证省份, or None. `codes`: app.rules.people.code_lists.PROVINCES."""
    return None if code in dict(codes) else "请选择省市"
