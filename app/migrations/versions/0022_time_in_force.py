"""The time that a decision was in force until it was revoked is no time of waiting, also where it was revoked before.

Revision: 0022
After: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
REVOCATION = sa.table(
    'revocation', sa.column('review_id', sa.Integer), sa.column('state', sa.String), sa.column('revoked_at', AT), sa.column('waits_since', AT)
)
REVIEW = sa.table('review', *(sa.column(name, sa.Integer) for name in ('id', 'application_id', 'submission_id')), sa.column('decided_at', AT))
SUBMISSION = sa.table('submission', sa.column('id', sa.Integer), sa.column('submitted_at', AT))
ASIDE = sa.table(
    'aside', sa.column('application_id', sa.Integer), sa.column('asked_at', AT), sa.column('ended_at', AT), sa.column('waits_since', AT)
)


def upgrade() -> None:
    op.add_column('revocation', sa.Column('waits_since', AT, nullable=True))
    bind = op.get_bind()
    query = (
        sa.select(REVOCATION.c.review_id, REVOCATION.c.revoked_at, REVIEW, SUBMISSION.c.submitted_at)
        .join(REVIEW, REVIEW.c.id == REVOCATION.c.review_id)
        .join(SUBMISSION, SUBMISSION.c.id == REVIEW.c.submission_id)
        .where(REVOCATION.c.state != 'office_review')  # it was under review all the time
        .order_by(REVOCATION.c.revoked_at)
    )
    moved = {}
    for row in bind.execute(query).all():
        aside = (ASIDE.c.application_id == row.application_id, ASIDE.c.asked_at >= row.submitted_at, ASIDE.c.ended_at <= row.revoked_at)
        last = bind.scalar(sa.select(sa.func.max(ASIDE.c.waits_since)).where(*aside))
        since = max(at for at in (row.submitted_at, last, moved.get(row.submission_id)) if at is not None)
        moved[row.submission_id] = since + (row.revoked_at - row.decided_at)
        own = REVOCATION.c.review_id == row.review_id
        bind.execute(REVOCATION.update().where(own).values(waits_since=moved[row.submission_id]))


def downgrade() -> None:
    op.drop_column('revocation', 'waits_since')
