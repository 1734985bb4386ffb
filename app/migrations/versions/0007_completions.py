"""What was completed has a row of its own: the major that it finished, the courses that it used up, when it was undone.

Filled from the completed applications of graduation and their frozen assessments. Where a ticket was completed twice in one
major (which an upgraded site refuses), the first has the row.

Revision: 0007
After: 0006
"""

import json

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

TABLE = 'completion'
IN_EFFECT = "undone_at IS NULL AND major_code <> ''"
MOST = 500
"""Applications read at a time: each brings its document of some 20 KB."""


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('ticket_id', sa.Integer(), nullable=False),
        sa.Column('major_code', sa.String(length=20), nullable=False),
        sa.Column('courses', sa.Text(), nullable=False),
        sa.Column('completed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('undone_reason', sa.String(length=200), nullable=False),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_reason = '')", name=op.f('ck_completion_undone_has_reason')),
        sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_completion_application_id')),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_completion_ticket_id')),
        sa.PrimaryKeyConstraint('application_id', name=op.f('pk_completion')),
    )
    op.create_index(op.f('ix_completion_ticket_id'), TABLE, ['ticket_id'])
    only = sa.text(IN_EFFECT)
    op.create_index(
        'uq_completion_major', TABLE, ['ticket_id', 'major_code'], unique=True, sqlite_where=only, postgresql_where=only
    )
    fill(op.get_bind())


def downgrade() -> None:
    op.drop_table(TABLE)


def fill(connection: sa.Connection) -> None:
    last, taken = 0, set()
    while rows := connection.execute(COMPLETED, {'after': last, 'most': MOST}).all():
        for row in rows:
            major = row.major_code if row.service == 'graduation' and (row.ticket_id, row.major_code) not in taken else ''
            taken.add((row.ticket_id, row.major_code))
            given = {
                'application': row.id, 'ticket': row.ticket_id, 'major': major, 'at': row.completed_at,
                'courses': '、'.join(used(row.document)) if major else '',
            }
            connection.execute(INSERT, given)
        last = rows[-1].id


def used(document: str) -> list[str]:
    """Courses whose grades were counted, of a 顶替 the old ones."""
    lines = (json.loads(document).get('assessment') or {}).get('lines', [])
    return sorted({grade['code'] for line in lines if line['counted'] for grade in line['grades']})


COMPLETED = sa.text("""
    SELECT a.id, a.ticket_id, a.service, a.major_code, s.document,
        coalesce(
            (SELECT max(e.at) FROM audit_event e
                WHERE e.action = 'application.completed' AND e.subject = 'application' AND e.subject_id = a.id),
            a.decided_at, a.submitted_at
        ) AS completed_at
    FROM application a JOIN submission s ON s.application_id = a.id AND s.number = a.submissions
    WHERE a.state = 'completed' AND a.id > :after ORDER BY a.id LIMIT :most
""")
INSERT = sa.text("""
    INSERT INTO completion (application_id, ticket_id, major_code, courses, completed_at, undone_reason)
    VALUES (:application, :ticket, :major, :courses, :at, '')
""")
