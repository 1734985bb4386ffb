"""What is newly assigned to somebody is told to them: one row a file, until they have said that they know.

Assignments of before are not told: whoever has them has worked with them.

Revision: 0013
After: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

TABLE = 'assignment'


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('by_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f(f'fk_{TABLE}_application_id')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f(f'fk_{TABLE}_staff_id')),
        sa.ForeignKeyConstraint(['by_id'], ['staff.id'], name=op.f(f'fk_{TABLE}_by_id')),
        sa.PrimaryKeyConstraint('application_id', name=op.f(f'pk_{TABLE}')),
    )
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.create_index(op.f(f'ix_{TABLE}_staff_id'), ['staff_id'], unique=False)


def downgrade() -> None:
    op.drop_table(TABLE)
