"""A number in an address that no row can have is an address that does not exist."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound

from tests import builders as build

HUGE = "99999999999999999999"


@pytest.mark.parametrize("path", ["/admin/windows/", "/staff/examinees/", "/admin/announcements/"])
def test_a_number_that_no_row_can_have_is_not_found(client: FlaskClient, path: str) -> None:
    build.sign_in(client, person=build.staff("admin"))
    assert client.get(path + HUGE).status_code == 404


@pytest.mark.parametrize("digits", ["４", "٤", "+4", "4 "])
@pytest.mark.parametrize(
    "path", ["/admin/staff/{}", "/admin/staff/{}/role", "/staff/examinees/{}", "/announcements/{}"]
)
def test_only_plain_digits_are_a_number(app: Flask, path: str, digits: str) -> None:
    urls = app.url_map.bind("localhost")
    assert urls.match(path.format("4"))[1] == {"ident": 4}
    with pytest.raises(NotFound):
        urls.match(path.format(digits))


def test_an_announcement_of_such_a_number_is_not_found(client: FlaskClient) -> None:
    build.sign_in(client, tick=build.ticket(build.examinee()))
    assert client.get("/announcements/" + HUGE).status_code == 404
