"""Papers used twice: the same file, the same picture saved again, the same number, under another examinee; both sides see it, in their scope."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.actions.applications.submit import submit, withdraw
from app.actions.evidence.doubles import FILE, PICTURE, doubles_of
from app.adapters.pictures.pool import Picture, close_workers, normalise_picture
from app.extensions import db
from app.models import Application, Evidence
from app.models.base import transaction
from app.services.graduation import GRADUATION
from tests import builders, papers, reviewing
from tests.builders import NOW
from tests.traced import by_core


@pytest.fixture(autouse=True, scope="module")
def _end_the_workers() -> Any:
    yield
    close_workers()


@pytest.fixture(scope="module")
def one() -> Picture:
    return normalise_picture(papers.jpeg(papers.photographed(papers.form(1, template=1), 1), 92))


@pytest.fixture(scope="module")
def again() -> Picture:
    """The same photo through a messenger: smaller, another quality, a little brighter."""
    from PIL import ImageEnhance

    image = papers.photographed(papers.form(1, template=1), 1)
    small = ImageEnhance.Brightness(image.resize((image.width * 2 // 3, image.height * 2 // 3))).enhance(1.05)
    return normalise_picture(papers.jpeg(small, 55))


@pytest.fixture(scope="module")
def another() -> Picture:
    """Another person's form of the same template, scanned."""
    return normalise_picture(papers.jpeg(papers.scanned(papers.form(2, template=1), 2)))


def case(picture: Picture | None = None, number: str = "", school: str = "10574", **over: Any) -> reviewing.Desk:
    """A submitted application whose proof shows this picture; its numbers are its own unless given."""
    made = reviewing.submitted(**over)
    with transaction() as session:
        row = session.get_one(Application, made.row.id)
        if school != "10574":
            row.school_code = school
    withdraw_and_submit(made, picture, number)
    return made


def withdraw_and_submit(made: reviewing.Desk, picture: Picture | None, number: str) -> None:
    me = reviewing.myself(made)
    school = made.row.school_code
    withdraw(made.public_id, by=me, on=NOW)
    own = f"{made.row.id:018}"
    with transaction() as session:
        row = session.get_one(Application, made.row.id)
        degree = {**row.answers["prior_degree"], "diploma_number": number or own, "record_code": f"{made.row.id:012}"}
        row.answers = {**row.answers, "prior_degree": degree}
        for evidence in session.query(Evidence).filter_by(application_id=row.id, current=True):
            evidence.sha256, evidence.fingerprint = f"{own}{evidence.slot}", ""
            if picture and evidence.slot == "record_photo":
                evidence.sha256, evidence.fingerprint = picture.sha256, picture.fingerprint
    submit(made.public_id, GRADUATION, by=me, on=NOW + timedelta(minutes=1))
    with transaction() as session:
        session.get_one(Application, made.row.id).school_code = school


def found(made: reviewing.Desk, by: Any) -> set[tuple[str, str, str]]:
    return {(d.item, d.kind, d.public_id) for d in doubles_of(db.session(), made.row.id, reviewing.actor(by))}


def test_the_same_file_is_found_from_both_sides(both: Flask, one: Picture) -> None:
    office = builders.staff("office_reviewer")
    a, b = case(one), case(one)
    assert found(a, office) == {("record_photo", FILE, b.public_id)}
    assert found(b, office) == {("record_photo", FILE, a.public_id)}


def test_the_same_photo_at_another_quality_is_found(both: Flask, one: Picture, again: Picture) -> None:
    office = builders.staff("office_reviewer")
    a, b = case(one), case(again)
    assert one.sha256 != again.sha256
    assert found(a, office) == {("record_photo", PICTURE, b.public_id)}
    assert found(b, office) == {("record_photo", PICTURE, a.public_id)}


def test_another_form_of_the_same_template_is_not(app: Flask, one: Picture, another: Picture) -> None:
    office = builders.staff("office_reviewer")
    a, b = case(one), case(another)
    assert found(a, office) == found(b, office) == set()


def test_the_same_number_under_another_person_is_found(app: Flask) -> None:
    office = builders.staff("office_reviewer")
    a, b = case(number="103311201806009999"), case(number="103311201806009999")
    assert found(a, office) == {("prior_degree.diploma_number", "同一个毕业证书编号", b.public_id)}
    assert found(b, office) == {("prior_degree.diploma_number", "同一个毕业证书编号", a.public_id)}


def test_a_number_that_was_corrected_is_no_longer_found(app: Flask) -> None:
    office = builders.staff("office_reviewer")
    a, b = case(number="103311201806009999"), case(number="103311201806009999")
    withdraw_and_submit(b, None, "103311201806008888")
    assert found(a, office) == set()


def test_one_s_own_papers_in_two_applications_are_no_double(app: Flask, one: Picture) -> None:
    office = builders.staff("office_reviewer")
    a = case(one, number="103311201806009999")
    b = case(one, number="103311201806009999")
    with transaction() as session:
        session.get_one(Application, b.row.id).examinee_id = a.row.examinee_id
    assert found(a, office) == set()


def test_a_case_out_of_scope_is_named_without_a_link(app: Flask, one: Picture) -> None:
    here = builders.staff(school_code="10574")
    a = case(one)
    case(one, school="99999")
    assert found(a, here) == {("record_photo", FILE, "")}


def test_the_reviewer_s_page_shows_it_with_the_link(client: FlaskClient, one: Picture) -> None:
    a, b = case(one), case(one)
    builders.sign_in(client, person=builders.staff())
    for mine, other in ((a, b), (b, a)):
        page = client.get(f"/staff/applications/{mine.public_id}").text
        assert "疑似重复使用：另一位考生的申请有同一个文件" in page
        assert f"/staff/applications/{other.public_id}" in page


def test_a_page_costs_four_statements_whatever_is_found(app: Flask, one: Picture, again: Picture) -> None:
    office = reviewing.actor(builders.staff("office_reviewer"))
    a = case(one, number="103311201806009999")
    for picture in (one, again, one):
        case(picture, number="103311201806009999")
    ident = a.row.id
    with by_core() as sent:
        assert len(doubles_of(db.session(), ident, office)) >= 3
    assert len(sent) <= 4
