"""A season as it stands in front of a browser: open windows, people with grades, and how they sign in and fill in."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.adapters.pictures.pool import Picture, normalise_picture
from app.extensions import db
from app.models import Announcement, Score, Staff, Window
from app.models.base import transaction
from app.rules.people.identity import initial_password
from app.services.graduation.options import GraduationOptions
from tests import builders as build
from tests.browser.conftest import CAPTCHA, Visitor
from tests.signing import PASSWORD, hashed

FILES = TemporaryDirectory(prefix="kaoji-browser-")
COMPUTING = "080901.10574.2026"  # 本科 with two 情形组 of 加考
LITERATURE = "050101.10574.2024"  # 本科 without
BUSINESS = "530601.10574.2024"  # 专科
EXPLANATION = "十月已参加考试，成绩正在复核。"
ADDRESS = {"通讯地址": "上海市黄浦区某路 1 号", "邮政编码": "200001"}


@cache
def photo(width: int = 1200, height: int = 900, form: str = "JPEG", shade: int = 0) -> bytes:
    """A picture that a camera could have made."""
    out = io.BytesIO()
    noise = Image.effect_noise((width, height), 40).convert("RGB")
    Image.blend(noise, Image.new("RGB", (width, height), (200 - shade, 190, 160 + shade)), 0.6).save(out, form)
    return out.getvalue()


@cache
def kept(shade: int) -> Picture:
    """A photo as the site keeps it, made once."""
    return normalise_picture(photo(900, 1200, shade=shade), filename="IMG.jpg")


def file(name: str, data: bytes) -> Path:
    """A file for a file field; its bytes would go through two pipes first."""
    path = Path(mkdtemp(dir=FILES.name)) / name
    path.write_bytes(data)
    return path


@dataclass(frozen=True)
class Person:
    """An examinee with a password; `ticket_rows` are the stored tickets, the first is shown after signing in."""

    name: str
    id_number: str
    password: str
    tickets: tuple[str, ...]
    ticket_rows: tuple[Any, ...]


@dataclass(frozen=True)
class Season:
    """Everything lies on one database; `window` is the open graduation round, its payment is open too."""

    app: Flask
    window: Window

    def examinee(
        self,
        plan: str = "050101/2024",
        without: tuple[str, ...] = (),
        tickets: int = 1,
        active: bool = True,
        **over: Any,
    ) -> Person:
        """Somebody who passed everything of a plan but `without`; not `active`: the initial password still holds."""
        with self.app.app_context():
            known = {"password_hash": hashed(PASSWORD), "activated_at": now()} if active else {}
            who = build.examinee(**{"name": "林晓雯", **known, **over})
            code = plan.partition("/")[0]
            first = build.ticket(who, major_code=code)
            grades(first, plan, without)
            others = [build.ticket(who, major_code="530601", registered_on=None) for _ in range(tickets - 1)]
            for other in others:
                build.scores(other, {"00015": "61"}, session="2026-10")
            rows = (first, *others)
            password = PASSWORD if active else initial_password(who.id_number)
            return Person(who.name, who.id_number, password, tuple(row.number for row in rows), rows)

    def staff(self, role: str = "school_reviewer", **over: Any) -> str:
        """A staff account with PASSWORD; returns its user name."""
        with self.app.app_context():
            return str(build.staff(role, **{"password_hash": hashed(PASSWORD), **over}).username)

    def change_window(self, **over: Any) -> None:
        with self.app.app_context(), transaction() as session:
            window = session.get_one(Window, self.window.id)
            options = {name: over.pop(name) for name in GraduationOptions.__dataclass_fields__.keys() & over.keys()}
            for name, value in {**over, "options": {**window.options, **options}}.items():
                setattr(window, name, value)


def grades(ticket: Any, ident: str, without: tuple[str, ...] = ()) -> None:
    """A passed grade with its name for every course of a plan but `without`."""
    courses = [course for course in build.plan_of(ident).courses if course.code not in without]
    with transaction() as session:
        session.add_all(
            Score(
                ticket_id=ticket.id,
                course_code=course.code,
                course_name=course.name,
                session="2026-04" if i % 3 else "2025-10",
                mark="80" if course.credits else "良好",
                origin="统考",
            )
            for i, course in enumerate(courses)
        )


def now() -> datetime:
    return datetime.now(UTC)


def open_season(app: Flask, **over: Any) -> Season:
    """Schools, plans, an open round with open payment, one round that is over and one to come, an announcement."""
    with app.app_context():
        build.school(
            "10574", name="华东某大学", phone="021-0000 0001", website="https://school.example", instructions=""
        )
        build.school("10251", name="浦江理工学院", phone="021-0000 0002")
        for ident in ("050101/2024", "080901", "530601"):
            build.plan(ident)
        span = timedelta
        given = {
            "opens_at": now() - span(days=3),
            "closes_at": now() + span(days=13),
            "pay_opens_at": now() - span(days=1),
            "pay_closes_at": now() + span(days=30),
            "notice": "一、请在办理时间内提交。\n二、请如实填写。",
            **over,
        }
        window = build.window(**given)
        build.window(
            name="2026 年上半年毕业",
            opens_at=now() - span(days=200),
            closes_at=now() - span(days=180),
            pay_opens_at=None,
            pay_closes_at=None,
        )
        build.window(
            name="2027 年上半年毕业",
            opens_at=now() + span(days=100),
            closes_at=now() + span(days=120),
            pay_opens_at=None,
            pay_closes_at=None,
        )
        build.store(
            Announcement(
                title="2026 年下半年毕业申请通知", body="请按时办理。\n逾期不受理。", published_at=now(), pinned=True
            )
        )
        db.session.remove()
        return Season(app, window)


def sign_in(visitor: Visitor, person: Person) -> None:
    """A live session in this browser, on the first page; tests of signing in itself use sign_in_by_page."""
    _live_session(visitor, tick=person.ticket_rows[0])
    visitor.go("/")


def staff_sign_in(visitor: Visitor, username: str) -> None:
    with visitor.app.app_context():
        person = db.session.scalars(select(Staff).where(Staff.username == username)).one()
    _live_session(visitor, person=person)
    visitor.go("/staff")


def _live_session(visitor: Visitor, **who: Any) -> None:
    with visitor.app.app_context():
        client = visitor.app.test_client()
        build.sign_in(client, on=now(), **who)
        cookie = client.get_cookie(visitor.app.config["SESSION_COOKIE_NAME"])
    visitor.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": visitor.url}])


def sign_in_by_page(visitor: Visitor, person: Person) -> None:
    """第一章: 证件号码, 密码, 验证码, 登录."""
    page = visitor.go("/login")
    page.get_by_label("证件号码").fill(person.id_number)
    page.get_by_label("密码", exact=True).fill(person.password)
    page.get_by_label("验证码", exact=True).fill(CAPTCHA)
    visitor.press("登录")


def staff_sign_in_by_page(visitor: Visitor, username: str, password: str = PASSWORD) -> None:
    page = visitor.go("/staff/login")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    visitor.press("登录")


def choose(visitor: Visitor, label: str, option: str) -> None:
    """Choose in a list; with script htmx may renew the page at once."""
    visitor.page.get_by_label(label, exact=True).select_option(option)
    visitor.settle()


def upload(visitor: Visitor, slot: str, data: bytes, name: str = "IMG_2031.jpg") -> None:
    """Put a picture into a slot and wait until its thumbnail is there."""
    page = visitor.page
    block = page.locator(f"#drop-{slot}")
    before = block.locator("img").get_attribute("src") if block.locator("img").count() else ""
    page.locator(f"input[type=file][name={slot}]").set_input_files(file(name, data))
    if not visitor.js:
        block.locator("button.send").click()
    page.locator(f"#drop-{slot} img:not([src='{before}'])").wait_for()
    visitor.settle()


def fill_profile(visitor: Visitor) -> None:
    for label, text in ADDRESS.items():
        visitor.page.get_by_label(label).fill(text)


def fill_diploma(visitor: Visitor, year: str = "2018") -> None:
    """毕业证书: 编号, 获取凭证时间, 获取凭证省份, 凭证."""
    page = visitor.page
    page.get_by_label("编号", exact=True).fill("103311201806001234")
    page.get_by_label("获取凭证省份").select_option("江苏")
    choose(visitor, "获取凭证时间（年）", year)
    choose(visitor, "获取凭证时间（月）", "6")
    upload(visitor, "diploma_photo", photo())
