"""/admin/windows/new and /admin/windows/<id>: every field read, refused at its place and given back as it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent, Window
from app.rules.service import Words
from app.rules.settings import FieldProblem, setting
from app.wizard.service import Service
from app.wizard.window_options import WindowOptions
from tests import builders
from tests.second_service import registered
from tests.web.admin.test_admin import FORM, WINDOWS, admin, only, post, values  # noqa: F401

NEW = f"{WINDOWS}/new"
TIME = "应如 2026-12-07T16:00（北京时间）"
pytestmark = pytest.mark.usefixtures("admin")


@dataclass(frozen=True)
class Exempted:
    """What a second service might set: one field of its own and one that graduation has too."""

    portrait: bool = setting("须上传照片", default=True)
    lines: int = setting("最多几门", default=5, flag="--lines")

    def problems(self) -> list[FieldProblem]:
        return [("lines", "最多 20 门")] if self.lines > 20 else []


EXEMPTION = Service(
    "exemption",
    "课程免考",
    steps=(),
    words=Words(notice="免考须知。"),
    options=WindowOptions(Exempted, "graduation/window-options.html"),
)


@pytest.fixture
def exemption() -> Iterator[Service]:
    with registered(EXEMPTION) as service:
        yield service


def told(page: str, field: str) -> str:
    """The error at a field, as text."""
    found = re.search(rf'id="{field}-error"[^>]*><span class="visually-hidden">错误：</span>(.*?)</span>', page, re.S)
    return unescape(found[1]).strip() if found else ""


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("service", "结婚", "业务应为 graduation 之一"),
        ("name", "", "请填写批次名称，例如 2026 年下半年"),
        ("name", "长" * 61, "批次名称最多 60 个字"),
        ("opens_at", "", "请填写开始时间"),
        ("opens_at", "明天", f"开始时间{TIME}"),
        *(
            ("opens_at", odd, f"开始时间{TIME}")
            for odd in ("20261201", "2026-W49-2", "2026-12-01T09:00+08:00", "0000-00-00", "9999-12-31T23:59")
        ),
        ("closes_at", "", "请填写截止时间"),
        ("closes_at", "2027-13-01T09:00", f"截止时间{TIME}"),
        ("closes_at", "2027-05-01T09:00", "截止时间要晚于开始时间"),
        ("fixes_close_at", "下周", f"修改截止时间{TIME}"),
        ("fixes_close_at", "2027-05-02T09:00", "修改截止时间不能早于截止时间"),
        ("fee", "五十", "金额应为数字，最多两位小数，例如 50.00"),
        ("fee", "", "设了缴费时间，请填写费用；不收费的，不要填缴费时间"),
        ("pay_opens_at", "六月", f"缴费开始时间{TIME}"),
        ("pay_closes_at", "六月", f"缴费截止时间{TIME}"),
        ("pay_closes_at", "2027-06-01T09:00", "缴费截止时间要晚于缴费开始时间"),
        ("stages", "三", "审核环节应为整数"),
        ("stages", "3", "审核环节为一级或两级"),
        ("statement_min", "三百", "自我鉴定最少字数应为整数"),
        ("statement_min", "", "自我鉴定最少字数应为整数"),
        ("statement_max", "九百", "自我鉴定最多字数应为整数"),
        ("review_days", "-1", "审核通常需要的工作日应为 0 到 250，不填或 0 表示不告诉考生"),
        ("stages", "-1", "审核环节为一级或两级"),
        ("review_days", "15.5", "审核通常需要的工作日应为整数"),
        ("statement_max", "299", "字数要求应为 1 到 5000，下限不大于上限"),
        ("portrait_width", "很宽", "照片宽（像素）应为整数"),
        ("portrait_height", "-1", "照片的宽和高应为 100 到 2000 像素"),
        ("portrait_height", "2001", "照片的宽和高应为 100 到 2000 像素"),
        ("portrait_background", "彩虹", "请选择照片背景"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_is_there(
    client: Any, field: str, typed: str, message: str
) -> None:
    sent = {**FORM, "portrait_width": "480", "portrait_height": "640", "notice": "第一行\r\n第二行", field: typed}
    answer = post(client, NEW, **sent)
    page = answer.text
    assert (answer.status_code, told(page, field)) == (422, message)
    shown = {name: unescape(value) for name, value in values(page).items()}
    for name in ("name", "opens_at", "closes_at", "fee", "statement_min", "portrait_height", field):
        if name not in ("service", "stages", "portrait_background"):
            assert shown[name] == sent[name]
    assert "第一行\r\n第二行</textarea>" in page
    assert re.search(r'id="strict_files"[^>]* checked', page)
    assert db.session.scalars(select(Window)).all() == []


def test_all_that_cannot_be_read_is_told_at_once(client: Any) -> None:
    page = post(
        client, NEW, **{**FORM, "opens_at": "明天", "fee": "五十", "statement_min": "x", "portrait_width": "x"}
    ).text
    assert re.findall(r'href="#(\w+)"', page)[-4:] == ["opens_at", "fee", "statement_min", "portrait_width"]


def test_options_are_under_a_heading_of_their_own_and_are_kept(client: Any) -> None:
    page = client.get(NEW).text
    assert page.index("考生须知") < page.index("<h2>申请毕业的设置</h2>") < page.index('name="statement_min"')
    assert "毕业审定费（元）" in page
    assert values(page)["portrait_width"] == "480"
    assert "业务更新" not in page  # with one service there is nothing to choose
    said = {
        "portrait": "1",
        "portrait_width": "２９５",  # full-width, as an input method gives it
        "portrait_height": "",
        "portrait_background": "blue",
        "refuse_missing": "1",
    }
    assert post(client, NEW, **FORM, **said).status_code == 303
    row = only(Window)
    assert row.options == {
        "statement_min": 300,
        "statement_max": 800,
        "refuse_missing": True,
        "portrait": True,
        "portrait_width": 295,
        "portrait_height": 640,
        "portrait_background": "blue",
    }
    page = client.get(f"{WINDOWS}/{row.id}").text
    assert re.search(r'id="portrait"[^>]* checked', page)
    assert '<option value="blue" selected>浅蓝色</option>' in page
    assert values(page)["portrait_height"] == "640"


def test_an_edit_of_an_option_is_one_version_and_named_in_the_audit(client: Any) -> None:
    row = builders.window(statement_min=400, notice=FORM["notice"])
    page = values(client.get(f"{WINDOWS}/{row.id}").text)
    sent = {**FORM, **{name: page[name] for name in FORM.keys() & page.keys()}, "version": "1"}
    sent |= {"stages": "2", "statement_min": "500"}
    sent.pop("strict_files")
    assert post(client, f"{WINDOWS}/{row.id}", **sent).status_code == 303
    changed = only(Window)
    assert (changed.version, changed.options["statement_min"]) == (2, 500)
    assert db.session.scalars(select(AuditEvent.detail)).all() == [
        {"before": {"statement_min": 400}, "after": {"statement_min": 500}}
    ]


def test_somebody_else_s_options_are_shown_beside_one_s_own(client: Any) -> None:
    row = builders.window()
    sent = {**FORM, "version": "1"}
    assert post(client, f"{WINDOWS}/{row.id}", **{**sent, "statement_max": "700"}).status_code == 303
    answer = post(client, f"{WINDOWS}/{row.id}", **{**sent, "statement_max": "900"})
    assert answer.status_code == 409
    assert re.search(r"自我鉴定最多字数</\w+>\s*<\w+[^>]*>700", answer.text)
    assert values(answer.text)["statement_max"] == "900"


def test_the_options_of_the_chosen_service_are_asked(client: Any, exemption: Service) -> None:
    page = client.get(NEW).text
    assert 'hx-post="/admin/windows/new"' in page
    assert re.search(r'<noscript><button[^>]*name="act" value="choose">按所选业务更新这一页', page)
    chosen = post(client, NEW, act="choose", **{**FORM, "service": "exemption", "name": "打了一半"})
    assert chosen.status_code == 200
    assert "<h2>课程免考的设置</h2>" in chosen.text
    assert values(chosen.text)["name"] == "打了一半"
    assert "请仔细阅读。</textarea>" in chosen.text  # typed by hand: it stays
    asked = client.get(f"{NEW}?service=exemption").text
    assert "免考须知。</textarea>" in asked
    assert "费用（元）" in asked


def test_an_untouched_notice_follows_the_service(client: Any, exemption: Service) -> None:
    default = unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", client.get(NEW).text, re.S)[1])
    sent = {**FORM, "service": "exemption", "notice": default.replace("\n", "\r\n")}
    assert "免考须知。</textarea>" in post(client, NEW, act="choose", **sent).text


def test_a_window_of_the_second_service_is_made_with_its_own_options(client: Any, exemption: Service) -> None:
    sent = {**FORM, "service": "exemption", "lines": "8"}
    assert post(client, NEW, **{**sent, "lines": "21"}).status_code == 422
    assert post(client, NEW, **sent).status_code == 303
    row = only(Window)
    assert (row.service, row.options) == ("exemption", {"portrait": False, "lines": 8})
    answer = post(client, f"{WINDOWS}/{row.id}", act="choose", **{**FORM, "version": "1"})
    assert "<h2>申请毕业的设置</h2>" in answer.text
    assert post(client, f"{WINDOWS}/{row.id}", **FORM, version="1").status_code == 303
    assert (only(Window).service, only(Window).options["statement_max"]) == ("graduation", 800)
