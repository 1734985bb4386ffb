"""Pictures over HTTP as a browser without script sends them: any phone's photo fits, and a strict window keeps to the manual."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.exc import OperationalError

from app.actions.applications import drafts
from app.actions.evidence import pictures as acts
from app.adapters.pictures import pool as pictures
from app.adapters.storage import local
from app.models import Evidence, Throttle, Window
from app.models.base import transaction
from tests import builders as build
from tests import papers
from tests.wizard.test_wizard import Browser, begin, fill

HEIC = Path(__file__).parent.parent / "adapters" / "pictures" / "files" / "photo.heic"


@cache
def phone_photo(quality: int = 97) -> bytes:
    """A photo of some 8 MB, lying on its side with an EXIF orientation, GPS and the phone's name."""
    image = papers.photographed(papers.diploma(1), 1)
    image = image.resize((4000, image.height * 4000 // image.width))
    noisy = Image.blend(image, Image.effect_noise(image.size, 90).convert("RGB"), 0.12)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "SecretPhoneMaker", "Model X"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 48.0), 3: "E", 4: (121.0, 28.0, 12.0)})
    return papers.jpeg(noisy.transpose(Image.Transpose.ROTATE_90), quality, exif=exif)


@pytest.fixture
def tick(app: Flask) -> Any:
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee())
    build.scores(tick, build.all_passed(plan))
    return tick


@pytest.fixture
def browser(client: FlaskClient, tick: Any) -> Browser:
    build.sign_in(client, tick=tick)
    return Browser(client)


@pytest.fixture
def url(browser: Browser) -> str:
    """The application of a window that takes any photo, all steps filled."""
    build.window()
    return started(browser)


def started(browser: Browser) -> str:
    url = begin(browser)
    fill(browser, url)
    browser.get(f"{url}/prior-degree")
    return url


def send(
    browser: Browser, url: str, data: bytes, name: str = "IMG_1.jpg", slot: str = "diploma_photo", **fields: Any
) -> Any:
    return browser.post(f"{url}/prior-degree/{slot}", **{slot: (io.BytesIO(data), name)}, **fields)


def stored(app: Flask, slot: str = "diploma_photo") -> tuple[Evidence, bytes]:
    row = Evidence.query.filter_by(slot=slot, current=True).one()
    return row, app.extensions["kaoji.store"].read(row.storage_key)


def test_a_phone_s_photo_of_eight_megabytes_is_stored_upright_small_and_clean(
    browser: Browser, url: str, app: Flask, tmp_path: Path
) -> None:
    data = phone_photo()
    assert 6 * 2**20 < len(data) < 20 * 2**20
    assert send(browser, url, data).status_code == 303
    row, kept = stored(app)
    assert len(kept) <= 1_048_576
    assert max(row.width, row.height) >= 1600
    assert row.width > row.height  # turned upright
    for mark in (b"SecretPhoneMaker", b"Exif"):  # three letters as GPS stand in a megabyte by chance
        assert mark not in kept
    assert dict(Image.open(io.BytesIO(kept)).getexif()) == {}
    assert read_by_exiftool(kept, tmp_path) == {}


