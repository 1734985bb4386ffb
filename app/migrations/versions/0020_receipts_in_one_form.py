"""Receipt numbers of payments on the spot are compared in one form: XU-1, ＸＵ－１ and xu-1 are one receipt.

What was recorded for several people before stays as it was typed, for staff to correct; the first of them has the form.

Revision: 0020
After: 0019
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

EVENT = sa.table(
    'payment_event', sa.column('id', sa.Integer), sa.column('gateway', sa.String), sa.column('trade_number', sa.String),
    sa.column('verdict', sa.String), sa.column('raw', sa.Text),
)
LONGEST = 64


def upgrade() -> None:
    bind = op.get_bind()
    spot = sa.select(EVENT).where(EVENT.c.gateway == 'offline').order_by(EVENT.c.id)
    found = bind.execute(spot).all()
    taken = {row.trade_number for row in found if row.verdict != 'corrected'}
    for row in found:
        key = one_form(row.trade_number)
        stands = row.verdict != 'corrected'
        if key == row.trade_number or len(key) > LONGEST or (stands and key in taken):
            continue
        bind.execute(EVENT.update().where(EVENT.c.id == row.id).values(trade_number=key, raw=row.trade_number))
        if stands:
            taken.add(key)


def downgrade() -> None:
    typed = (EVENT.c.gateway == 'offline') & (EVENT.c.raw != '')
    op.execute(EVENT.update().where(typed).values(trade_number=EVENT.c.raw, raw=''))


def one_form(text: str) -> str:
    return ''.join(unicodedata.normalize('NFKC', unicodedata.normalize('NFKC', text).casefold()).split())
