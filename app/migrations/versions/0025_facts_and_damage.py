"""An instance knows its own database and its last checks; a damaged picture is told from a lost one.

Revision: 0025
After: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

LOST = sa.text('missing OR damaged')


def upgrade() -> None:
    op.create_table(
        'instance_fact',
        sa.Column('key', sa.String(40), nullable=False),
        sa.Column('value', sa.JSON(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_instance_fact')),
    )
    op.add_column('evidence', sa.Column('damaged', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index('ix_evidence_lost', 'evidence', ['id'], sqlite_where=LOST, postgresql_where=LOST)


def downgrade() -> None:
    op.drop_index('ix_evidence_lost', 'evidence')
    op.drop_column('evidence', 'damaged')
    op.drop_table('instance_fact')
