"""A payment recorded on the spot names who recorded it, and may be corrected by somebody else.

A corrected one keeps its row, and its receipt number may be recorded again: the constraint on trade numbers becomes an
index over the others. Who recorded earlier ones is taken from the audit.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

TABLE = 'payment_event'
TRADE = f'uq_{TABLE}_trade'
OLD = {'verdict': "verdict IN ('paid', 'duplicate_paid', 'disputed')"}
NEW = {
    'verdict': "verdict IN ('paid', 'duplicate_paid', 'disputed', 'corrected')",
    'corrected_has_time': "(verdict = 'corrected') = (corrected_at IS NOT NULL)",
    'corrected_has_reason': "(verdict = 'corrected') = (correction <> '')",
}
RECORDERS = """
    UPDATE payment_event SET recorded_by = (
        SELECT min(audit_event.actor_id) FROM audit_event JOIN staff ON staff.id = audit_event.actor_id
        WHERE audit_event.subject = 'order' AND audit_event.subject_id = payment_event.order_id
        AND audit_event.action = 'order.paid' AND audit_event.actor_kind = 'staff'
    ) WHERE gateway = 'offline'
"""


def upgrade() -> None:
    with op.batch_alter_table(TABLE, copy_from=table(OLD, unique=True)) as batch_op:
        batch_op.add_column(sa.Column('recorded_by', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('corrected_by', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('corrected_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('correction', sa.String(length=200), nullable=False, server_default=''))
        batch_op.drop_constraint(TRADE, type_='unique')
        batch_op.drop_constraint(op.f(f'ck_{TABLE}_verdict'), type_='check')
        for name, rule in NEW.items():
            batch_op.create_check_constraint(op.f(f'ck_{TABLE}_{name}'), rule)
        for name in ('recorded_by', 'corrected_by'):
            batch_op.create_foreign_key(op.f(f'fk_{TABLE}_{name}'), 'staff', [name], ['id'])
    with op.batch_alter_table(TABLE, copy_from=table(NEW, unique=False, added=True)) as batch_op:
        batch_op.alter_column('correction', existing_type=sa.String(length=200), server_default=None)
    op.create_index(
        TRADE, TABLE, ['gateway', 'trade_number'], unique=True,
        sqlite_where=sa.text("verdict <> 'corrected'"), postgresql_where=sa.text("verdict <> 'corrected'"),
    )
    op.execute(RECORDERS)


def downgrade() -> None:
    op.execute("DELETE FROM payment_event WHERE verdict = 'corrected'")
    op.drop_index(TRADE, TABLE)
    with op.batch_alter_table(TABLE, copy_from=table(NEW, unique=False, added=True)) as batch_op:
        for name in NEW:
            batch_op.drop_constraint(op.f(f'ck_{TABLE}_{name}'), type_='check')
        for name in ('recorded_by', 'corrected_by'):
            batch_op.drop_constraint(op.f(f'fk_{TABLE}_{name}'), type_='foreignkey')
        for name in ('recorded_by', 'corrected_by', 'corrected_at', 'correction'):
            batch_op.drop_column(name)
        batch_op.create_check_constraint(op.f(f'ck_{TABLE}_verdict'), OLD['verdict'])
        batch_op.create_unique_constraint(TRADE, ['gateway', 'trade_number'])


def table(rules: dict, *, unique: bool, added: bool = False) -> sa.Table:
    """The table as it stands. SQLite rebuilds it from this: by reflection it would lose every CHECK constraint."""
    more: list = []
    if unique:
        more.append(sa.UniqueConstraint('gateway', 'trade_number', name=TRADE))
    if added:
        more += [
            sa.Column('recorded_by', sa.Integer(), nullable=True),
            sa.Column('corrected_by', sa.Integer(), nullable=True),
            sa.Column('corrected_at', sa.DateTime(timezone=True), nullable=True),
            sa.Column('correction', sa.String(length=200), nullable=False, server_default=''),
            *(sa.ForeignKeyConstraint([name], ['staff.id'], name=op.f(f'fk_{TABLE}_{name}')) for name in ('recorded_by', 'corrected_by')),
        ]
    return sa.Table(
        TABLE, sa.MetaData(),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('gateway', sa.String(length=20), nullable=False),
        sa.Column('trade_number', sa.String(length=64), nullable=False),
        sa.Column('order_id', sa.Integer(), nullable=True),
        sa.Column('amount', sa.Integer(), nullable=False),
        sa.Column('verdict', sa.String(length=20), nullable=False),
        sa.Column('raw', sa.Text(), nullable=False),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f'ck_{TABLE}_{name}')) for name, rule in rules.items()),
        sa.ForeignKeyConstraint(['order_id'], ['fee_order.id'], name=op.f(f'fk_{TABLE}_order_id')),
        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{TABLE}')),
        sa.Index(op.f(f'ix_{TABLE}_order_id'), 'order_id'),
        *more,
    )
