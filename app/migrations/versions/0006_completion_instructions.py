"""What a school asks after 已办结 is a text of its own: what it asks before is about paying, too.

A text of before that does not speak of paying holds for both.

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

COPY = """
    UPDATE school SET completion_instructions = instructions
    WHERE instructions NOT LIKE '%缴%' AND instructions NOT LIKE '%付%' AND instructions NOT LIKE '%交费%'
"""


def upgrade() -> None:
    op.add_column('school', sa.Column('completion_instructions', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('school', copy_from=table()) as batch_op:
        batch_op.alter_column('completion_instructions', existing_type=sa.String(), server_default=None)
    op.execute(COPY)


def downgrade() -> None:
    with op.batch_alter_table('school', copy_from=table()) as batch_op:
        batch_op.drop_column('completion_instructions')


def table() -> sa.Table:
    """The table as it stands."""
    texts = {'code': 20, 'name': 80, 'phone': 80, 'address': 200, 'website': 200}
    return sa.Table(
        'school', sa.MetaData(),
        sa.Column('id', sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(length=length), nullable=False) for name, length in texts.items()),
        sa.Column('instructions', sa.String(), nullable=False),
        sa.Column('completion_instructions', sa.String(), nullable=False, server_default=''),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_school')),
        sa.UniqueConstraint('code', name='uq_school_code'),
    )
