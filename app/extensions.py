"""Extensions, bound by create_app."""

from copy import copy
from typing import Any
from weakref import WeakKeyDictionary

from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Declarative base that names every constraint, as Alembic needs on SQLite."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Reading(Session):
    """Session with one connection for reads outside a transaction (app.models.base.read_rows).

    A transaction costs a tenth of a page. The connection is returned when the session begins one, rolls back or closes,
    so a request never holds two.
    """

    _lent: Connection | None = None
    _begun = False  # before the first transaction there is nothing to clear

    def lend(self) -> Connection:
        """Return this request's read connection. Each statement sees what is committed at its moment."""
        if self._lent is None:
            self._lent = _reader(db.engine).connect()
        return self._lent

    def return_connection(self) -> None:
        """Return the read connection to the pool, which rolls back."""
        if self._lent is not None:
            connection, self._lent = self._lent, None
            connection.close()

    def rollback(self) -> None:
        self.return_connection()
        super().rollback()

    def close(self) -> None:
        self.return_connection()
        if self._begun:
            super().close()


@event.listens_for(Reading, "after_transaction_create")
def _begin(session: Reading, transaction: Any) -> None:
    session.return_connection()
    session._begun = True


_readers: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def _reader(engine: Engine) -> Engine:
    """Return an engine on the same pool whose transactions send no BEGIN."""
    reader = _readers.get(engine)
    if reader is None or reader.pool is not engine.pool:  # `Engine.dispose` makes a new pool
        dialect = engine.dialect
        if "do_begin" in vars(dialect):  # SQLite's, by app.models.base.prepare_sqlite
            dialect = copy(dialect)
            del dialect.do_begin  # the class's own does nothing
        _readers[engine] = reader = Engine(
            engine.pool, dialect, engine.url, echo=engine.echo, hide_parameters=engine.hide_parameters
        )
    return reader


db = SQLAlchemy(model_class=Base, session_options={"class_": Reading})
migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()
