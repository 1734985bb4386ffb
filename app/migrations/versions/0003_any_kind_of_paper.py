"""A paper may be of any kind that a business declares: the table no longer lists them.

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

TABLE = 'paper'
NAME = f'ck_{TABLE}_kind'
LISTED = "kind IN ('receipt', 'register', 'opinion', 'payment')"
ANY = "kind <> ''"


def upgrade() -> None:
    change(LISTED, ANY)


def downgrade() -> None:
    change(ANY, LISTED)


def change(old: str, new: str) -> None:
    with op.batch_alter_table(TABLE, copy_from=table(old)) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_='check')
        batch_op.create_check_constraint(op.f(NAME), new)


def table(kinds: str) -> sa.Table:
    """The table as it stands. SQLite rebuilds it from this: by reflection it would lose every CHECK constraint."""
    rules = {
        'payment_has_order': "(kind = 'payment') = (order_id IS NOT NULL)",
        'others_have_submission': "(kind = 'payment') = (submission_id IS NULL)", 'kind': kinds,
    }
    others = {'application_id': 'application', 'last_review_id': 'review', 'order_id': 'fee_order', 'submission_id': 'submission'}
    return sa.Table(
        TABLE, sa.MetaData(),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=16), nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=True),
        sa.Column('order_id', sa.Integer(), nullable=True),
        sa.Column('last_review_id', sa.Integer(), nullable=True),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f'ck_{TABLE}_{name}')) for name, rule in rules.items()),
        *(
            sa.ForeignKeyConstraint([column], [f'{other}.id'], name=op.f(f'fk_{TABLE}_{column}'))
            for column, other in others.items()
        ),
        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{TABLE}')),
        sa.UniqueConstraint('code', name=f'uq_{TABLE}_code'),
        sa.UniqueConstraint('kind', 'sha256', name=f'uq_{TABLE}_facts'),
        sa.Index(op.f(f'ix_{TABLE}_application_id'), 'application_id'),
    )
