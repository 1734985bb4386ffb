"""Every text that somebody typed or imported is made markup, and every page that shows it is read: none of it becomes an element (AC-11, AC-12)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jinja2.utils import LRUCache

from tests.reviewing import PAYING
from tests.sites import Pool
from tests.sizes import FULL
from tests.web.walks.hostile import IMPORTED, Made, poison, read
from tests.web.walks.situations import Season, make_season
from tests.web.walks.test_marked_texts import COLUMNS

OFTEN = 12 if FULL else 2
WALKERS = {"admin": 25, "office_reviewer": 25, "returned": 8, "finished": 8, "waiting": 8}
"""Who reads, and on how many places the texts stand at least."""


@pytest.fixture
def season(pool: Pool) -> Iterator[Season]:
    with pool.prepared("season", make_season, PAYING) as made:
        staff = {table: " ".join(names for names in whom.values()) for table, whom in COLUMNS.items()}
        columns = {table: f"{staff.get(table, '')} {IMPORTED.get(table, '')}" for table in staff | IMPORTED}
        taken = poison(made, columns)
        assert taken >= {"application.answers", "examinee.name", "submission.document", "review.message", "school.name"}
        yield made


def test_no_text_becomes_an_element_of_any_page(season: Season) -> None:
    for name, least in WALKERS.items():
        walk = read(season, name, "/staff" if name in ("admin", "office_reviewer") else "/", OFTEN)
        assert walk.made == [], name
        assert walk.texts >= least, name
        assert walk.failed == [], name


def test_it_becomes_one_where_nothing_is_escaped(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard off: templates are compiled anew without autoescape."""
    engine = season.app.jinja_env
    for name, value in (("autoescape", False), ("cache", LRUCache(400)), ("bytecode_cache", None)):
        monkeypatch.setattr(engine, name, value)
    page = season.browsers["returned"].get("/").get_data(as_text=True)
    assert "evil-tag" in Made(page).elements
