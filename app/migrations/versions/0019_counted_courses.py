"""The courses that the last submission counts stand beside the application, so that two graduations on the same ones are found.

Filled from the frozen assessments of what is not finished, and of what is from what it used up.

Revision: 0019
After: 0018
"""

import json

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

MOST = 500
"""Applications read at a time: each brings its document of some 20 KB."""
OPEN = sa.text("""
    SELECT a.id, s.document FROM application a JOIN submission s ON s.application_id = a.id AND s.number = a.submissions
    WHERE a.state <> 'completed' AND a.service = 'graduation' AND a.id > :after ORDER BY a.id LIMIT :most
""")
COMPLETED = """
    UPDATE application SET counted = (SELECT c.courses FROM completion c WHERE c.application_id = application.id)
    WHERE state = 'completed' AND EXISTS (SELECT 1 FROM completion c WHERE c.application_id = application.id)
"""


def upgrade() -> None:
    op.add_column('application', sa.Column('counted', sa.Text(), server_default=sa.text("''"), nullable=False))
    op.execute(COMPLETED)
    connection, last = op.get_bind(), 0
    while rows := connection.execute(OPEN, {'after': last, 'most': MOST}).all():
        found = [{'ident': row.id, 'counted': '、'.join(counted(row.document))} for row in rows]
        connection.execute(sa.text('UPDATE application SET counted = :counted WHERE id = :ident'), found)
        last = rows[-1].id


def downgrade() -> None:
    op.drop_column('application', 'counted')


def counted(document: str) -> list[str]:
    """Courses whose grades are in the totals, of a 顶替 the old ones."""
    lines = (json.loads(document).get('assessment') or {}).get('lines', [])
    return sorted({grade['code'] for line in lines if line['counted'] for grade in line['grades']})
