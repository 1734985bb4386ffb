"""When a window that was closed early was to close, and since when one without a fee completes what was approved.

A site that gave certificate numbers without ever saving a province keeps the one that it had by default.

Revision: 0024
After: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
COLUMNS = ('planned_closes_at', 'completing_since')
TEXT = sa.table('site_text', sa.column('key', sa.String), sa.column('value', sa.String))
NUMBER = sa.table('certificate', sa.column('id', sa.Integer))
PROVINCE = 'certificate_province'


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column('service_window', sa.Column(name, AT, nullable=True))
    bind = op.get_bind()
    rule = sa.select(TEXT.c.key).where(TEXT.c.key == 'certificate_rule', TEXT.c.value != '')
    used = bind.scalar(rule.limit(1)) or bind.scalar(sa.select(NUMBER.c.id).limit(1))
    if used and not bind.scalar(sa.select(TEXT.c.key).where(TEXT.c.key == PROVINCE)):
        bind.execute(TEXT.insert().values(key=PROVINCE, value='31'))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column('service_window', name)
