"""A number in an address that no row can have is an address that does not exist."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests import builders as build

HUGE = "99999999999999999999"


@pytest.mark.parametrize("path", ["/admin/windows/", "/staff/examinees/", "/admin/announcements/"])
def test_a_number_that_no_row_can_have_is_not_found(client: FlaskClient, path: str) -> None:
    build.sign_in(client, person=build.staff("admin"))
    assert client.get(path + HUGE).status_code == 404


def test_an_announcement_of_such_a_number_is_not_found(client: FlaskClient) -> None:
    build.sign_in(client, tick=build.ticket(build.examinee()))
    assert client.get("/announcements/" + HUGE).status_code == 404
