"""Corrections as asked, what was done to an account of staff, and messages that are about no application.

Revision: 0026
After: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
NEWS = sa.text('known_at IS NULL')


def upgrade() -> None:
    op.create_table('correction',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=10), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('examinee_id', sa.Integer(), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('made_at', AT, nullable=False),
    sa.Column('done_at', AT, nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_correction_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction'))
    )
    op.create_index(op.f('ix_correction_staff_id'), 'correction', ['staff_id'])
    op.create_table('staff_notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('created_at', AT, nullable=False),
    sa.Column('known_at', AT, nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_notice_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_notice'))
    )
    op.create_index('ix_staff_notice_news', 'staff_notice', ['staff_id'], sqlite_where=NEWS, postgresql_where=NEWS)
    with op.batch_alter_table('message') as table:
        table.alter_column('application_id', existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM message WHERE application_id IS NULL")
    with op.batch_alter_table('message') as table:
        table.alter_column('application_id', existing_type=sa.Integer(), nullable=False)
    op.drop_table('staff_notice')
    op.drop_table('correction')
