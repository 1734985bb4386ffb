"""Draws of passed files that are looked at again.

Revision: 0010
After: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'spot_check',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('window_id', sa.Integer(), nullable=False),
        sa.Column('stage', sa.String(length=20), nullable=False),
        sa.Column('school_code', sa.String(length=20), nullable=False),
        sa.Column('reviewer_id', sa.Integer(), nullable=True),
        sa.Column('since', sa.DateTime(timezone=True), nullable=True),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('way', sa.String(length=10), nullable=False),
        sa.Column('amount', sa.Integer(), nullable=False),
        sa.Column('seed', sa.String(length=32), nullable=False),
        sa.Column('population', sa.JSON(), nullable=False),
        sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("way IN ('percent', 'number')", name=op.f('ck_spot_check_way')),
        sa.ForeignKeyConstraint(['reviewer_id'], ['staff.id'], name=op.f('fk_spot_check_reviewer_id')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_spot_check_staff_id')),
        sa.ForeignKeyConstraint(['window_id'], ['service_window.id'], name=op.f('fk_spot_check_window_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_spot_check')),
    )
    op.create_index(op.f('ix_spot_check_school_code'), 'spot_check', ['school_code'])
    op.create_table(
        'spot_check_file',
        sa.Column('spot_check_id', sa.Integer(), nullable=False),
        sa.Column('place', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('review_id', sa.Integer(), nullable=False),
        sa.Column('verdict', sa.String(length=10), nullable=False),
        sa.Column('findings', sa.JSON(), nullable=False),
        sa.Column('note', sa.String(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("verdict IN ('', 'agree', 'disagree')", name=op.f('ck_spot_check_file_verdict')),
        sa.CheckConstraint("(verdict = '') = (staff_id IS NULL)", name=op.f('ck_spot_check_file_verdict_by_somebody')),
        sa.ForeignKeyConstraint(['review_id'], ['review.id'], name=op.f('fk_spot_check_file_review_id')),
        sa.ForeignKeyConstraint(['spot_check_id'], ['spot_check.id'], name=op.f('fk_spot_check_file_spot_check_id')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_spot_check_file_staff_id')),
        sa.PrimaryKeyConstraint('spot_check_id', 'place', name=op.f('pk_spot_check_file')),
    )


def downgrade() -> None:
    op.drop_table('spot_check_file')
    op.drop_table('spot_check')