def read_by_exiftool(data: bytes, folder: Path) -> dict[str, str]:
    """What an independent reader finds in the file beyond its own structure.

    Where it is not installed the callers' own look at the bytes must do; where nothing may be skipped it must be there.
    """
    if not shutil.which("exiftool") and os.environ.get("KAOJI_TEST_BROWSER") != "require":
        return {}
    import json

    path = folder / "stored.bin"
    path.write_bytes(data)
    done = subprocess.run(["exiftool", "-j", "-G1", str(path)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)[0]
    plain = ("SourceFile", "ExifTool:", "System:", "File:", "Composite:", "JFIF:", "PNG:")
    return {name: value for name, value in found.items() if not name.startswith(plain)}


def test_a_heic_becomes_a_jpeg(browser: Browser, url: str, app: Flask, tmp_path: Path) -> None:
    assert send(browser, url, HEIC.read_bytes(), "IMG_2.HEIC").status_code == 303
    row, kept = stored(app)
    assert row.media_type == "image/jpeg"
    assert row.height > row.width  # as it was taken, not as it lies in the file
    assert b"SecretPhoneMaker" not in kept
    assert read_by_exiftool(kept, tmp_path) == {}


def test_a_screenshot_stays_a_png(browser: Browser, url: str, app: Flask) -> None:
    out = io.BytesIO()
    papers.form(1).save(out, "PNG")
    assert send(browser, url, out.getvalue(), "截图.png").status_code == 303
    assert stored(app)[0].media_type == "image/png"


def test_the_rule_of_the_manual_is_shown_and_what_the_platform_does_itself(browser: Browser, url: str) -> None:
    assert "单个文件不超过 1 MB" in browser.page
    assert "自动转正并压缩" in browser.page


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"\xff\xd8\xff" + bytes(1_153_434), "a.jpg", "文件为 1.1 MB，超过 1 MB"),
        (HEIC.read_bytes() if HEIC.exists() else b"", "a.heic", "HEIC"),
    ],
    ids=["large", "heic"],
)
def test_a_strict_window_refuses_with_the_measured_size(browser: Browser, data: bytes, name: str, words: str) -> None:
    build.window(strict_files=True)
    url = started(browser)
    assert "自动转正并压缩" not in browser.page
    answer = send(browser, url, data, name)
    assert answer.status_code == 422
    assert words in browser.page


def test_more_than_twenty_megabytes_is_too_large_for_any_window(browser: Browser, url: str) -> None:
    assert send(browser, url, b"\xff\xd8\xff" + bytes(20 * 2**20)).status_code == 422
    assert "超过 20 MB" in browser.page
    answer = send(browser, url, b"\xff\xd8\xff" + bytes(21 * 2**20))
    assert answer.status_code == 413
    assert "上传的地方写明了" in answer.text
    assert "办理须知" not in answer.text


def test_pictures_sent_along_with_the_step_are_kept_too(browser: Browser, url: str, app: Flask) -> None:
    fields = {**build.answers()["prior_degree"], "diploma_photo": (io.BytesIO(papers.jpeg(papers.diploma(7))), "a.jpg")}
    before = stored(app)[0].sha256
    assert browser.post(f"{url}/prior-degree", act="next", **fields).status_code == 303
    assert stored(app)[0].sha256 != before


def test_a_blurred_photo_is_told_on_both_pages_and_may_be_submitted(browser: Browser, url: str) -> None:
    from PIL import ImageFilter

    blurred = papers.photographed(papers.diploma(2), 2).filter(ImageFilter.GaussianBlur(8))
    assert send(browser, url, papers.jpeg(blurred)).status_code == 303
    assert "文字可能看不清：请靠近重拍" in browser.page
    browser.get(f"{url}/confirm")
    assert "文字可能看不清：请靠近重拍" in browser.page
    assert browser.post(f"{url}/confirm", act="next").status_code == 303
    assert "回执编号" in browser.page


def test_a_sharp_photo_gets_no_hint(browser: Browser, url: str) -> None:
    for slot, paper in (("diploma_photo", papers.diploma(3)), ("record_photo", papers.form(3, "A1B2C3D4E5F6G7H8"))):
        assert send(browser, url, papers.jpeg(papers.photographed(paper, 3)), slot=slot).status_code == 303
    assert 'class="doubt"' not in browser.page


def test_a_code_in_the_picture_that_differs_is_told_and_stops_nobody(browser: Browser, url: str) -> None:
    photo = papers.photographed(papers.form(4, "ZZZZ1111YYYY2222"), 4)
    assert send(browser, url, papers.jpeg(photo), slot="record_photo").status_code == 303
    assert "是 ZZZZ1111YYYY2222，与填写的 A1B2C3D4E5F6G7H8 不同" in browser.page
    browser.post(
        f"{url}/prior-degree",
        act="next",
        **{**build.answers()["prior_degree"], "record_code": "zzzz 1111 yyyy ２２２２"},
    )
    assert "不同，请核对" not in browser.get(f"{url}/prior-degree")


