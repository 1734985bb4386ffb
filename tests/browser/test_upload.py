"""The evidence step on a phone: an 8 MB photo, a HEIC, a screenshot, a slow line that drops; the same without script."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from app.extensions import db
from app.models import Application, Evidence
from app.rules.evidence.kinds import LENIENT_BYTES
from tests import builders as build
from tests import papers
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.season import Season, file, open_season, photo, sign_in, upload
from tests.wizard.test_evidence_upload import HEIC, phone_photo, read_by_exiftool

SLOW = {"offline": False, "latency": 80, "downloadThroughput": 400_000, "uploadThroughput": 250_000}  # bytes per second
SIDE, HIGH = 1600, 1_048_576


def png() -> bytes:
    out = io.BytesIO()
    papers.form(3).save(out, "PNG")
    return out.getvalue()


def heavier(data: bytes, size: int) -> bytes:
    """The same JPEG, made larger than `size` bytes by comments."""
    comment = b"\xff\xfe\xff\xff" + bytes(65533)
    return data[:2] + comment * (size // len(comment) + 1) + data[2:]


@pytest.fixture
def season(live: Live) -> Season:
    return open_season(live.app)


def at_evidence(season: Season, visitor: Visitor, step: str = "prior-degree") -> str:
    """Signed in, on the evidence step of an application that is filled otherwise; its address."""
    person = season.examinee()
    with season.app.app_context():
        made = build.application(
            person.ticket_rows[0], season.window, answers=build.answers(), reached="confirm", at_step="prior-degree"
        )
        url = f"/applications/{made.public_id}"
    sign_in(visitor, person)
    visitor.go(f"{url}/{step}")
    return url


def stored(season: Season, slot: str = "diploma_photo") -> tuple[Evidence, bytes]:
    with season.app.app_context():
        row = db.session.query(Evidence).filter_by(slot=slot, current=True).one()
        data = season.app.extensions["kaoji.store"].read(row.storage_key)
        db.session.expunge_all()
        return row, data


@pytest.mark.parametrize("js", [True, False], ids=["script", "no-script"])
def test_three_kinds_of_pictures_go_up_from_a_phone(
    season: Season, visit: Callable[..., Visitor], js: bool, tmp_path: Path
) -> None:
    visitor = visit(PHONE, js)
    at_evidence(season, visitor)
    original = phone_photo()
    assert len(original) > 6 * 2**20
    for data, name in ((original, "IMG_2031.jpg"), (HEIC.read_bytes(), "IMG_2032.HEIC"), (png(), "截图.png")):
        upload(visitor, "diploma_photo", data, name)
        row, kept = stored(season)
        assert len(kept) <= HIGH
        assert max(row.width, row.height) >= SIDE
        assert (row.width > row.height) == (data is original)  # each upright
        assert b"SecretPhoneMaker" not in kept
        assert read_by_exiftool(kept, tmp_path) == {}


def test_the_browser_shrinks_before_it_sends(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    sizes: list[int] = []
    visitor.page.on(
        "request",
        lambda request: (
            sizes.append(int(request.all_headers().get("content-length", 0)))
            if request.url.endswith("/diploma_photo")
            else None
        ),
    )
    upload(visitor, "diploma_photo", phone_photo())
    assert len(sizes) == 1
    assert sizes[0] < HIGH + 2000
    row, _ = stored(season)
    assert row.width > row.height >= 1100


def test_a_photo_larger_than_what_the_server_takes_is_made_smaller_first(
    season: Season, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    data = heavier(photo(2000, 1500), LENIENT_BYTES)
    assert len(data) > LENIENT_BYTES
    upload(visitor, "diploma_photo", data)
    row, _ = stored(season)
    assert row.width >= SIDE


def slowed(visitor: Visitor) -> Callable[..., None]:
    """slow(uploadThroughput=…): how the line of this page is from now on."""
    session = visitor.context.new_cdp_session(visitor.page)

    def slow(**over: Any) -> None:
        session.send("Network.emulateNetworkConditions", {**SLOW, **over})

    return slow


def test_a_slow_line_that_drops_once_goes_on_by_itself(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    page = visitor.page
    slowed(visitor)()
    drops = {"left": 1}

    def line(route: Any) -> None:
        if route.request.method == "POST" and drops["left"]:
            drops["left"] -= 1
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/prior-degree/diploma_photo", line)
    page.locator("input[type=file][name=diploma_photo]").set_input_files(file("IMG.jpg", photo(2000, 1500)))
    block = page.locator("#drop-diploma_photo")
    expect(block.locator("canvas.preview")).to_be_visible()
    expect(block.get_by_text("网络中断，正在自动重试")).to_be_visible()
    expect(block.get_by_role("progressbar", name="上传进度")).to_be_visible()
    page.locator("#drop-diploma_photo img").wait_for(timeout=60_000)
    assert drops["left"] == 0
    assert len(stored(season)[1]) <= HIGH
    visitor.complaints[:] = [line for line in visitor.complaints if "ERR_CONNECTION_RESET" not in line]


def test_an_upload_can_be_cancelled_and_taken_up_again(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    page = visitor.page
    slow = slowed(visitor)
    slow(uploadThroughput=30_000)
    page.locator("input[type=file][name=diploma_photo]").set_input_files(
        file("IMG.jpg", papers.jpeg(papers.photographed(papers.diploma(2), 2), 85))
    )
    block = page.locator("#drop-diploma_photo")
    block.get_by_role("button", name="取消").click()
    expect(block.get_by_text("已取消上传。")).to_be_visible()
    slow(uploadThroughput=-1, downloadThroughput=-1, latency=0)
    block.get_by_role("button", name="重试").click()
    page.locator("#drop-diploma_photo img").wait_for()
    block.get_by_role("button", name=re.compile("^向右旋转")).click()
    visitor.settle()
    row, _ = stored(season)
    assert row.height > row.width
    expect(block.get_by_text("文字方向可能不朝上")).to_be_visible()


def test_while_all_places_are_taken_one_stands_in_line(
    season: Season, visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.adapters.pictures.pool import PicturesBusy
    from app.wizard.views import uploads

    real, turns = uploads.normalise_picture, iter((True, True))

    def busy(*args: Any, **more: Any) -> Any:
        if next(turns, False):
            raise PicturesBusy
        return real(*args, **more)

    monkeypatch.setattr(uploads, "normalise_picture", busy)
    monkeypatch.setattr(uploads, "AGAIN_AFTER", 1)
    visitor = visit(PHONE)
    visitor.expected.add(503)
    at_evidence(season, visitor)
    visitor.page.locator("input[type=file][name=diploma_photo]").set_input_files(
        file("IMG.jpg", papers.jpeg(papers.diploma(2)))
    )
    expect(visitor.page.locator("#drop-diploma_photo").get_by_text("正在排队")).to_be_visible()
    visitor.page.locator("#drop-diploma_photo img").wait_for()


def test_what_was_typed_is_saved_before_the_camera_opens(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    page = visitor.page
    page.locator("#diploma_remark").fill("证书在家里，明天补拍")
    with (
        page.expect_response(lambda answer: answer.request.headers.get("x-autosave") == "1") as saved,
        page.expect_file_chooser(),
    ):
        page.locator("input[type=file][name=diploma_photo]").click()
    assert saved.value.status == 200
    with season.app.app_context():
        assert db.session.query(Application).one().answers["prior_degree"]["diploma_remark"] == "证书在家里，明天补拍"


def test_a_picture_that_was_asked_for_leaves_the_summary_of_errors(
    season: Season, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    visitor.press("下一步")
    summary = visitor.page.locator(".errors")
    expect(summary.locator("li")).to_have_text(["请上传毕业证书照片", "请上传备案表照片"])
    upload(visitor, "diploma_photo", photo())
    expect(summary.locator("li")).to_have_text(["请上传备案表照片"])
    expect(summary.locator("h2")).to_have_text("有 1 处需要修改")
    upload(visitor, "record_photo", png(), "备案表.png")
    expect(summary).to_have_count(0)


def test_a_strict_window_refuses_before_anything_is_sent(season: Season, visit: Callable[..., Visitor]) -> None:
    season.change_window(strict_files=True)
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    visitor.page.locator("input[type=file][name=diploma_photo]").set_input_files(
        file("IMG.jpg", heavier(photo(), 2**20))
    )
    said = visitor.page.locator("#drop-diploma_photo").get_by_text("文件应不超过 1 MB，现在是")
    expect(said).to_be_visible()
    with season.app.app_context():
        assert db.session.query(Evidence).count() == 0


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_portrait_is_framed_by_the_person(
    season: Season, visit: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    season.change_window(portrait=True, portrait_background="blue")
    visitor = visit(size)
    at_evidence(season, visitor, "profile")
    page = visitor.page
    page.locator("input[type=file][name=portrait]").set_input_files(file("me.jpg", me()))
    dialog = page.get_by_role("dialog", name="调整头像位置")
    expect(dialog).to_be_visible()
    box = dialog.locator("canvas").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    dialog.get_by_label("放大").fill("2")
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 100 + 400, box["y"] + 100)  # the left part comes into the frame
    page.mouse.up()
    dialog.get_by_role("button", name="使用这张照片").click()
    page.locator("#drop-portrait img").wait_for()
    row, kept = stored(season, "portrait")
    image = Image.open(io.BytesIO(kept))
    assert image.size == (480, 640)
    assert image.getpixel((240, 320))[0] > 150  # the red left part, not the blue middle
    page.locator("input[type=file][name=portrait]").set_input_files(file("me.jpg", me()))
    dialog.get_by_role("button", name="取消").click()
    expect(page.locator("#drop-portrait").get_by_text("已取消上传。")).to_be_visible()  # said to screen readers as well
    assert stored(season, "portrait")[0].sha256 == row.sha256


def test_without_script_a_portrait_is_cut_from_the_middle(season: Season, visit: Callable[..., Visitor]) -> None:
    season.change_window(portrait=True, portrait_background="blue")
    visitor = visit(PHONE, js=False)
    at_evidence(season, visitor, "profile")
    upload(visitor, "portrait", me(), "me.jpg")
    image = Image.open(io.BytesIO(stored(season, "portrait")[1]))
    assert image.size == (480, 640)
    assert image.getpixel((240, 320))[2] > 200  # the blue middle


def me() -> bytes:
    """Red, light blue, green thirds."""
    image = Image.new("RGB", (2400, 1600), (100, 197, 255))
    image.paste((220, 40, 40), (0, 0, 800, 1600))
    image.paste((40, 160, 60), (1600, 0, 2400, 1600))
    return papers.jpeg(image, 95)


def test_a_large_picture_of_somebody_signed_out_asks_to_sign_in_and_is_kept(
    season: Season, visit: Callable[..., Visitor]
) -> None:
    """The server refuses it by its size, without reading it: the page still says what is wrong."""
    visitor = visit(PHONE)
    visitor.expected |= {401, 413}
    at_evidence(season, visitor)
    visitor.context.clear_cookies()
    with visitor.page.expect_response("**/diploma_photo") as answer:
        visitor.page.locator("input[type=file][name=diploma_photo]").set_input_files(file("IMG.jpg", phone_photo()))
    assert answer.value.status == 413
    expect(visitor.page.locator("#notice-session")).to_contain_text("登录")
    expect(visitor.page.locator("#drop-diploma_photo")).to_contain_text("登录已过期，图片还没有上传")


def test_two_pictures_at_once_go_up_one_after_the_other(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    page = visitor.page
    slowed(visitor)(uploadThroughput=60_000)
    under_way: list[str] = []
    most: list[int] = []
    page.on("request", lambda sent: (under_way.append(sent.url), most.append(len(under_way))) if _sends(sent) else None)
    page.on("requestfinished", lambda sent: under_way.remove(sent.url) if _sends(sent) else None)
    data = papers.jpeg(papers.diploma(2))
    for slot in ("diploma_photo", "record_photo"):
        page.locator(f"input[type=file][name={slot}]").set_input_files(file("IMG.jpg", data))
    expect(page.locator("#drop-record_photo").get_by_text("前一张照片传完后自动上传")).to_be_visible()
    for slot in ("diploma_photo", "record_photo"):
        page.locator(f"#drop-{slot} img").wait_for(timeout=60_000)
    assert most == [1, 1]


def _sends(sent: Any) -> bool:
    return sent.method == "POST" and sent.url.endswith("_photo")


def test_a_picture_beside_another_window_s_waits_for_it(
    season: Season, visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.actions.evidence.one_at_a_time import AnotherOne
    from app.wizard.views import uploads

    real, turns = uploads.one_at_a_time, iter((True,))

    def taken(**more: Any) -> Any:
        if next(turns, False):
            raise AnotherOne
        return real(**more)

    monkeypatch.setattr(uploads, "one_at_a_time", taken)
    visitor = visit(PHONE)
    visitor.expected.add(429)
    at_evidence(season, visitor)
    visitor.page.locator("input[type=file][name=diploma_photo]").set_input_files(
        file("IMG.jpg", papers.jpeg(papers.diploma(2)))
    )
    expect(visitor.page.locator("#drop-diploma_photo").get_by_text("正在等你的另一张照片处理完")).to_be_visible()
    visitor.page.locator("#drop-diploma_photo img").wait_for()
