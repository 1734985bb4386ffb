"""Every act that is written down has a word for people who read the list of acts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import app
from app.actions.exports.kinds import kinds
from app.actions.imports import KINDS as IMPORTS
from app.actions.payments.orders import DISPUTED, DUPLICATE, PAID
from app.rules import audit_words
from app.rules.audit_words import DETAILS, WORDS, detail_words
from app.rules.review.lifecycle import TRANSITIONS
from app.services import install

GROUPS = "|".join(sorted({name.partition(".")[0] for name in WORDS}))
NAMED = re.compile(rf'"((?:{GROUPS})\.[a-z_]+)"')
ATTRIBUTES = {"application.id", "evidence.id", "examinee.id", "review.id", "staff.id"}  # columns that are named in text


def test_every_name_that_the_program_writes_has_a_word() -> None:
    files = (Path(app.__file__).parent / "actions").rglob("*.py")
    written = {name for path in files for name in NAMED.findall(path.read_text(encoding="utf-8"))} - ATTRIBUTES
    assert len(written) > 45
    install()
    written |= {f"application.{arrow.name}" for arrow in TRANSITIONS if not arrow.name.startswith("resubmit_")}
    written |= {f"export.{kind}" for kind in kinds()} | {f"import.{kind}" for kind in IMPORTS}
    written |= {f"payment.{verdict}" for verdict in (PAID, DISPUTED, DUPLICATE)}
    # written as what has happened
    written -= {f"application.{name}" for name in ("submit", "withdraw", "complete", "undo_completion")}
    assert sorted(written - WORDS.keys()) == []


def test_every_name_in_a_detail_has_a_word() -> None:
    lost = set()
    for path in (Path(app.__file__).parent / "actions").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given = {each.arg: each.value for each in call.keywords} if isinstance(call, ast.Call) else {}
            for name in ("detail", "extra"):
                if isinstance(detail := given.get(name), ast.Dict):
                    keys = {key.value for key in detail.keys if isinstance(key, ast.Constant)}
                    lost |= {(path.name, key) for key in keys - DETAILS.keys()}
    assert lost == set()


def test_every_act_is_in_a_group_of_the_filter() -> None:
    assert {name.partition(".")[0] + "." for name in WORDS} - audit_words.GROUPS.keys() == set()


def test_values_are_said_in_the_words_given_and_moments_in_local_time() -> None:
    names = {"statement.statement": "自我鉴定"}
    assert detail_words({"returned": ["statement.statement"]}, names) == "退回 自我鉴定"
    assert detail_words({"until": "2026-12-01T00:00:00+00:00"}) == "到 2026 年 12 月 1 日 8:00"


def test_a_detail_is_said_in_words_and_what_is_empty_is_left_out() -> None:
    detail = {"stage": "school_review", "to": "office_review", "number": 2, "returned": [], "late": False, "other": "x"}
    assert detail_words(detail) == "环节 待初审；改为 待终审；编号 2；逾期 否；other x"
    assert detail_words({"decision": "pass", "filter": {"state": "approved"}, "columns": ["name", "ticket"]}) == (
        "决定 通过；筛选（状态 审核通过）；列 name、ticket"
    )
