"""How the instances beside this file were made: by the program of commit 6215e92, before any revision after 0001.

In a checkout of that commit, with its own virtual environment, an empty PostgreSQL database and pg_dump of its version:

    EMPTY_DATABASE=postgresql://… PYTHONPATH=. python make_instances.py FOLDER

The names it imports are those of that commit. Nobody in it is real; the key is a pattern, so it keeps no secret.
"""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from app.actions.cases import load_case
from app.actions.opinions import Opinion, Seen
from app.actions.reviews import last_submission
from app.actions.undo import decide_later
from PIL import Image
from rustpy_xlsxwriter import write_worksheets
from sqlalchemy import select, update
from tests.rules.sheets import sheets_of

import app.cli.demo as demo_command
from app import config as settings
from app import create_app
from app.adapters.pictures import Picture
from app.adapters.storage import store_for
from app.cli import run
from app.demo import applications as season
from app.demo import other_examinees as crowd
from app.demo import texts as words
from app.demo.applications import Season, Wish
from app.demo.build import SCHOOLS
from app.demo.people import Crowd, Person
from app.demo.pictures import paper
from app.demo.real_plans import real_plans
from app.demo.rounds import rounds
from app.demo.situations import Casting, TicketOf
from app.extensions import db
from app.models import Examinee, Staff, Ticket
from app.models.base import transaction
from app.rules.calendar import from_local
from app.rules.people import Actor
from app.security.passwords import hash_password
from app.services.graduation import GRADUATION

NOW = from_local(datetime(2026, 11, 28, 12))
KEY = "0f" * 32
PASSWORD = "yanshi-Ma7-lu"
TOTP_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
STAFF = (("chushen", "周初审", "school_reviewer", "99001"), ("zhongshen", "冯终审", "office_reviewer", ""))
ENDS = ("written", "draft", "school_review", "decided", "office_review", "returned", "again", "rejected", "approved")


