"""What a window sets for its own service lies in one JSON column.

Seven columns of service_window move into `options`, under their own names; strict_files stays, it is of every service. The two
CHECK constraints on them leave: app/services/graduation/options.py keeps those rules when options are written and read.

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

TABLE = 'service_window'
DEFAULTS = {
    'statement_min': 300, 'statement_max': 800, 'refuse_missing': False, 'portrait': False, 'portrait_width': 480,
    'portrait_height': 640, 'portrait_background': '',
}
"""What an absent key of `options` meant when this was written."""
TYPES = {bool: sa.Boolean(), int: sa.Integer(), str: sa.String(length=10)}
CHECKS = {
    'statement_limits': '0 < statement_min AND statement_min <= statement_max',
    'portrait_size': 'portrait_width BETWEEN 100 AND 2000 AND portrait_height BETWEEN 100 AND 2000',
}


def upgrade() -> None:
    op.add_column(TABLE, sa.Column('options', sa.JSON(), nullable=True))
    table = values()
    connection = op.get_bind()
    for row in connection.execute(sa.select(table)).all():
        options = {name: getattr(row, name) for name in DEFAULTS}
        connection.execute(table.update().where(table.c.id == row.id).values(options=options))
    with op.batch_alter_table(TABLE, copy_from=both(moved=False, checks=CHECKS)) as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(op.f(f'ck_{TABLE}_{name}'), type_='check')
        for name in DEFAULTS:
            batch_op.drop_column(name)
        batch_op.alter_column('options', existing_type=sa.JSON(), nullable=False)


def downgrade() -> None:
    for column in moved_columns(nullable=True):
        op.add_column(TABLE, column)
    table = values()
    connection = op.get_bind()
    for row in connection.execute(sa.select(table)).all():
        given = {name: row.options.get(name, default) for name, default in DEFAULTS.items()}
        connection.execute(table.update().where(table.c.id == row.id).values(**given))
    with op.batch_alter_table(TABLE, copy_from=both(moved=True, checks={})) as batch_op:
        for name, default in DEFAULTS.items():
            batch_op.alter_column(name, existing_type=TYPES[type(default)], nullable=False)
        for name, rule in CHECKS.items():
            batch_op.create_check_constraint(op.f(f'ck_{TABLE}_{name}'), rule)
        batch_op.drop_column('options')


def values() -> sa.TableClause:
    moved = (sa.column(name, TYPES[type(default)]) for name, default in DEFAULTS.items())
    return sa.table(TABLE, sa.column('id', sa.Integer), sa.column('options', sa.JSON), *moved)


def moved_columns(nullable: bool) -> list[sa.Column]:
    return [sa.Column(name, TYPES[type(default)], nullable=nullable) for name, default in DEFAULTS.items()]


def both(*, moved: bool, checks: dict[str, str]) -> sa.Table:
    """The table between the two versions, with the columns of both. SQLite rebuilds it from this: by reflection it would
    lose every CHECK constraint. `moved`: may the seven columns be empty, or `options`."""
    rules = {
        'fee': 'fee >= 0', 'fixes_after_close': 'fixes_close_at >= closes_at', 'opens_before_closes': 'opens_at < closes_at',
        'pay_order': 'pay_opens_at < pay_closes_at', 'stages': 'stages IN (1, 2)', **checks,
    }
    return sa.Table(
        TABLE, sa.MetaData(),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('service', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('fixes_close_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('pay_opens_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('pay_closes_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('notice', sa.String(), nullable=False),
        sa.Column('fee', sa.Integer(), nullable=False),
        sa.Column('stages', sa.Integer(), nullable=False),
        sa.Column('strict_files', sa.Boolean(), nullable=False),
        sa.Column('options', sa.JSON(), nullable=not moved),
        sa.Column('version', sa.Integer(), nullable=False),
        *moved_columns(nullable=moved),
        *(sa.CheckConstraint(rule, name=op.f(f'ck_{TABLE}_{name}')) for name, rule in rules.items()),
        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{TABLE}')),
        sa.Index(op.f(f'ix_{TABLE}_service'), 'service'),
    )
