"""A part of a row is found by its labels, wherever its columns stand and whatever else has the same names."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import literal, null, select

from app.extensions import db
from app.models.parts import Part
from app.models.prepared import Prepared


class Place(NamedTuple):
    code: str
    name: str


NEAR = Part("near", Place, {"code": literal("1"), "name": literal("近")})
FAR = Part("far", Place, {"name": literal("远"), "code": literal("2")})
NONE = Part("none", Place, {"code": null(), "name": null()})
_all = select(*FAR.columns, literal("x").label("name"), *NONE.columns, *NEAR.columns)


def test_parts_with_the_same_names_are_told_apart_in_any_order(app) -> None:
    row = db.session.execute(_all).one()
    assert NEAR.read(row) == Place("1", "近")
    assert FAR.read(row) == FAR.found(row) == Place("2", "远")
    assert row.name == "x"


def test_what_an_outer_join_did_not_find_is_none(app) -> None:
    assert NONE.found(db.session.execute(_all).one()) is None


def test_a_prepared_statement_s_row_has_the_same_parts(app) -> None:
    row = Prepared(_all).one(db.session())
    assert (NEAR.read(row), FAR.read(row)) == (Place("1", "近"), Place("2", "远"))
