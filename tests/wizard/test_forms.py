"""The base of posted forms: what each kind of field reads, and what it gives back to the page."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from app.web.staff.queue.filters import Filters
from app.web.staff.queue.forms import FindForm
from app.wizard.forms import Digits, Form, Keyed, Line, Lines, Many, Number, Text, number_of


class Sample(Form):
    title = Line("标题")
    body = Lines("内容")
    word = Text("原样", default="save")
    version = Number()
    most = Digits("最多")
    ticked = Many("列")
    reason = Keyed("退回原因", clean=str.strip)
    places = Keyed("用在", many=True)


def sample(*pairs: tuple[str, str]) -> Sample:
    return Sample(MultiDict(pairs))


def test_a_field_reads_what_it_says() -> None:
    form = sample(
        ("title", "  两\n 行 "),
        ("body", " 一\r\n二 "),
        ("word", " x "),
        ("version", "12"),
        ("most", " １０ "),
        ("ticked", "a"),
        ("ticked", "b"),
    )
    assert (form.title.data, form.body.data, form.word.data) == ("两 行", "一\n二", " x ")
    assert (form.version.data, form.most.data, form.ticked.data) == (12, "10", ["a", "b"])


def test_what_was_not_sent_is_empty_and_what_nobody_asked_for_is_ignored() -> None:
    form = sample(("other", "x"))
    assert form.values() == {
        "title": "",
        "body": "",
        "word": "save",
        "version": 0,
        "most": "",
        "ticked": [],
        "reason": {},
        "places": {},
    }
    assert not form.sent("title")
    assert sample(("title", "")).sent("title")


def test_keyed_fields_are_read_by_their_key_and_given_back_as_typed() -> None:
    form = sample(
        ("reason.profile.phone", " 错 "),
        ("reason.00540", "缺"),
        ("places.a", "1"),
        ("places.a", "2"),
        ("reasons.b", "no"),
    )
    assert form.reason.data == {"profile.phone": "错", "00540": "缺"}
    assert form.reason.sent == {"profile.phone": " 错 ", "00540": "缺"}
    assert form.places.data == {"a": ["1", "2"]}


def test_a_number_is_up_to_nine_ascii_digits() -> None:
    assert [number_of(text) for text in ("7", "999999999", "1000000000", "-1", "１", " 1", "")] == [
        7,
        999999999,
        0,
        0,
        0,
        0,
        0,
    ]


def test_a_form_names_its_labels_once() -> None:
    assert Sample.labels()["title"] == "标题"
    assert Sample.labels() is Sample.labels()


def test_every_filter_of_the_queue_can_be_posted() -> None:
    assert set(FindForm.labels()) - {"then"} == set(Filters.__dataclass_fields__)  # then: which button leads on
