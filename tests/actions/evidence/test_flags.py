"""Hints about the evidence as the queue's filters ask for them: written with each submission, also on the case that shares a paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.actions.applications.submit import submit, withdraw
from app.actions.evidence.flags import files_looked_for
from app.extensions import db
from app.models import Application, Evidence
from app.models.base import transaction
from app.rules.evidence.flags import of_picture, read, stored
from app.rules.evidence.portrait import PortraitRule
from app.services.graduation import GRADUATION
from tests.builders import NOW
from tests.reviewing import Desk, myself, submitted

CLEAR = {"light": 200.0, "edge": 2.0, "text": 30.0}


def flags(desk: Desk) -> set[str]:
    return set(read(desk.row.flags))


def again(desk: Desk, number: str = "", **picture: Any) -> None:
    """Withdrawn, changed and handed in again: its own diploma number unless given, its record's picture with these columns."""
    withdraw(desk.public_id, by=myself(desk), on=NOW)
    with transaction() as session:
        row = session.get_one(Application, desk.row.id)
        prior = {
            **row.answers["prior_degree"],
            "diploma_number": number or f"{row.id:018}",
            "record_code": f"{row.id:012}",
        }
        row.answers = {**row.answers, "prior_degree": prior}
        for each in session.query(Evidence).filter_by(application_id=row.id, slot="record_photo", current=True):
            for name, value in picture.items():
                setattr(each, name, value)
    submit(desk.public_id, GRADUATION, by=myself(desk), on=NOW + timedelta(minutes=1))


def test_the_keys_of_a_picture() -> None:
    def of(
        slot: str = "record_photo", codes: tuple[str, ...] = (), label: str = "", typed: str = "", **measures: float
    ) -> set[str]:
        return of_picture(
            slot, {**CLEAR, **measures}, (1200, 900), codes, label, typed, PortraitRule(True, background="blue")
        )

    assert of() == set()
    assert of(light=50.0) == {"unclear"}
    assert of(edge=12.0) == {"unclear"}
    assert of(turned=1.5) == {"turned"}
    assert of(codes=("123456789012",), typed="999956789012") == {"code"}
    assert of(codes=("123456789012",), typed="123456789012") == set()
    assert of("diploma_photo", codes=("123456789012",), typed="999956789012") == set()
    assert of(label="学籍在线验证报告.jpg") == {"paper"}
    assert of("portrait", cut=400.0, red=100.0, green=197.0, blue=255.0, uneven=1.0) == {"portrait"}


def test_a_submission_says_what_its_pictures_are_like_and_the_next_one_anew(app: Flask) -> None:
    desk = submitted()
    again(desk, measures={**CLEAR, "light": 50.0}, codes=["123456789012"], width=1200, height=900)
    assert flags(desk) == {"unclear", "code"}
    again(desk, measures=CLEAR, codes=[])
    assert flags(desk) == set()


def test_a_number_used_twice_marks_both_until_one_of_them_changes_it(both: Flask) -> None:
    first, second, third = submitted(), submitted(), submitted()
    for desk in (first, second, third):
        again(desk)
    assert flags(first) == set()
    again(second, "103311201806005555")
    again(first, "103311201806005555")
    assert flags(first) == flags(second) == {"double"}
    assert flags(third) == set()
    again(second)
    assert flags(first) == flags(second) == set()


def test_the_same_file_marks_both(app: Flask) -> None:
    first, second = submitted(), submitted()
    again(first, sha256="a" * 64)
    again(second, sha256="a" * 64)
    assert flags(first) == flags(second) == {"double"}


def test_a_picture_whose_file_is_gone_marks_its_case_until_it_is_back(app: Flask) -> None:
    desk = submitted()
    again(desk)
    ident = db.session.scalar(select(Evidence.id).where(Evidence.application_id == desk.row.id).limit(1))
    for missing in (True, True, False):
        with transaction() as session:
            session.get_one(Evidence, ident).missing = missing
            files_looked_for(session, [ident])
        assert flags(desk) == ({"gone"} if missing else set())


def test_what_a_case_keeps_is_read_back() -> None:
    assert stored(()) == ""
    assert stored({"unclear", "double", "nonsense"}) == ",double,unclear,"
    assert read(",double,unclear,") == ["unclear", "double"]
    assert read("") == []
