"""Codes checked on the official page; single-key shortcuts are a person's choice.

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'online_check',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('item', sa.String(length=60), nullable=False),
        sa.Column('proof', sa.String(length=64), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_online_check_application_id')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_online_check_staff_id')),
        sa.PrimaryKeyConstraint('application_id', 'item', 'proof', 'staff_id', name=op.f('pk_online_check')),
    )
    op.add_column('staff', sa.Column('single_keys', sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    op.drop_column('staff', 'single_keys')
    op.drop_table('online_check')
