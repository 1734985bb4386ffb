"""Everybody opens every link and sends every form of every page once, from what the pages themselves show: none leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from app.rules.people.roles import STAFF_ROLES
from tests.reviewing import PAYING
from tests.sites import Pool
from tests.sizes import FULL
from tests.web.matrix_map import HALFWAY
from tests.web.walks.blanks import gaps
from tests.web.walks.crawling import Sheet, Walk
from tests.web.walks.numbers_shown import watched
from tests.web.walks.situations import Season, make_season

EXAMINEES = ("draft", "returned", "owing", "ordered", "finished", "newcomer", "sent_back", "rejected")
DOORS = {"anonymous": ("/login", "/staff/login", "/verify"), "activating": ("/staff/password",), "half": ("/staff/login",), "enrolling": ("/staff/totp",)}  # fmt: skip


@pytest.fixture
def season(pool: Pool) -> Iterator[Season]:
    with pool.prepared("season", make_season, PAYING) as made:
        yield made


def starts(name: str) -> tuple[str, ...]:
    return ("/staff",) if name in STAFF_ROLES else DOORS.get(name, ("/",))


@pytest.mark.parametrize("name", [*STAFF_ROLES, *EXAMINEES, *HALFWAY, "anonymous"])
def test_every_link_opens_and_every_form_is_answered(season: Season, name: str) -> None:
    client = season.browsers[name]
    with watched(client) if name in STAFF_ROLES else nullcontext([]) as shown:
        walk = Walk(season.app, client, name, often=1000 if FULL else 8, every=FULL).from_(*starts(name))
    assert "\n".join(walk.faults) == ""
    assert "\n".join(shown) == ""
    assert walk.answers > (1 if name in DOORS else 20)


LINES = {
    "<p>请在 1 日前提交，<time>还剩 16 小时</time>； 已保存</p>": ["前提交，还剩 16 小时； 已保存"],
    "<p>甲（乙）\n<b>丙</b></p>": ["甲（乙） 丙"],
    "<p>甲 <b>，乙</b></p>": ["甲 ，乙"],
    '<p class="small prose"><b>甲</b>， 乙</p> “己”<p>丙。 丁</p>': ["丙。 丁"],
    "<p>甲（乙）</p>\n<p>丙：<input> 丁（戊） · 己，\n</p>": [],
}


@pytest.mark.parametrize("html", LINES)
def test_a_blank_beside_punctuation_is_named(html: str) -> None:
    assert gaps(html) == LINES[html]


BROKEN = {
    '<a href="/staff/nowhere">x</a>': "404",
    '<a href="/staff//orders">x</a>': "malformed",
    '<a href="#x">y</a>': "no such place",
    '<a href="/staff/applications/None/desk">x</a>': "malformed",
    '<a href="/staff/applications/undo">x</a>': "404",  # takes forms only, and is no file's number
    '<a href="/admin/staff">x</a>': "403",
    '<form method="post" action="/admin/staff//role"><button>x</button></form>': "malformed",
    '<form method="post" action="/staff/orders/{{ number }}"><button>x</button></form>': "malformed",
    '<form method="post" action="/privacy"><button>x</button></form>': "405",
    '<form method="post" action="/staff/password"><button formaction="/nowhere">x</button></form>': "404",
    '<form method="post" action="/staff/password"><button>x</button></form>': "400",  # without its token
}


@pytest.mark.parametrize("html", BROKEN)
def test_a_page_with_one_wrong_address_is_named(season: Season, html: str) -> None:
    walk = Walk(season.app, season.browsers["auditor"], "auditor")
    for state, where, link in walk.of_page(Sheet("/staff", html)):
        walk.restore(state)
        walk.open(where, link)
    assert [BROKEN[html] in fault for fault in walk.faults] == [True], walk.faults
