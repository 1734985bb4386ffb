"""Our queue beside the Django admin's changelist, over the same million rows, page by page in one run (performance.md, goal 5).

    python -m tests.bench.bench_django_admin --keep FOLDER [--postgres] [--rounds 15]

FOLDER is the one that bench_million filled with --keep.

The admin is given what makes it fast: the same indexes, list_select_related, fifty rows a page, only the columns that are
shown (no forms), a connection that stays open, sessions in a signed cookie, no debugging, cached templates. It is measured with
and without show_full_result_count, with filters beside the list like ours, and with the filter by state alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pysqlite3
from sqlalchemy.engine import make_url
from werkzeug.test import Client

# one SQLite library in one process: two would drop each other's locks of the same file
sys.modules["sqlite3"], sys.modules["sqlite3.dbapi2"] = pysqlite3, pysqlite3.dbapi2

from app.extensions import db  # noqa: E402
from tests.bench.bench_million import Clock, addresses, client_of  # noqa: E402
from tests.bench.beside.province import databases, opened  # noqa: E402

SITES = ("filters", "filters+total", "state", "state+total")  # what stands beside the list; with show_full_result_count
SEARCHES = ("ticket prefix", "two characters")
PAGE = 50


def settings_for(url: str, folder: Path) -> dict[str, Any]:
    """Django's settings: the season's database, and a file of its own for its users."""
    place = make_url(url)
    if place.drivername.startswith("sqlite"):
        season: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": place.database}
    else:
        season = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": place.database,
            "USER": place.username,
            "PASSWORD": place.password or "",
            "HOST": place.query.get("host") or place.host,
            "PORT": place.port or "",
        }
    own = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "django.sqlite3")}
    return {
        "DEBUG": False, "SECRET_KEY": "bench", "USE_TZ": True, "ALLOWED_HOSTS": ["*"], "ROOT_URLCONF": "season_urls",
        "DATABASES": {name: {**each, "CONN_MAX_AGE": None} for name, each in (("default", own), ("season", season))},
        "DATABASE_ROUTERS": ["season_urls.Router"],
        "INSTALLED_APPS": [
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "season_urls.Season",
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
        ],
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies", "STATIC_URL": "/static/",
        "TEMPLATES": [{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        "LOGGING_CONFIG": None, "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    }  # fmt: skip


class Router:
    """The season's tables are in its own database; everything else in Django's."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "season" if model._meta.app_label == "season" else "default"

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True


def models() -> dict[str, Any]:
    """Our tables as Django's models; the forms (answers) are left out, which is the fairest .defer() there is."""
    from django.db import models as m

    def table(name: str, fields: dict[str, Any], shown: str) -> Any:
        meta = type("Meta", (), {"managed": False, "db_table": name, "app_label": "season"})
        return type(
            name.title().replace("_", ""),
            (m.Model,),
            {"__module__": __name__, "Meta": meta, "__str__": lambda self: str(getattr(self, shown)), **fields},
        )

    def key(to: Any, **over: Any) -> Any:
        return m.ForeignKey(to, m.DO_NOTHING, **over)

    examinee = table("examinee", {"name": m.CharField(max_length=80)}, "name")
    ticket = table("ticket", {"number": m.CharField(max_length=20)}, "number")
    school = table(
        "school", {"code": m.CharField(max_length=20, unique=True), "name": m.CharField(max_length=80)}, "name"
    )
    plan = table("plan", {"name": m.CharField(max_length=80), "level": m.CharField(max_length=10)}, "name")
    staff = table("staff", {"name": m.CharField(max_length=80)}, "name")
    window = table("service_window", {"name": m.CharField(max_length=80)}, "name")
    words = [
        (word, word) for word in ("school_review", "office_review", "returned", "rejected", "approved", "completed")
    ]
    fields = {
        "examinee": key(examinee),
        "ticket": key(ticket),
        "window": key(window),
        "plan": key(plan, null=True),
        "school": key(school, to_field="code", db_column="school_code"),
        "assignee": key(staff, null=True),
        "state": m.CharField(max_length=20, choices=words),
        "missing": m.BooleanField(),
        "submissions": m.IntegerField(),
        "submitted_at": m.DateTimeField(),
    }
    return {"application": table("application", fields, "id")}


def admin_urls() -> list[Any]:
    """Four admin sites, one for each way of setting the list up."""
    from django.contrib import admin
    from django.urls import path

    application = models()["application"]
    found = []
    for word in SITES:
        site = admin.AdminSite(name=word)
        filters = ("state", "school", "plan", "plan__level", "window", "missing", "assignee")
        given = {
            "list_display": (
                "ticket",
                "masked",
                "plan",
                "level",
                "school",
                "submitted_at",
                "state",
                "assignee",
                "missing",
                "submissions",
            ),
            "list_display_links": ("ticket",),
            "list_per_page": PAGE,
            "ordering": ("submitted_at", "id"),
            "list_select_related": ("examinee", "ticket", "plan", "school", "assignee"),
            "list_filter": filters if word.startswith("filters") else ("state",),
            "search_fields": ("ticket__number__startswith", "examinee__name__startswith"),
            "show_full_result_count": word.endswith("total"),
            "masked": lambda self, row: row.examinee.name[:1] + "*" + row.examinee.name[2:],
            "level": lambda self, row: row.plan.level,
        }
        site.register(application, type("ApplicationAdmin", (admin.ModelAdmin,), given))
        found.append(path(f"{word}/", site.urls))
    return found


