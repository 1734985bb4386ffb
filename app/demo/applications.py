"""Demo applications: inserted drafts, submitted and decided by the real actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.applications.drafts import save_parts
from app.actions.applications.fixes import returned_of
from app.actions.applications.submit import submit
from app.actions.audit import record
from app.actions.payments.on_the_spot import record_offline
from app.actions.review.decide import decide
from app.actions.review.opinions import Opinion, Seen, Verdict
from app.actions.review.reasons import catalogue
from app.actions.submissions import last_submission
from app.adapters.storage import Store
from app.demo import texts
from app.demo.people import Person
from app.demo.pictures import paper
from app.extensions import db
from app.models import Application, Evidence
from app.models.base import random_id, transaction
from app.rules.people.code_lists import PROVINCES
from app.rules.people.roles import Actor
from app.rules.plans.plan import Plan, extra_case_groups
from app.rules.review.fixes import REPLIES
from app.rules.review.lifecycle import State
from app.rules.review.waivers import gaps
from app.rules.submission import Document
from app.services.graduation import GRADUATION

AGAIN = "again"
STEPS = ("notice", "profile", "scores", "statement", "prior-degree", "confirm")

ONE_PAPER = (30, 31)
"""Positions of the applications that share one paper."""


@dataclass(slots=True)
class Wish:
    """An application to create.

    `end`: draft, school_review, office_review, returned, again (resubmitted), rejected, approved or completed.
    """

    person: Person
    window_id: int
    plan: Plan
    school_code: str
    begun: datetime
    end: str
    missing: str = ""  # explanation of a missing course
    options: tuple[str, ...] = ()  # chosen case of each 情形组
    returns: tuple[tuple[str, str], ...] = ()
    paid: datetime | None = None
    public_id: str = field(default_factory=random_id)


class Season:
    """Creates applications. `reviewers`: school code -> Actor."""

    def __init__(self, rng: Random, store: Store, reviewers: dict[str, Actor], office: Actor, finance: Actor) -> None:
        self.rng, self.store, self.papers = rng, store, 0
        self.reviewers, self.office, self.finance = reviewers, office, finance
        # from the catalogue, for statistics
        self.causes = {entry.text: entry.id for entry in catalogue(db.session(), "")}

    def write(self, wishes: list[Wish]) -> None:
        """Write all drafts in one transaction."""
        with transaction() as session:
            for wish in wishes:
                self._write(session, wish)

    def _write(self, session: Session, wish: Wish) -> None:
        """Write one application; a draft ends at a random step."""
        rng, person = self.rng, wish.person
        last = rng.choice(STEPS[1:-1]) if wish.end == State.DRAFT else STEPS[-1]
        if wish.plan.level == "专科" and last == "prior-degree":
            last = "statement"
        answers = self._answers(wish)
        if wish.end == State.DRAFT:
            kept = [step.replace("-", "_") for step in STEPS[: STEPS.index(last)]]
            answers = {key: value for key, value in answers.items() if key in kept}
        row = Application(
            public_id=wish.public_id,
            examinee_id=person.id,
            ticket_id=person.ticket_id,
            service=GRADUATION.code,
            window_id=wish.window_id,
            answers=answers,
            reached=last,
            at_step=last,
            version=len(answers) + 1,
            created_at=wish.begun,
            saved_at=wish.begun + timedelta(minutes=rng.randint(8, 50)),
        )
        session.add(row)
        session.flush()
        by = Actor("examinee", person.id, person.name)
        record(session, on=wish.begun, by=by, action="application.started", subject="application", subject_id=row.id)
        if "prior_degree" in answers:
            prior = answers["prior_degree"]
            self._picture(session, row.id, "diploma_photo", prior["diploma_number"], wish.begun)
            second = prior.get("record_code") or prior["report_number"]
            self.papers += 1
            # for reviewers to find
            shown = "A7H2K9M4P3R6T8W5" if self.papers in ONE_PAPER and "record_code" in prior else second
            self._picture(session, row.id, f"{prior['proof_kind']}_photo", shown, wish.begun)

    def _picture(
        self, session: Session, application_id: int, slot: str, number: str, on: datetime, take: int = 1
    ) -> None:
        picture = paper(slot, number, take)
        session.add(
            Evidence(
                application_id=application_id,
                slot=slot,
                media_type=picture.media_type,
                size=picture.size,
                width=picture.width,
                height=picture.height,
                sha256=picture.sha256,
                created_at=on,
                storage_key=self.store.put(picture.data),
                label=f"IMG_{self.rng.randint(1000, 9999)}.jpg",
            )
        )

    def _answers(self, wish: Wish) -> dict[str, dict[str, Any]]:
        person, plan = wish.person, wish.plan
        chosen = {f"extra_option_{index + 1}": name for index, name in enumerate(_options(wish))}
        major = {"major": f"{plan.major_code}.{wish.school_code}.{plan.version}", "level": plan.level, **chosen}
        if wish.missing:
            major["missing_reason"] = wish.missing
        answers = {
            "notice": {"read_at": wish.begun.isoformat()},
            "profile": {
                "phone": person.phone,
                "email": "",
                "address": person.address,
                "postcode": person.postcode,
                "nation": person.nation,
                "political_status": person.political_status,
                "occupation": person.occupation,
            },
            "scores": major,
            "statement": {"statement": texts.statement(self.rng, plan.name, person.registered_on.year)},
        }
        if plan.bachelor:
            answers["prior_degree"] = self._prior_degree(person)
        return answers

    def _prior_degree(self, person: Person) -> dict[str, str]:
        rng = self.rng
        year = min(person.birth_date.year + rng.randint(21, 24), person.registered_on.year)
        kind = "record" if year >= 2002 else "report"
        proof = {"record_code": "A" + "".join(rng.choices("23456789ABCDEFGHJKMNPQRSTUVWXYZ", k=15))}
        if kind == "report":
            proof = {"report_number": f"{rng.randint(10**7, 10**8 - 1)}"}
        return {
            "diploma_number": f"99999{rng.choice('157')}{year}06{rng.randint(0, 999999):06}",
            "diploma_year": str(year),
            "diploma_month": rng.choice(("1", "6", "7")),
            "diploma_province": rng.choice(("上海", "江苏", "浙江", "安徽", rng.choice(PROVINCES[:-1])[1])),
            "proof_kind": kind,
            **proof,
        }

    def carry_out(self, wish: Wish) -> None:
        """Submit and decide until the wish's end, each at its own time."""
        if wish.end == State.DRAFT:
            return
        at = wish.begun + timedelta(minutes=self.rng.randint(50, 90))
        by = Actor("examinee", wish.person.id, wish.person.name)
        submit(wish.public_id, GRADUATION, by=by, on=at)
        if wish.end == State.SCHOOL_REVIEW:
            return
        school = self.reviewers[wish.school_code]
        at += timedelta(hours=self.rng.randint(5, 40))
        if wish.end in (State.RETURNED, State.REJECTED, AGAIN):
            self._decide(wish, "reject" if wish.end == State.REJECTED else "return", school, at)
            if wish.end == AGAIN:
                at += timedelta(hours=self.rng.randint(3, 20))
                self._correct(wish, by, at)
                submit(wish.public_id, GRADUATION, by=by, on=at)
            return
        self._decide(wish, "pass", school, at)
        if wish.end == State.OFFICE_REVIEW:
            return
        at += timedelta(hours=self.rng.randint(20, 60))
        self._decide(wish, "pass", self.office, at)
        if wish.paid:
            record_offline(wish.public_id, f"SJ{self.rng.randint(10**7, 10**8 - 1)}", by=self.finance, on=wish.paid)

    def _decide(self, wish: Wish, decision: str, by: Actor, on: datetime) -> None:
        row = db.session.execute(
            select(Application.id, Application.version).where(Application.public_id == wish.public_id)
        ).one()
        submission = last_submission(db.session(), row.id)
        seen = Seen(submission.sha256, row.version)
        opinion = Opinion(message=self.rng.choice(texts.MESSAGES))
        if decision == "return":
            opinion = Opinion(_findings(wish, submission.content, self.causes))
        elif decision == "reject":
            opinion = Opinion(message=self.rng.choice(texts.REJECTIONS))
        else:
            marked = {key: Verdict("ok") for key in submission.content.labels} if by.school_code else {}
            asked = gaps(submission.content.assessment) if wish.missing else ()
            waivers = {gap.key: texts.WAIVER for gap in asked}
            opinion = Opinion(marked, "" if wish.missing else opinion.message, waivers)
        db.session.rollback()
        decide(wish.public_id, decision, opinion, service=GRADUATION, by=by, on=on, seen=seen)

    def _correct(self, wish: Wish, by: Actor, on: datetime) -> None:
        """Reply to the first returned item, change the others; always replace pictures."""
        row = db.session.scalars(select(Application).where(Application.public_id == wish.public_id)).one()
        returned = returned_of(db.session(), row.id)
        keys = sorted(returned.reasons, key=lambda key: key.endswith("_photo")) if returned else []
        ident, version, answers = row.id, row.version, {step: dict(given) for step, given in row.answers.items()}
        parts = {REPLIES: {key: texts.REPLIES.get(key.partition(".")[0], texts.REPLIES[""]) for key in keys[:1]}}
        for key in keys[1:]:
            step, _, name = key.partition(".")
            if name.endswith("_photo"):
                self._replace(ident, name, on)
            else:
                parts.setdefault(step, answers[step])[name] = self._better(wish, name, answers[step][name])
        db.session.rollback()
        save_parts(wish.public_id, parts, version=version, by=by, on=on)

    def _replace(self, application_id: int, slot: str, on: datetime) -> None:
        which = (Evidence.application_id == application_id, Evidence.slot == slot, Evidence.current)
        with transaction() as session:
            prior = session.scalars(select(Application.answers).where(Application.id == application_id)).one()[
                "prior_degree"
            ]
            number = (
                prior["diploma_number"]
                if slot == "diploma_photo"
                else prior.get("record_code") or prior["report_number"]
            )
            session.execute(update(Evidence).where(*which).values(current=False))
            self._picture(session, application_id, slot, number, on, take=2)

    def _better(self, wish: Wish, name: str, text: str) -> str:
        if name == "statement":
            return texts.statement(self.rng, wish.plan.name, wish.person.registered_on.year)
        if name == "address":
            return f"{text}（{self.rng.randint(2, 19)} 号楼）"
        return text[:-1] + self.rng.choice([digit for digit in "23456789" if digit != text[-1]])


def _findings(wish: Wish, content: Document, causes: dict[str, int]) -> dict[str, Verdict]:
    """Return the findings; older diplomas have a report in place of a record."""
    known = content.labels
    older = {
        "prior_degree.record_photo": "prior_degree.report_photo",
        "prior_degree.record_code": "prior_degree.report_number",
    }
    found = {key if key in known else older.get(key, key): reason for key, reason in wish.returns}
    return {key: Verdict("return", reason, causes.get(reason)) for key, reason in found.items()}


def _options(wish: Wish) -> tuple[str, ...]:
    """Return the chosen 情形 of each group, by default the first, which requires least."""
    return wish.options or tuple(group.cases[0].name for group in extra_case_groups(wish.plan))
