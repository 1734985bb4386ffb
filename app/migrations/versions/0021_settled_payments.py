"""Money that waited for somebody and was dealt with: who, when and how.

Revision: 0021
After: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

TABLE = 'settlement'


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column('event_id', sa.Integer(), nullable=False),
        sa.Column('settled_by', sa.Integer(), nullable=False),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('how', sa.String(length=200), nullable=False),
        sa.CheckConstraint("how <> ''", name=op.f(f'ck_{TABLE}_how')),
        sa.ForeignKeyConstraint(['event_id'], ['payment_event.id'], name=op.f(f'fk_{TABLE}_event_id')),
        sa.ForeignKeyConstraint(['settled_by'], ['staff.id'], name=op.f(f'fk_{TABLE}_settled_by')),
        sa.PrimaryKeyConstraint('event_id', name=op.f(f'pk_{TABLE}')),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