def test_the_common_wrong_paper_is_pointed_out(browser: Browser, url: str) -> None:
    assert "“学籍在线验证报告”不是备案表" in browser.page
    photo = papers.jpeg(papers.form(5, "A1B2C3D4E5F6G7H8"))
    send(browser, url, photo, "教育部学籍在线验证报告_林晓雯.jpg", slot="record_photo")
    assert "这可能是“学籍在线验证报告”" in browser.page


def test_the_forty_first_upload_of_a_day_waits_for_tomorrow(
    browser: Browser, url: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "UPLOADS", acts.Limit(4, acts.UPLOADS.span))  # two are used by the two papers
    data = papers.jpeg(papers.diploma(1))
    assert [send(browser, url, data).status_code for _ in range(3)] == [303, 303, 429]
    assert "今天已经用完" in browser.page


def test_a_full_disk_takes_no_upload_and_still_shows_what_is_there(
    browser: Browser, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "LEAST_FREE", 2**62)
    assert send(browser, url, papers.jpeg(papers.diploma(1)), diploma_remark="写到一半").status_code == 503
    assert "暂时不能上传" in browser.page
    assert "写到一半" in browser.page
    public_id = Evidence.query.filter_by(slot="diploma_photo", current=True).one().public_id
    assert browser.client.get(f"/evidence/{public_id}").status_code == 200


