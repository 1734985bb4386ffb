"""An application on a fresh database: SQLite by default, PostgreSQL as well where a test asks for `both`."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import sysconfig
import time
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from app.extensions import db
from tests import import_share
from tests.hurry import hurried, in_earnest
from tests.postgres import Server, start
from tests.sites import Made, Pool, create_tables, set_clock
from tests.sizes import EXAMPLES, FULL

FEW = 3  # files
LONG = (
    "tests/demo",
    "tests/bench",
    "tests/web/test_matrix",
    "tests/test_house.py",
    "tests/web/test_attacks",
    "tests/web/walks/test_crawl",
    "tests/web/walks/test_marked_texts",
    "tests/cli",
)
"""What has long tests: dealt to the processes and begun first, so that all end at the same moment."""
BROWSER = "tests/browser"
"""These wait, for Chromium and the server, a third of their time: dealt too, and spread among what keeps a core busy."""
WHOLE = ("tests/demo", "tests/cli")  # files whose tests share what takes long to make
settings.register_profile("kaoji", max_examples=EXAMPLES, deadline=None, derandomize=False)
settings.load_profile("kaoji")
PLACES = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", "")))  # the environment's own first
BEGUN = time.monotonic()
LEFT_OUT = pytest.StashKey[int]()
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """For `-n auto`: three processes to two cores, at most eight; none for a few named files, which are done before others start.

    One of the three waits in the browser; with four each is slowed by a fifth, since they share what a core remembers.
    """
    named = [argument.partition("::")[0] for argument in config.args]
    if len(named) <= FEW and all(name.endswith(".py") for name in named):
        return 0
    return int(os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS") or max(1, min(3 * (os.cpu_count() or 1) // 2, 8)))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What is imported is never garbage: looking through it takes half the time of the collection, and later a sixth of all."""
    gc.disable()
    import_share(session.config)
    collected = yield
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
    return collected


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs another program that is not installed; the count is reported."""
    absent = [item for item in items if not (_fits(item) and _there(item))]
    if absent:
        config.stash[LEFT_OUT] = sum(not _there(item) for item in absent)
        config.hook.pytest_deselected(items=absent)
        items[:] = [item for item in items if item not in absent]
    items[:] = _dealt(items, getattr(config, "workerinput", {}).get("workercount", 1))


def _dealt(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """Equal parts, one after the other, as `--dist worksteal` hands them out: each the same of the long and of the browser's."""
    long: dict[str, list[pytest.Item]] = {}
    in_browser, short = [], []
    for item in items:
        if item.nodeid.startswith(LONG):
            long.setdefault(str(item.path) if item.nodeid.startswith(WHOLE) else item.nodeid, []).append(item)
        else:
            (in_browser if item.nodeid.startswith(BROWSER) else short).append(item)
    groups = sorted(
        long.values(), key=lambda group: next(n for n, place in enumerate(LONG) if group[0].nodeid.startswith(place))
    )
    dealt: list[pytest.Item] = []
    for number in range(processes):
        hand = [item for group in groups[number::processes] for item in group]
        browsing = in_browser[number::processes]
        equal = (len(items) - len(dealt)) // (processes - number)
        fill = max(equal - len(hand) - len(browsing), 0)
        dealt += hand + _spread(browsing, short[:fill])
        del short[:fill]
    return dealt + short


