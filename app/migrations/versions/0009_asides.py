"""Files put aside with a question.

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

OPEN = sa.text('ended_at IS NULL')


def upgrade() -> None:
    op.create_table(
        'aside',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('stage', sa.String(length=20), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('asked', sa.String(length=10), nullable=False),
        sa.Column('question', sa.String(), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('waited', sa.Integer(), nullable=False),
        sa.Column('answer', sa.String(), nullable=False),
        sa.Column('answered_by', sa.Integer(), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('waits_since', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("asked IN ('lead', 'office')", name=op.f('ck_aside_asked')),
        sa.CheckConstraint("(answered_by IS NULL) = (answer = '')", name=op.f('ck_aside_answer_by_somebody')),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_aside_application_id')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_aside_staff_id')),
        sa.ForeignKeyConstraint(['answered_by'], ['staff.id'], name=op.f('fk_aside_answered_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_aside')),
    )
    op.create_index(op.f('ix_aside_application_id'), 'aside', ['application_id'])
    op.create_index('uq_aside_open', 'aside', ['application_id'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_table('aside')
