"""Who may see a picture, with which headers, and what a reviewer is told about it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.models import Evidence, Submission
from app.models.base import transaction
from tests import builders, papers, reviewing

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@pytest.fixture
def file(app: Flask) -> reviewing.Desk:
    """A submitted application whose first picture is really stored."""
    made = reviewing.submitted()
    reviewing.filled(app, papers.jpeg(Image.new("RGB", (60, 40), "white")))
    return made


def address(made: reviewing.Desk) -> str:
    return "/evidence/" + Evidence.query.filter_by(application_id=made.row.id, slot="record_photo").one().public_id


@pytest.fixture
def reviewer(client: FlaskClient, file: reviewing.Desk) -> FlaskClient:
    builders.sign_in(client, person=builders.staff(name="周明"))
    return client


def test_a_reviewer_gets_the_picture_with_the_headers_of_a_file(reviewer: FlaskClient, file: reviewing.Desk) -> None:
    answer = reviewer.get(address(file))
    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    assert Image.open(io.BytesIO(answer.data)).size == (60, 40)
    headers = answer.headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, max-age=600"
    assert {"Cookie", "Sec-Fetch-Dest"} <= set(answer.vary)
    assert headers["Content-Disposition"] == "inline"


def test_a_part_of_it_can_be_asked_for(reviewer: FlaskClient, file: reviewing.Desk) -> None:
    whole = reviewer.get(address(file)).data
    part = reviewer.get(address(file), headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.data == whole[10:20]
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"


def test_what_the_browser_has_is_not_sent_again(reviewer: FlaskClient, file: reviewing.Desk) -> None:
    tag = reviewer.get(address(file)).headers["ETag"]
    again = reviewer.get(address(file), headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.headers["Cache-Control"] == "private, max-age=600"


def test_an_examinee_s_browser_keeps_nothing(client: FlaskClient, file: reviewing.Desk) -> None:
    builders.sign_in(client, tick=file.ticket)
    answer = client.get(address(file))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"] == POLICY


def test_it_does_not_exist_for_others(client: FlaskClient, file: reviewing.Desk) -> None:
    assert client.get(address(file)).status_code in (303, 401)
    builders.sign_in(client, tick=builders.ticket(builders.examinee(name="别人")))
    assert client.get(address(file)).status_code == 404


def test_it_does_not_exist_for_reviewers_of_another_school(client: FlaskClient, file: reviewing.Desk) -> None:
    builders.sign_in(client, person=builders.staff(school_code="99999"))
    assert client.get(address(file)).status_code == 404


def test_staff_who_open_the_address_itself_see_it_under_the_watermark(
    reviewer: FlaskClient, file: reviewing.Desk
) -> None:
    page = reviewer.get(address(file), headers={"Sec-Fetch-Dest": "document"})
    assert page.mimetype == "text/html"
    assert "仅供毕业审核使用<br>周明 2026" in page.text
    assert f'<img src="{address(file)}"' in page.text


def test_the_review_page_lays_the_watermark_over_the_pictures(reviewer: FlaskClient, file: reviewing.Desk) -> None:
    page = reviewer.get(f"/staff/applications/{file.public_id}").text
    assert page.count("仅供毕业审核使用<br>周明") >= 10


def review(client: FlaskClient, made: reviewing.Desk, **stored: Any) -> str:
    with transaction() as session:
        row = session.query(Evidence).filter_by(application_id=made.row.id, slot="record_photo").one()
        for name, value in stored.items():
            setattr(row, name, value)
    return client.get(f"/staff/applications/{made.public_id}").text


def test_the_reviewer_sees_what_the_examinee_was_told(reviewer: FlaskClient, file: reviewing.Desk) -> None:
    bad = {"light": 60.0, "edge": 20.0, "text": 30.0, "turned": 0.5}
    assert "照片提示：过暗、可能模糊（考生已被告知）" in review(reviewer, file, measures=bad, width=1600, height=1200)


def test_the_reviewer_sees_whether_the_code_agrees(reviewer: FlaskClient, file: reviewing.Desk) -> None:
    typed = next(
        item["value"]
        for item in __import__("json").loads(Submission.query.one().document)["items"]
        if item["key"] == "prior_degree.record_code"
    )
    assert "与填写的一致" in review(reviewer, file, codes=[f"https://www.chsi.com.cn/xlcx/bg.do?vcode={typed}"])
    assert "是 QQQQ1111WWWW2222，与填写的不同" in review(
        reviewer, file, codes=["https://www.chsi.com.cn/xlcx/bg.do?vcode=QQQQ1111WWWW2222"]
    )


def test_a_file_that_is_gone_is_shown_as_missing(reviewer: FlaskClient, file: reviewing.Desk, app: Flask) -> None:
    assert "照片文件缺失" in review(reviewer, file, missing=True)
    row = Evidence.query.filter_by(application_id=file.row.id, slot="record_photo").one()
    app.extensions["kaoji.store"].delete(row.storage_key)
    assert reviewer.get(address(file)).status_code == 404


MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"


@pytest.mark.parametrize(
    ("browser", "kept"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "no-store"),
        (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Safari/605.1.15", "no-store"),
        (f"{MAC} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "private, max-age=600"),
    ],
)
def test_a_browser_that_would_keep_it_after_the_end_keeps_nothing(
    reviewer: FlaskClient, file: reviewing.Desk, browser: str, kept: str
) -> None:
    assert reviewer.get(address(file), headers={"User-Agent": browser}).headers["Cache-Control"] == kept


def test_pictures_of_reviewers_are_gone_at_an_idle_end_and_what_is_on_ones_own_device_stays(
    app: Flask, reviewer: FlaskClient, file: reviewing.Desk
) -> None:
    assert "Clear-Site-Data" not in reviewer.get("/staff").headers
    app.clock.now += timedelta(minutes=20)  # type: ignore[attr-defined]
    for path in ("/staff", address(file), "/session/end"):
        assert reviewer.get(path).headers["Clear-Site-Data"] == '"cache"'
    examinee = app.test_client()
    builders.sign_in(examinee, tick=file.ticket)
    app.clock.now += timedelta(minutes=40)  # type: ignore[attr-defined]
    assert "Clear-Site-Data" not in examinee.get("/").headers
    assert "Clear-Site-Data" not in app.test_client().get("/staff").headers
