"""What the office writes to the school with 退回初审 has a column of its own; it was among the words for the examinee.

Revision: 0017
After: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

REVIEW = sa.table('review', sa.column('decision', sa.String), sa.column('message', sa.String), sa.column('to_school', sa.String))
PENDING = sa.table(
    'pending_decision', sa.column('application_id', sa.Integer), sa.column('decision', sa.String), sa.column('opinion', sa.JSON)
)
BACK = 'back'


def upgrade() -> None:
    op.add_column('review', sa.Column('to_school', sa.String(), server_default=sa.text("''"), nullable=False))
    sent_back = REVIEW.update().where(REVIEW.c.decision == BACK)
    op.execute(sent_back.values(to_school=REVIEW.c.message, message=''))
    for ident, decision, opinion in pending():
        to_school = opinion['message'] if decision == BACK else ''
        message = '' if decision == BACK else opinion['message']
        store(ident, {**opinion, 'message': message, 'to_school': to_school})


def downgrade() -> None:
    for ident, decision, opinion in pending():
        words = opinion.pop('to_school', '')
        store(ident, {**opinion, 'message': words if decision == BACK else opinion['message']})
    op.execute(REVIEW.update().where(REVIEW.c.decision == BACK).values(message=REVIEW.c.to_school))
    op.drop_column('review', 'to_school')


def pending() -> list[tuple[int, str, dict]]:
    return [tuple(row) for row in op.get_bind().execute(sa.select(PENDING)).all()]


def store(ident: int, opinion: dict) -> None:
    op.get_bind().execute(PENDING.update().where(PENDING.c.application_id == ident).values(opinion=opinion))
