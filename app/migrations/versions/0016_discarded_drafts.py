"""Drafts that their owners discarded.

Revision: 0016
After: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('application', sa.Column('discarded_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('application', 'discarded_at')