def test_with_all_places_taken_one_is_told_to_ask_again_and_it_costs_no_upload(
    browser: Browser, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.models import Throttle

    def busy(*_: object, **__: object) -> None:
        raise pictures.PicturesBusy

    monkeypatch.setattr("app.wizard.views.uploads.normalise_picture", busy)
    before = Throttle.query.filter(Throttle.key.like("uploads:%")).one().hits
    answer = send(browser, url, papers.jpeg(papers.diploma(1)))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3"
    assert Throttle.query.filter(Throttle.key.like("uploads:%")).one().hits == before


def test_a_picture_whose_file_is_gone_is_shown_as_missing_and_asked_for_again(
    browser: Browser, url: str, app: Flask
) -> None:
    app.extensions["kaoji.store"].delete(Evidence.query.filter_by(slot="diploma_photo").one().storage_key)
    with transaction() as session:
        session.execute(Evidence.__table__.update().where(Evidence.slot == "diploma_photo").values(missing=True))
    browser.get(f"{url}/prior-degree")
    assert "缺失" in browser.page
    browser.get(f"{url}/confirm")
    assert browser.post(f"{url}/confirm", act="next").status_code == 422
    assert "毕业证书照片在平台上缺失，请重新上传" in browser.page


def test_a_portrait_is_asked_for_where_the_window_says_so(browser: Browser, app: Flask) -> None:
    build.window(portrait=True, portrait_background="blue")
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    assert "浅蓝色背景" in browser.page
    assert browser.post(f"{url}/profile", act="next", **build.answers()["profile"]).status_code == 422
    assert "请上传本人照片（用于毕业证书）" in browser.page
    picture = Image.new("RGB", (1600, 1200), (200, 30, 30))
    answer = browser.post(f"{url}/profile/portrait", portrait=(io.BytesIO(papers.jpeg(picture)), "me.jpg"))
    assert answer.status_code == 303
    _, kept = stored(app, "portrait")
    assert Image.open(io.BytesIO(kept)).size == (480, 640)
    assert len(kept) <= 40 * 1024
    assert "照片背景颜色不符合要求：应为浅蓝色" in browser.page
    assert browser.post(f"{url}/profile", act="next", **build.answers()["profile"]).status_code == 303


def test_no_portrait_is_asked_for_by_default(browser: Browser, url: str) -> None:
    assert 'name="portrait"' not in browser.get(f"{url}/profile")
    assert send(browser, url.replace("prior-degree", "profile"), b"x", slot="portrait").status_code == 404


class Full:
    """A store whose disk or bucket does not take or give anything."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def put(self, data: bytes) -> str:
        raise OSError(28, "No space left on device")

    def read(self, key: str) -> bytes:
        raise OSError(5, "Input/output error")


def counted(what: str = "uploads") -> int:
    return sum(row.hits for row in Throttle.query.filter(Throttle.key.like(f"{what}:%")))


def test_a_store_that_fails_blames_nobody_costs_no_upload_and_is_worth_another_try(
    browser: Browser, url: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, turns, whole = counted(), counted("turns"), app.extensions["kaoji.store"]
    picture = stored(app)[0].public_id
    monkeypatch.setitem(app.extensions, "kaoji.store", Full(whole))
    for answer in (
        send(browser, url, papers.jpeg(papers.diploma(2), 80)),
        browser.post(f"{url}/prior-degree/diploma_photo", act="rotate"),
    ):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
        assert "不是照片的问题" in answer.text
    gone = browser.client.get(f"/evidence/{picture}")
    assert gone.status_code == 503
    assert gone.headers["Retry-After"]
    assert (counted(), counted("turns")) == (before, turns)
    monkeypatch.setitem(app.extensions, "kaoji.store", whole)
    assert send(browser, url, papers.jpeg(papers.diploma(2), 80)).status_code == 303
    assert counted() == before + 1


def test_workers_that_are_killed_twice_blame_no_photo_and_cost_no_upload(
    browser: Browser, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counted()

    def killed(worker: Any, order: Any, data: bytes) -> Any:
        worker.close()
        raise pictures._Died(-9)

    monkeypatch.setattr(pictures._Worker, "run", killed)
    answer = send(browser, url, papers.jpeg(papers.diploma(2), 80))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert "不是照片的问题" in answer.text
    assert "过于复杂" not in answer.text
    assert counted() == before


LONG = "长" * 3000
NUMBER_TOLD = "太长了，没有保存"


def picture() -> tuple[io.BytesIO, str]:
    return io.BytesIO(papers.jpeg(papers.diploma(5))), "IMG_9.jpg"


@pytest.mark.parametrize("act", ["next", "back", "save", "choose", "upload"])
def test_a_picture_beside_a_text_that_is_too_long_is_stored_and_the_text_told_and_given_back(
    browser: Browser, url: str, act: str
) -> None:
    """The button of the picture sends the whole form too, without script."""
    before = Evidence.query.filter_by(slot="diploma_photo", current=True).one().id
    to = f"{url}/prior-degree{'/diploma_photo' if act == 'upload' else ''}"
    answer = browser.post(to, act=act, diploma_number=LONG, diploma_remark="备注", diploma_photo=picture())
    assert (answer.status_code, NUMBER_TOLD in answer.text, LONG in answer.text) == (422, True, True)
    after = Evidence.query.filter_by(slot="diploma_photo", current=True).one()
    assert (after.id != before, after.label) == (True, "IMG_9.jpg")
    assert f"/{after.public_id}" in answer.text
    page = browser.get(f"{url}/prior-degree")
    assert ("备注" in page, LONG[:20] in page) == (True, False)


@pytest.mark.parametrize("act", ["rotate", "remove"])
def test_turning_or_removing_a_picture_loses_no_text_without_a_word(browser: Browser, url: str, act: str) -> None:
    answer = browser.post(f"{url}/prior-degree/diploma_photo", act=act, diploma_number=LONG)
    assert (answer.status_code, NUMBER_TOLD in answer.text, LONG in answer.text) == (422, True, True)
    assert (Evidence.query.filter_by(slot="diploma_photo", current=True).count() == 0) is (act == "remove")


def test_turning_a_picture_that_was_removed_in_another_tab_says_so_and_keeps_the_text(
    browser: Browser, url: str
) -> None:
    browser.post(f"{url}/prior-degree/diploma_photo", act="remove")
    answer = browser.post(f"{url}/prior-degree/diploma_photo", act="rotate", diploma_number="333333333333333333")
    assert (answer.status_code, "已经在另一个页面上删除了" in answer.text) == (422, True)
    assert "333333333333333333" in browser.get(f"{url}/prior-degree")


def test_a_bad_picture_beside_a_text_that_is_too_long_is_told_with_it(browser: Browser, url: str) -> None:
    answer = send(browser, url, b"no picture", diploma_number=LONG, act="upload")
    assert (answer.status_code, NUMBER_TOLD in answer.text, LONG in answer.text) == (422, True, True)
    assert answer.text.count('class="error"') + answer.text.count("field upload wrong") >= 2


def test_a_picture_is_stored_though_the_text_beside_it_was_changed_elsewhere(browser: Browser, url: str) -> None:
    before, stale = Evidence.query.filter_by(slot="diploma_photo", current=True).one().id, browser.page
    browser.post(f"{url}/prior-degree", act="save", diploma_number="111111111111111111")
    browser.page = stale
    answer = browser.post(
        f"{url}/prior-degree/diploma_photo", act="upload", diploma_number="222222222222222222", diploma_photo=picture()
    )
    assert answer.status_code == 409
    assert "222222222222222222" in answer.text
    assert "diploma_number</h2>" not in answer.text, "the field is called as the page calls it"
    assert "没有收下的文件" not in answer.text
    assert Evidence.query.filter_by(slot="diploma_photo", current=True).one().id != before


@pytest.mark.parametrize("to", ["", "/diploma_photo"])
def test_a_picture_that_came_too_late_is_named_as_not_taken(browser: Browser, url: str, app: Flask, to: str) -> None:
    with transaction() as session:
        session.query(Window).update({"closes_at": build.NOW - timedelta(hours=1)})
    answer = browser.post(f"{url}/prior-degree{to}", act="upload", diploma_number="1234", diploma_photo=picture())
    assert answer.status_code == 409
    assert "没有收下的文件：IMG_9.jpg" in answer.text


def test_more_text_than_a_form_takes_says_that_the_pictures_were_not_taken_either(browser: Browser, url: str) -> None:
    before = Evidence.query.filter_by(slot="diploma_photo", current=True).one().id
    answer = browser.post(f"{url}/prior-degree", act="next", diploma_number="长" * 150_000, diploma_photo=picture())
    assert (answer.status_code, "文字和文件超过了允许的大小，都没有收下" in answer.text) == (413, True)
    assert "重新选择" in answer.text
    assert Evidence.query.filter_by(slot="diploma_photo", current=True).one().id == before


def test_a_fault_after_a_picture_was_stored_does_not_name_it_as_lost(
    browser: Browser, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception("database is locked"))

    monkeypatch.setattr(drafts, "save_step", busy)
    sent = {"diploma_number": "1234", "diploma_photo": picture(), "record_photo": (io.BytesIO(b"no picture"), "b.jpg")}
    answer = browser.post(f"{url}/prior-degree", act="next", **sent)
    assert (answer.status_code, "1234" in answer.text) == (503, True)
    assert "没有收下的文件：b.jpg<" in answer.text


def test_a_bad_picture_beside_a_text_that_was_changed_elsewhere_is_named(browser: Browser, url: str) -> None:
    stale = browser.page
    browser.post(f"{url}/prior-degree", act="save", diploma_number="111111111111111111")
    browser.page = stale
    answer = send(browser, url, b"no picture", "b.jpg", diploma_number="222222222222222222", act="upload")
    assert (answer.status_code, "没有收下的文件：b.jpg<" in answer.text) == (409, True)
