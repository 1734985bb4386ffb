"""What a reviewer had filled in when the session was over is kept for them.

Revision: 0014
After: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

TABLE = 'kept_work'


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('fields', sa.JSON(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f(f'fk_{TABLE}_application_id')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f(f'fk_{TABLE}_staff_id')),
        sa.PrimaryKeyConstraint('staff_id', 'application_id', name=op.f(f'pk_{TABLE}')),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
