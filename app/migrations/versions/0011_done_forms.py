"""Forms that were carried out: sent a second time they get the first one's answer.

Revision: 0011
After: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

TABLE = 'done_form'


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=True),
        sa.Column('answer', sa.JSON(), nullable=False),
        sa.Column('taken_back', sa.Boolean(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_done_form_application_id')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_done_form_staff_id')),
        sa.PrimaryKeyConstraint('staff_id', 'key', name=op.f('pk_done_form')),
    )
    op.create_index(op.f('ix_done_form_application_id'), TABLE, ['application_id'])


def downgrade() -> None:
    op.drop_index(op.f('ix_done_form_application_id'), TABLE)
    op.drop_table(TABLE)
