"""前置学历凭证 (manual 3.1.5), 本科 only: two papers; the diploma's year preselects the second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import Form, StringField

from app.adapters.documents.fonts import printing_problem
from app.rules.case import Case
from app.rules.evidence.codes import WRONG_PAPER, is_student_report, mismatch, mismatch_words
from app.rules.evidence.kinds import (
    EARLIEST_DIPLOMA_YEAR,
    SLOT_BY_KEY,
    clean_number,
    diploma_age_question,
    diploma_date_problem,
    diploma_number_problem,
    diploma_number_warning,
    diploma_province_problem,
    photo_words,
    proof_kind_for,
    record_code_problem,
    report_number_problem,
    slots_for,
)
from app.rules.evidence.legibility import in_words, legibility_hints
from app.rules.people.code_lists import PROVINCES
from app.rules.people.identity import birth_date_of
from app.rules.submission import Item
from app.rules.text import clean_line
from app.services.graduation.words import PROOF_KINDS
from app.wizard.field_inputs import Input
from app.wizard.forms import LONGEST_NUMBER
from app.wizard.step import Step

PROVINCE_NAMES = {key: name for code, name in PROVINCES for key in (code, name)}
PROVINCE_CHOICES = [(name, name) for _, name in PROVINCES]
KIND_CHOICES = (
    ("record", PROOF_KINDS["record"], "2002 年及以后毕业的考生上传，可在学信网免费下载"),
    ("report", PROOF_KINDS["report"], "2002 年以前毕业，或学信网没有注册信息的考生上传"),
)
KIND_HINT = "按获取凭证的年份选好，可以改。“学籍在线验证报告”不是备案表"
RECORD_HINT = (
    "《教育部学历证书电子注册备案表》上的在线验证码，12 至 18 位字母或数字。注意：“学籍在线验证报告”不是备案表"
)
MONTHS = [(str(month), f"{month} 月") for month in range(1, 13)]
REMARK_LONGEST = 200


class PriorDegreeForm(Form):
    """Names and labels; PriorDegree.errors validates, mostly by kind of proof."""

    diploma_number = StringField("编号")
    diploma_year = StringField("获取凭证时间（年）")
    diploma_month = StringField("获取凭证时间（月）")
    diploma_province = StringField("获取凭证省份")
    diploma_remark = StringField("毕业证书备注")
    proof_kind = StringField("凭证种类")
    record_code = StringField("在线验证码")
    record_remark = StringField("备案表备注")
    report_number = StringField("报告编号")
    report_remark = StringField("认证报告备注")


class PriorDegree(Step):
    slug, title, short, form = "prior-degree", "前置学历凭证", "前置学历", PriorDegreeForm

    def applies(self, case: Case) -> bool:
        """Skip 专科 (manual 3.1.5); until a major is chosen the step is shown."""
        return case.answer("scores").get("level") != "专科"

    def clean(self, name: str, text: str) -> str:
        if name in ("record_code", "report_number"):
            return clean_number(text)
        text = clean_line(text)
        if name == "diploma_province":
            return PROVINCE_NAMES.get(text, text)
        number = _number(text) if name in ("diploma_year", "diploma_month") else None
        return text if number is None else str(number)

    def read_posted(self, case: Case, posted: Mapping[str, str]) -> dict[str, str]:
        """Derive the kind of proof from a changed year, unless another was chosen.

        Changed and chosen since the page was made: what an earlier request of the same page left is no choice of the person.
        """
        values = super().read_posted(case, posted)
        year, _, kind = posted.get("made", "").partition(".")
        if kind not in PROOF_KINDS:
            year, kind = case.answer(self.key).get("diploma_year", ""), self.kind(case.answer(self.key))
        now, chosen = values.get("diploma_year", ""), values.get("proof_kind", kind) != kind
        if _number(now) is not None and now != year and not (chosen and values["proof_kind"] in PROOF_KINDS):
            values["proof_kind"] = self.kind({"diploma_year": now})
        return values

    def _may_choose(self, case: Case) -> bool:
        return case.open("prior_degree.proof_kind")

    def kind(self, values: Mapping[str, str]) -> str:
        """Return record or report; record while the year is unknown."""
        kind = values.get("proof_kind", "")
        if kind in PROOF_KINDS:
            return kind
        year = _number(values.get("diploma_year", ""))
        return "record" if year is None else proof_kind_for(year)

    def slots(self, case: Case) -> Sequence[str]:
        return list(SLOT_BY_KEY)

    def errors(self, case: Case, values: Mapping[str, str]) -> dict[str, list[str]]:
        kind = self.kind(values)
        year, month = (_number(values.get(name, "")) for name in ("diploma_year", "diploma_month"))
        dated = year is None or month is not None
        found = {
            "diploma_number": diploma_number_problem(values.get("diploma_number", "")),
            "diploma_year": diploma_date_problem(year, month, case.today) if dated else None,
            "diploma_month": "请选择月" if month is None else None,
            "diploma_province": diploma_province_problem(values.get("diploma_province", ""), tuple(PROVINCE_CHOICES)),
            "diploma_photo": self._photo_problem(case, "diploma_photo", "毕业证书照片"),
            "diploma_remark": _remark_problem(values.get("diploma_remark", "")),
        }
        if kind == "record":
            found["record_code"] = record_code_problem(values.get("record_code", ""))
            found["record_photo"] = self._photo_problem(case, "record_photo", "备案表照片")
            found["record_remark"] = _remark_problem(values.get("record_remark", ""))
        else:
            found["report_number"] = report_number_problem(values.get("report_number", ""))
            found["report_photo"] = self._photo_problem(case, "report_photo", "认证报告照片")
            found["report_remark"] = _remark_problem(values.get("report_remark", ""))
        for name in found:
            found[name] = found[name] or printing_problem(values.get(name, ""))
        return {name: [text] for name, text in found.items() if text and case.open(f"prior_degree.{name}")}

    def _photo_problem(self, case: Case, slot: str, words: str) -> str | None:
        if slot not in case.evidence:
            return f"请上传{words}"
        trouble = case.evidence[slot].trouble
        return f"{words}{trouble}，请重新上传" if trouble else None

    def hints(self, case: Case) -> dict[str, list[str]]:
        """Return legibility warnings, and codes in pictures that differ from the typed ones."""
        values = self.load(case)
        typed = {"record_photo": values.get("record_code", ""), "report_photo": values.get("report_number", "")}
        found: dict[str, list[str]] = {}
        if question := self._age_question(case, values):
            found["diploma_year"] = [question]
        for slot in slots_for(self.kind(values)):
            picture = case.evidence.get(slot.key)
            if picture is None:
                continue
            words = in_words(legibility_hints(picture.measures, picture.width, picture.height))
            other = mismatch(slot.key, picture.codes, typed.get(slot.key, ""))
            if other:
                words.append(mismatch_words(other, typed[slot.key]))
            if is_student_report(slot.key, picture.label, picture.codes):
                words.append(WRONG_PAPER)
            if words:
                found[slot.key] = words
        return found

    def _age_question(self, case: Case, values: Mapping[str, str]) -> str | None:
        year, month = (_number(values.get(name, "")) for name in ("diploma_year", "diploma_month"))
        return diploma_age_question(year, month, case.examinee.birth_date or birth_date_of(case.examinee.id_number))

    def context(self, case: Case, values: Mapping[str, str]) -> dict[str, Any]:
        year = _number(values.get("diploma_year", ""))
        return {
            "kind": self.kind(values),
            "warning": diploma_number_warning(values.get("diploma_number", ""), year),
            "age_question": self._age_question(case, values),
            "may_choose": self._may_choose(case),
            "photo_words": photo_words(strict=case.window.strict_files),
        }

    def inputs(self, case: Case, values: Mapping[str, str]) -> Mapping[str, Input]:
        kind, plain = self.kind(values), {"autocomplete": "off"}
        made = f"{values.get('diploma_year', '')}.{kind}"
        years = [(str(y), f"{y} 年") for y in range(case.today.year, EARLIEST_DIPLOMA_YEAR - 1, -1)]
        remark, photo = Input(near="备注", optional=True), "凭证（前置学历毕业证书照片）"
        found = {
            "diploma_number": Input(hint="毕业证书上的证书编号", attrs=plain),
            "diploma_year": Input("select", options=years, empty="请选择年", width="w-m", live=True),
            "diploma_month": Input(
                "select", options=MONTHS, empty="请选择月", width="w-m", of="diploma_year", live=True
            ),
            "diploma_province": Input("select", options=PROVINCE_CHOICES, empty="请选择省市", width="w-m"),
            "diploma_photo": Input("picture", "毕业证书照片", photo),
            "diploma_remark": remark,
            "proof_kind": Input(
                "radios", "第二种凭证", hint=KIND_HINT, options=KIND_CHOICES, live=True, chosen=kind, made=made
            ),
        }
        if kind == "record":
            code = {**plain, "autocapitalize": "characters", "spellcheck": "false"}
            return found | {
                "record_code": Input(hint=RECORD_HINT, width="w-m", attrs=code),
                "record_photo": Input("picture", "备案表照片", "凭证（备案表照片）"),
                "record_remark": remark,
            }
        return found | {
            "report_number": Input(hint="认证报告上的报告编号", width="w-m", attrs=plain),
            "report_photo": Input("picture", "认证报告照片", "凭证（认证报告照片）"),
            "report_remark": remark,
        }

    def items(self, case: Case) -> list[Item]:
        values = self.load(case)
        kind = self.kind(values)
        year, month = values.get("diploma_year", ""), values.get("diploma_month", "")
        return [
            self._text("diploma_number", "毕业证书编号", values),
            Item("prior_degree.diploma_year", "毕业证书获取时间", f"{year} 年 {month} 月" if year and month else ""),
            self._text("diploma_province", "毕业证书获取省份", values),
            self._picture("diploma_photo", "毕业证书照片", case),
            self._text("diploma_remark", "毕业证书备注", values),
            Item("prior_degree.proof_kind", "第二种凭证", PROOF_KINDS[kind]),
            *(self._record(case, values) if kind == "record" else self._report(case, values)),
        ]

    def _record(self, case: Case, values: Mapping[str, str]) -> list[Item]:
        return [
            self._text("record_code", "在线验证码", values),
            self._picture("record_photo", "备案表照片", case),
            self._text("record_remark", "备案表备注", values),
        ]

    def _report(self, case: Case, values: Mapping[str, str]) -> list[Item]:
        return [
            self._text("report_number", "报告编号", values),
            self._picture("report_photo", "认证报告照片", case),
            self._text("report_remark", "认证报告备注", values),
        ]

    def _text(self, name: str, label: str, values: Mapping[str, str]) -> Item:
        return Item(f"prior_degree.{name}", label, values.get(name, ""))

    def _picture(self, slot: str, label: str, case: Case) -> Item:
        found = case.evidence.get(slot)
        if found is None:
            return Item(f"prior_degree.{slot}", label, "")
        size = f"{found.width}×{found.height}，{max(1, round(found.size / 1024))} KB"
        return Item(f"prior_degree.{slot}", label, size, evidence=found.public_id, sha256=found.sha256)


def _number(text: str) -> int | None:
    """Return a year or month; None for what is no number, or longer than any (int() refuses thousands of digits)."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def _remark_problem(text: str) -> str | None:
    return f"备注最多 {REMARK_LONGEST} 个字，现在是 {len(text)} 个" if len(text) > REMARK_LONGEST else None
