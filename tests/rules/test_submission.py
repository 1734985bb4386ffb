"""A frozen submission is read as typed data and written byte for byte as those that are stored already."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.rules.submission import AtSchool, Document, InWindow, Item, Person, read, write

STORED = (
    '{"application":"k3Qe9","assessment":null,"examinee":{"id_number":"110101200001010018","id_type":"居民身份证","name":"张小明"},'
    '"items":[{"evidence":"","key":"profile.phone","label":"手机号码","locked":false,"sha256":"","value":"13800000000"},'
    '{"evidence":"p1","key":"prior_degree.diploma_photo","label":"毕业证书照片","locked":false,"sha256":"ab","value":"800×600"},'
    '{"evidence":"","key":"scores.assessment","label":"学分与课程","locked":true,"sha256":"","value":"“合格”\\n70 学分"}],'
    '"number":2,"replies":{"profile.phone":"没有换号"},"school":{"code":"10574","name":"某大学"},"service":"graduation",'
    '"submitted_at":"2026-12-01T02:03:04.000005+00:00","ticket":"010126100001","window":{"id":7,"name":"2026 年下半年毕业"}}'
)
SHA256 = (
    "df9c0b2302bd982a798baccdc4057cd2d3e931fc05168ced15d752316b921276"  # as it was stored before documents were typed
)
DOCUMENT = Document(
    service="graduation",
    application="k3Qe9",
    number=2,
    window=InWindow(7, "2026 年下半年毕业"),
    ticket="010126100001",
    examinee=Person("张小明", "居民身份证", "110101200001010018"),
    submitted_at=datetime(2026, 12, 1, 2, 3, 4, 5, UTC),
    items=(
        Item("profile.phone", "手机号码", "13800000000"),
        Item("prior_degree.diploma_photo", "毕业证书照片", "800×600", "p1", "ab"),
        Item("scores.assessment", "学分与课程", "“合格”\n70 学分", locked=True),
    ),
    replies={"profile.phone": "没有换号"},
    school=AtSchool("10574", "某大学"),
    assessed=None,
)


def test_what_is_written_has_the_bytes_that_were_always_written() -> None:
    text = write(DOCUMENT)
    assert text == STORED
    assert hashlib.sha256(text.encode()).hexdigest() == SHA256


def test_what_was_stored_reads_as_typed_data() -> None:
    document = read(STORED)
    assert document == DOCUMENT
    assert list(document.labels) == ["profile.phone", "prior_degree.diploma_photo", "scores.assessment"]
    assert document.labels["profile.phone"] == "手机号码"
    assert document.values["scores.assessment"] == "“合格”\n70 学分"
    assert document.assessment is None


def test_what_is_compared_is_stored_where_the_value_says_more() -> None:
    item = Item("scores.assessment", "学分与课程", "70 学分。还差 1 门", locked=True, plain="70 学分")
    document = replace(DOCUMENT, items=(item,))
    assert read(write(document)) == document
    assert write(document).count('"plain"') == 1


def test_an_older_document_lacks_replies_and_school() -> None:
    older = json.loads(STORED)
    for part in ("replies", "school", "assessment"):
        del older[part]
    document = read(json.dumps(older))
    assert document == replace(DOCUMENT, replies={}, school=AtSchool(), assessed=None)


def test_a_part_that_is_not_known_here_is_left_out() -> None:
    newer = json.loads(STORED)
    newer["lines"] = []
    newer["items"][0]["outcome"] = "partial"
    assert read(json.dumps(newer)) == DOCUMENT


@pytest.mark.parametrize("part", ["service", "ticket", "examinee", "items", "window", "submitted_at"])
def test_a_document_without_a_part_that_all_have_is_refused(part: str) -> None:
    broken = json.loads(STORED)
    del broken[part]
    with pytest.raises(ValueError, match=f"无法读取.*{part}"):
        read(json.dumps(broken))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"items":3}', "1"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="无法读取"):
        read(text)


def test_an_assessment_of_another_format_is_refused_where_it_is_asked_for() -> None:
    later = json.loads(STORED)
    later["assessment"] = {"format": 99}
    document = read(json.dumps(later))
    assert document.values["profile.phone"] == "13800000000"
    with pytest.raises(ValueError, match="格式 99"):
        _ = document.assessment
