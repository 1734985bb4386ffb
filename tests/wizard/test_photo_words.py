"""What a photo must be: 考生须知, the step and the file field say the same, and it is what the window takes."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.services.graduation.words import NOTICE
from tests import builders as build

STRICT = "图像应清晰完整，文字方向朝上。JPG 或 PNG 格式，单个文件不超过 1 MB。"
LENIENT = f"{STRICT}手机拍的大照片（含 HEIC，20 MB 以内）可以直接上传，平台会自动转正并压缩到 1 MB 以内。"
HEIC = "image/jpeg,image/png,image/heic,image/heif,.heic,.heif"


@pytest.mark.parametrize(
    ("strict", "words", "other", "types"),
    [(False, LENIENT, "格式，单个文件不超过 1 MB。</", HEIC), (True, STRICT + "</p>", "HEIC", "image/jpeg,image/png")],
)
def test_notice_step_and_field_say_the_same_of_photos(
    client: FlaskClient, strict: bool, words: str, other: str, types: str
) -> None:
    build.school()
    build.plan()
    tick = build.ticket(build.examinee())
    window = build.window(strict_files=strict, notice=NOTICE, portrait=True)
    row = build.application(tick, window, answers=build.answers(), reached="confirm", at_step="confirm")
    build.sign_in(client, tick=tick)
    for step in ("notice", "prior-degree"):
        page = client.get(f"/applications/{row.public_id}/{step}").text
        assert words in page, step
        assert other not in page, step
    portrait = client.get(f"/applications/{row.public_id}/profile").text
    assert words.removeprefix("图像应清晰完整，文字方向朝上。") in portrait
    assert "文字方向" not in portrait
    for step in ("profile", "prior-degree"):
        page = client.get(f"/applications/{row.public_id}/{step}").text
        found = re.findall(r'<input type="file"[^>]*accept="([^"]*)"', page)
        assert found
        assert set(found) == {types}


def test_a_business_without_pictures_says_nothing_of_them(client: FlaskClient) -> None:
    build.school()
    build.plan("530601/2024")
    tick = build.ticket(build.examinee(), major_code="530601")
    scores = {"major": "530601.10574.2024", "missing_reason": "", "level": "专科"}
    answers = build.answers(scores=scores)
    row = build.application(tick, build.window(), answers=answers, reached="confirm", at_step="confirm")
    build.sign_in(client, tick=tick)
    page = client.get(f"/applications/{row.public_id}/notice").text
    assert "请仔细阅读。" in page
    assert "对凭证照片的要求" not in page