def start_django(url: str, folder: Path) -> tuple[Any, str]:
    """The WSGI application and the cookie of a superuser."""
    import django
    from django.apps import AppConfig
    from django.conf import settings

    place = types.ModuleType("season_urls")
    place.Router = Router  # type: ignore[attr-defined]
    place.Season = type("Season", (AppConfig,), {"name": "season_urls", "label": "season", "path": str(folder)})  # type: ignore[attr-defined]
    sys.modules["season_urls"] = place
    settings.configure(**settings_for(url, folder))
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.test import Client as DjangoClient

    place.urlpatterns = admin_urls()  # type: ignore[attr-defined]
    call_command("migrate", verbosity=0)
    user = get_user_model().objects.create_superuser("bench", password="bench")
    browser = DjangoClient()
    browser.force_login(user)
    return get_wsgi_application(), browser.cookies["sessionid"].value


def pages(app: Any, size: int) -> dict[str, tuple[str, str]]:
    """The same page of both: our address, and the admin's below its site."""
    ours = addresses(app, size)
    prefix, name = (urlsplit(ours[key]).query.rpartition("=")[2] for key in ("ticket prefix", "two characters"))
    found = {
        "page 1": "state__exact=completed",
        "page 5000": "state__exact=completed&p=5000",
        "all": "",
        "school": "school__code__exact=10007",
        "ticket prefix": f"q={prefix}",
        "two characters": f"q={name}",
    }
    if size < 1_000_000:
        found["page 5000"] = f"state__exact=completed&p={max(size * 3 // 10 // PAGE - 2, 1)}"
    return {key: (ours[key], f"season/application/?{query}") for key, query in found.items()}


def measure(
    ours: Callable[[str], Any], theirs: Callable[[str], Any], app: Any, size: int, rounds: int, clock: Clock
) -> None:
    asked = pages(app, size)
    taken: dict[tuple[str, str], list[float]] = {}
    for turn in range(rounds + 1):
        for name, (own, admin) in asked.items():
            if name in SEARCHES and turn > 1:  # seconds each
                continue
            calls = [("kaoji", ours, own), *((site, theirs, f"/{site}/{admin}") for site in SITES)]
            for who, call, address in calls:
                begun = clock()
                answer = call(address)
                spent = clock() - begun
                assert answer.status_code == 200, (address, answer.status, answer.text[:300])
                least = PAGE if size >= 1_000_000 else name not in SEARCHES  # among few rows a name may not be there
                assert answer.text.count("<tr") >= least, (address, answer.text.count("<tr"))
                if turn:
                    taken.setdefault((name, who), []).append(spent * 1000)
    print(f"{'':<16}{'kaoji ms':>10}" + "".join(f"{f'{site} ms':>18}{'ratio':>7}" for site in SITES))
    for name in asked:
        own_ms = statistics.median(taken[name, "kaoji"])
        rest = [statistics.median(taken[name, site]) for site in SITES]
        print(f"{name:<16}{own_ms:>10.1f}" + "".join(f"{ms:>18.1f}{own_ms / ms:>7.2f}" for ms in rest))
    print("the ratio is kaoji / admin (goal <= 0.5)")


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--keep", type=Path, required=True, help="the folder that bench_million filled")
    given.add_argument("--size", type=int, default=1_000_000)
    given.add_argument("--rounds", type=int, default=15)
    given.add_argument("--postgres", action="store_true")
    given.add_argument("--processor", action="store_true", help="SQLite: processor time, where others use the machine")
    asked = given.parse_args()
    clock = time.process_time if asked.processor else time.perf_counter
    with tempfile.TemporaryDirectory(prefix="kaoji-") as temporary, databases(asked.postgres, asked.keep) as address:
        place = asked.keep / ("on-postgres" if asked.postgres else "on-sqlite") / "large"
        app = opened(place, asked.size, address("large"))
        with app.app_context():
            url = db.engine.url.render_as_string(hide_password=False)
        admin, cookie = start_django(url, Path(temporary))
        browser, headers = Client(admin, use_cookies=False), {"Cookie": f"sessionid={cookie}"}
        client = client_of(app)
        measure(client.get, lambda path: browser.get(path, headers=headers), app, asked.size, asked.rounds, clock)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        from django.db import connections

        connections.close_all()


if __name__ == "__main__":
    main()
