"""What the office sent back and the school has not decided since is marked, for the queue.

Revision: 0018
After: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

NARROWING = (
    'school_code', 'major_code', 'plan_id', 'window_id', 'assignee_id', 'missing', 'again', 'ticket_number', 'holder_name',
    'hinted', 'marks',
)
LED_BY = {
    'queue': '', 'school_queue': 'school_code', 'major': 'major_code', 'ticket': 'ticket_number', 'name': 'holder_name',
    'window': 'window_id', 'assignee': 'assignee_id', 'missing': 'missing', 'again': 'again', 'hinted': 'hinted',
}
MARKS = ('missing', 'again', 'hinted', 'sent_back')
APPLICATION = sa.table(
    'application', sa.column('id', sa.Integer), sa.column('state', sa.String), sa.column('sent_back', sa.Boolean)
)
REVIEW = sa.table(
    'review', sa.column('id', sa.Integer), sa.column('application_id', sa.Integer), sa.column('decision', sa.String)
)
REVOCATION = sa.table('revocation', sa.column('review_id', sa.Integer))


def upgrade() -> None:
    op.add_column('application', sa.Column('sent_back', sa.Boolean(), server_default=sa.false(), nullable=False))
    for name, lead in LED_BY.items():
        op.drop_index(f'ix_application_{name}', 'application')
        index(name, lead, (*NARROWING, 'sent_back'))
    index('sent_back', 'sent_back', NARROWING)
    stands = (REVIEW.c.decision != '') & REVIEW.c.id.not_in(sa.select(REVOCATION.c.review_id))
    last = sa.select(sa.func.max(REVIEW.c.id)).where(stands).group_by(REVIEW.c.application_id)
    back = sa.select(REVIEW.c.application_id).where(REVIEW.c.id.in_(last), REVIEW.c.decision == 'back')
    waits = (APPLICATION.c.state == 'school_review') & APPLICATION.c.id.in_(back)
    op.execute(APPLICATION.update().where(waits).values(sent_back=True))


def downgrade() -> None:
    op.drop_index('ix_application_sent_back', 'application')
    for name, lead in LED_BY.items():
        op.drop_index(f'ix_application_{name}', 'application')
        index(name, lead, NARROWING)
    op.drop_column('application', 'sent_back')


def index(name: str, lead: str, rest: tuple[str, ...]) -> None:
    """One index of the queue; led by a mark, it has only rows with that mark."""
    columns = (*([lead] if lead else []), 'state', 'submitted_at', 'id')
    only = {'sqlite_where': sa.text(f'{lead} = 1'), 'postgresql_where': sa.text(lead)} if lead in MARKS else {}
    op.create_index(f'ix_application_{name}', 'application', [*columns, *(each for each in rest if each not in columns)], **only)
