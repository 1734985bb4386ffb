"""Rows of the audit are only added, a chain of their own makes changes visible; and a table says which periodic work is due.

The chain begins empty: the periodic work lays what is there, in batches.

Revision: 0023
After: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
LINK, WORK = 'audit_link', 'due_work'
KEYS = {'audit_event': 'id', LINK: 'sequence'}
REFUSAL = 'rows of this table are only added'


def upgrade() -> None:
    op.add_column('audit_event', sa.Column('seal', sa.String(length=80), server_default=sa.text("''"), nullable=False))
    op.create_table(
        LINK,
        sa.Column('sequence', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('event_id', sa.Integer(), nullable=False),
        sa.Column('highest', sa.Integer(), nullable=False),
        sa.Column('laid_at', AT, nullable=False),
        sa.Column('mac', sa.String(length=64), nullable=False),
        sa.CheckConstraint('sequence > 0', name=op.f(f'ck_{LINK}_sequence')),
        sa.PrimaryKeyConstraint('sequence', name=op.f(f'pk_{LINK}')),
        sa.UniqueConstraint('event_id', name=op.f(f'uq_{LINK}_event_id')),
    )
    op.create_table(
        WORK,
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('due_at', AT, nullable=False),
        sa.Column('lease_until', AT, nullable=True),
        sa.Column('holder', sa.String(length=80), nullable=False),
        sa.Column('last_started', AT, nullable=True),
        sa.Column('last_finished', AT, nullable=True),
        sa.Column('last_error', sa.String(length=200), nullable=False),
        sa.Column('runs', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f(f'pk_{WORK}')),
    )
    guard = of_sqlite if op.get_bind().dialect.name == 'sqlite' else of_postgresql
    for table in KEYS:
        for statement in guard(table):
            op.execute(sa.text(statement.replace(':', r'\:')))


def of_sqlite(table):
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}: {table}'); END"
    known = f'WHEN EXISTS (SELECT 1 FROM {table} WHERE {KEYS[table]} = NEW.{KEYS[table]})'
    yield f'CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}'
    yield f'CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}'
    yield f'CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {known} {refuse}'


def of_postgresql(table):
    yield (
        'CREATE OR REPLACE FUNCTION refuse_change_of_row() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}: %', TG_TABLE_NAME; END $$"
    )
    for act, each in (('update', 'ROW'), ('delete', 'ROW'), ('truncate', 'STATEMENT')):
        yield f'CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} FOR EACH {each} EXECUTE FUNCTION refuse_change_of_row()'


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for act in ('update', 'delete', 'replace'):
            op.execute(f'DROP TRIGGER audit_event_no_{act}')
    else:
        op.execute('DROP FUNCTION refuse_change_of_row() CASCADE')
    op.drop_table(WORK)
    op.drop_table(LINK)
    op.drop_column('audit_event', 'seal')