def small_paper(slot: str, number: str, take: int = 1) -> Picture:
    """The demonstration's picture, a tenth as large."""
    image = Image.open(BytesIO(paper(slot, number, take).data))
    image = image.resize((image.width // 10, image.height // 10))
    out = BytesIO()
    image.save(out, "JPEG", quality=40)
    return Picture(out.getvalue(), "image/jpeg", *image.size, hashlib.sha256(out.getvalue()).hexdigest())


def pack(folder: Path, target: Path) -> None:
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name != "server.lock":
                archive.add(path, path.relative_to(folder))
    print(target.name, target.stat().st_size)


def keyed(folder: Path) -> Path:
    """An empty folder whose instance will have the known key."""
    folder.mkdir(parents=True)
    (folder / "secret.key").write_text(KEY, encoding="ascii")
    os.environ["KAOJI_INSTANCE"] = str(folder)
    return folder


def make_demo(folder: Path) -> Path:
    """`kaoji demo` with a small crowd, short of serving."""
    os.environ["KAOJI_DEMO_NOW"] = NOW.isoformat()
    crowd.SPREAD = tuple((window, end, max(2, count // 12)) for window, end, count in crowd.SPREAD)
    season.ONE_PAPER = (4, 5)
    demo_command.serve = lambda app, config, said: None
    assert run(["demo"]) == 0
    del os.environ["KAOJI_DEMO_NOW"]
    return folder


def make_real(folder: Path, database_url: str = "") -> Path:
    """`kaoji init`, imports, a window and staff by the commands; applications by the actions, in every state."""
    if database_url:
        os.environ["KAOJI_DATABASE_URL"] = database_url
    assert run(["init"]) == 0
    rng = Random(7)
    wishes, tickets = invented(rng)
    with tempfile.TemporaryDirectory() as place:
        write_files(Path(place), wishes, tickets)
        for kind, ending in (("schools", "csv"), ("plans", "xlsx"), ("examinees", "csv"), ("scores", "csv")):
            assert run(["import", kind, str(Path(place) / f"{kind}.{ending}")]) == 0
    opens, closes = "2026-11-20T09:00", "2026-12-11T16:00"
    pay = ["--pay-opens", "2026-11-25T09:00", "--pay-closes", "2027-01-27T16:00", "--fee", "50"]
    limits = ["--statement-min", "30", "--statement-max", "1000", "--portrait-background", "blue"]
    assert run(["window", "open", "2026 年下半年", "--opens", opens, "--closes", closes, *pay, *limits]) == 0
    for username, name, role, school in STAFF:
        assert (
            run(["staff", "add", username, "--name", name, "--role", role, *(["--school", school] if school else [])])
            == 0
        )
    config = settings.load(folder)
    with create_app(config).app_context():
        carry_out(rng, store_for(config.storage_url), wishes)
        db.session.remove()
        db.engine.dispose()
    os.environ.pop("KAOJI_DATABASE_URL", None)
    return folder


def invented(rng: Random) -> tuple[list[Wish], list[TicketOf]]:
    """An application to be for each end, on three plans."""
    plans = {(plan.major_code, plan.version): plan for plan in real_plans()}
    spans = rounds(date(2026, 11, 28))
    make = Casting(rng, Crowd(rng, 2026), plans, spans, NOW)
    wishes, tickets = [], []
    for place, end in enumerate((*ENDS, "completed")):
        person = make.crowd.person()
        plan = plans["050101", "2024"] if end in ("written", "returned") or place % 2 else plans["530601", "2024"]
        tickets.append(make.ticket(person, plan, "99001", until=make.last))
        paid = spans.at(-1, 10) if end == "completed" else None
        returns = (words.RETURNS[0], words.RETURNS[3]) if plan.bachelor else (words.RETURNS[3], words.RETURNS[4])
        begun = spans.at(-7, 10) + timedelta(minutes=rng.randint(0, 300))
        stage = {"written": "draft", "decided": "school_review"}.get(end, end)
        wishes.append(
            Wish(
                person,
                1,
                plan,
                "99001",
                begun,
                stage,
                returns=returns if end in ("returned", "again") else (),
                paid=paid,
            )
        )
    return wishes, tickets


def write_files(folder: Path, wishes: list[Wish], tickets: list[TicketOf]) -> None:
    """The four files of an office."""
    content = sheets_of(*real_plans())
    titles = {name: dict.fromkeys(title for _, row in rows for title in row) for name, rows in content.items()}
    sheets = [(name, [{t: row.get(t, "") for t in titles[name]} for _, row in rows]) for name, rows in content.items()]
    write_worksheets([sheet for sheet in sheets if sheet[1]], str(folder / "plans.xlsx"))
    write(
        folder / "schools.csv",
        [{"学校代码": code, "学校名称": name, "联系电话": phone} for code, name, phone, _ in SCHOOLS],
    )
    write(folder / "examinees.csv", [roster_row(w.person, t) for w, t in zip(wishes, tickets, strict=True)])
    columns = {
        "课程代码": "course_code",
        "课程名称": "course_name",
        "考次": "session",
        "成绩": "mark",
        "取得方式": "origin",
    }
    scores = [
        {"准考证号": t.number, **{title: grade[name] for title, name in columns.items()}}
        for t in tickets
        for grade in t.grades
    ]
    write(folder / "scores.csv", scores)


def roster_row(person: Person, ticket: TicketOf) -> dict[str, Any]:
    return {
        "证件号码": person.id_number,
        "姓名": person.name,
        "性别": person.sex,
        "出生日期": person.birth_date,
        "民族": person.nation,
        "政治面貌": person.political_status,
        "手机号码": person.phone,
        "准考证号": ticket.number,
        "注册日期": person.registered_on,
        "报考专业代码": ticket.plan.major_code,
        "报考学校代码": ticket.school_code,
        "计划版本": ticket.plan.version,
    }


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def carry_out(rng: Random, store: Any, wishes: list[Wish]) -> None:
    """Everybody gets the known password; then drafts, submissions, decisions, one of them still open to be taken back."""
    hashed = hash_password(PASSWORD)
    actors = {}
    with transaction() as session:
        session.execute(update(Examinee).values(password_hash=hashed, activated_at=NOW))
        known = {"password_hash": hashed, "code_hash": None, "code_expires_at": None, "totp_secret": TOTP_SECRET}
        session.execute(update(Staff).values(**known))
        for row in session.scalars(select(Staff)):
            actors[row.username] = Actor("staff", row.id, row.name, row.role, row.school_code)
        for wish in wishes:
            found = select(Ticket.id, Ticket.examinee_id).where(Ticket.number == wish.person.tickets[0])
            wish.person.ticket_id, wish.person.id = session.execute(found).one()
    office = actors["zhongshen"]
    made = Season(rng, store, {"99001": actors["chushen"]}, office, office)
    whole = wishes[0]
    whole.end = "approved"  # every step is written, nothing is submitted
    made.write(wishes)
    for wish in wishes[1:]:
        made.carry_out(wish)
    decided = wishes[ENDS.index("decided")]
    case = load_case(db.session(), decided.public_id, on=NOW)
    seen = Seen(last_submission(db.session(), case.application_id).sha256, case.version)
    db.session.rollback()
    marks = Opinion(message=words.MESSAGES[0])
    by = actors["chushen"]
    decide_later(
        decided.public_id, "pass", marks, service=GRADUATION, by=by, on=NOW, seen=seen, after=timedelta(minutes=5)
    )


def make_postgres(folder: Path) -> Path:
    """The same as make_real, on PostgreSQL; the database as the statements of pg_dump beside the evidence."""
    address = os.environ["EMPTY_DATABASE"]
    make_real(folder, address.replace("postgresql:", "postgresql+psycopg:"))
    command = ["pg_dump", "--no-owner", "--no-privileges", "--rows-per-insert=500", "--dbname", address]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [line for line in text.splitlines() if line and not line.startswith(("\\", "--"))]
    (folder / "kaoji.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def main() -> None:
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for variable in settings.SETTINGS.values():
        os.environ.pop(variable, None)
    season.paper = small_paper
    with tempfile.TemporaryDirectory() as place:
        for name, make in (("real", make_real), ("postgres", make_postgres), ("demo", make_demo)):
            if sys.argv[2:] and name not in sys.argv[2:]:
                continue
            folder = make(keyed(Path(place) / name))
            subprocess.run([sys.executable, "-c", VACUUM, str(folder / "kaoji.sqlite3")], check=True)
            pack(folder, target / f"{name}.tar.xz")


VACUUM = """
import sqlite3, sys
from pathlib import Path
if Path(sys.argv[1]).exists():
    database = sqlite3.connect(sys.argv[1])
    database.execute("VACUUM")
    database.close()
"""

if __name__ == "__main__":
    main()