def _spread(few: list[pytest.Item], many: list[pytest.Item]) -> list[pytest.Item]:
    """Both in their order, the few over the first four fifths of the many, between the files of these."""
    spread: list[pytest.Item] = []
    put = 0
    for place, item in enumerate(many):
        if place == 0 or item.path != many[place - 1].path:
            due = min(len(few) * (place + 1) * 5 // (len(many) * 4), len(few))
            spread += few[put:due]
            put = due
        spread.append(item)
    return spread + few[put:]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """KAOJI_TEST_SECONDS: what has not begun by then is skipped, and said so."""
    seconds = os.environ.get("KAOJI_TEST_SECONDS")
    if seconds and time.monotonic() - BEGUN > float(seconds):
        pytest.skip("no time left")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that runs a part of the tests tells how many it left out: every one of them leaves out the same."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if number := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"{number} tests left out: their program is not installed")


def _fits(item: pytest.Item) -> bool:
    """One of SQLite's own ways is not asked on PostgreSQL, which the full size would do."""
    databases = getattr(getattr(item, "callspec", None), "params", {}).values()
    return not (item.get_closest_marker("sqlite") and "postgresql" in databases)


def _there(item: pytest.Item) -> bool:
    """Is the program installed that this test needs?"""
    program = item.get_closest_marker("program")
    return program is None or shutil.which(program.args[0], path=PLACES) is not None


@pytest.fixture(scope="session", autouse=True)
def _hurried() -> Iterator[None]:
    with nullcontext() if FULL else hurried():
        yield


@pytest.fixture
def earnest() -> Iterator[None]:
    """Passwords are kept as users' are, see tests.hurry."""
    with in_earnest():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL for the session; KAOJI_TEST_POSTGRES=require makes a missing one a failure."""
    try:
        server = start()
        server.hurry()
    except Exception as error:
        if os.environ.get("KAOJI_TEST_POSTGRES") == "require":
            raise
        pytest.skip(f"PostgreSQL did not start: {error}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def pool(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """The applications of this process, see tests.sites."""
    mine = tmp_path_factory.getbasetemp()
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    compiled = shared / "templates"
    compiled.mkdir(exist_ok=True)
    made = Pool(tmp_path_factory.mktemp("sites"), compiled, lambda: request.getfixturevalue("postgres"))
    yield made
    made.close()


@pytest.fixture
def make_app(pool: Pool, request: pytest.FixtureRequest) -> Iterator[Any]:
    """make_app(demo=False, **settings) -> application with all tables on an empty database, its clock at NOW.

    The application comes from the pool, or is a new one where `database_url` names a database of the test's own.
    """
    lent: list[Made] = []
    own: list[Flask] = []

    def make(demo: bool = False, on_postgres: bool = False, **settings: str) -> Flask:
        settings.setdefault("staff_totp", "optional")  # most tests sign staff in by a password alone
        if "database_url" not in settings:
            lent.append(pool.lend(demo=demo, on_postgres=on_postgres, **settings))
            return lent[-1].app
        tmp_path: Path = request.getfixturevalue("tmp_path")  # most tests need no folder of their own
        app = pool.build(tmp_path / f"site{len(own)}", settings, demo)
        own.append(app)
        create_tables(app)
        set_clock(app)
        return app

    yield make
    for made in lent:
        pool.give_back(made)
    for app in own:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database, once on SQLite (empty text) and once on PostgreSQL."""
    if request.param == "sqlite":
        yield ""
        return
    server: Server = request.getfixturevalue("postgres")
    name = f"t{secrets.token_hex(6)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


def on_every_database(function: Any) -> Any:
    """A fixture that the full size makes on both databases, and the default size on SQLite."""
    return pytest.fixture(params=BOTH)(function) if FULL else pytest.fixture(function)


def wanted(request: pytest.FixtureRequest) -> bool:
    return getattr(request, "param", "sqlite") == "postgresql"


@on_every_database
def app(request: pytest.FixtureRequest, make_app: Any) -> Iterator[Flask]:
    """A site on SQLite, inside its application context."""
    made = make_app(on_postgres=wanted(request))
    with made.app_context():
        yield made


@pytest.fixture(params=BOTH)
def both(request: pytest.FixtureRequest, make_app: Any) -> Iterator[Flask]:
    """The same on SQLite and on PostgreSQL: for everything that rests on the database's own rules."""
    made = make_app(on_postgres=wanted(request))
    with made.app_context():
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@on_every_database
def site(request: pytest.FixtureRequest, make_app: Any) -> Flask:
    """A site with no application context around the test: each request gets a fresh one, as on a server."""
    made: Flask = make_app(on_postgres=wanted(request))
    return made


@pytest.fixture
def browser(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture
def known_captcha(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every captcha asks for tests.signing.PICTURE, or SOUND when spoken."""
    from app.security import captcha
    from tests.signing import PICTURE, SOUND

    monkeypatch.setattr(captcha, "new_answer", lambda kind: PICTURE if kind == captcha.PICTURE else SOUND)
