"""A round says how long a review usually takes, a school when its phone is answered; and notices leave the rule on photos to the page.

The default 考生须知 said JPG or PNG up to 1 MB, also in rounds that take more. Where that sentence stands as it was given, it
now points to the line that the page makes from the round itself.

Revision: 0012
After: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

BEFORE = '凭证照片应清晰完整，文字方向朝上，为 JPG 或 PNG 格式，单个文件不超过 1 MB。'
AFTER = '凭证照片应清晰完整，文字方向朝上，格式和大小见本页下方“本次对凭证照片的要求”。'


def upgrade() -> None:
    op.add_column('service_window', sa.Column('review_days', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('school', sa.Column('hours', sa.String(length=80), nullable=False, server_default=sa.text("''")))
    change(BEFORE, AFTER)


def downgrade() -> None:
    change(AFTER, BEFORE)
    op.drop_column('school', 'hours')
    op.drop_column('service_window', 'review_days')


def change(old: str, new: str) -> None:
    window = sa.table('service_window', sa.column('notice', sa.String))
    op.execute(window.update().values(notice=sa.func.replace(window.c.notice, old, new)).where(window.c.notice.contains(old)))
