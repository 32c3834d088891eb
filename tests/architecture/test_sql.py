"""Every SQL statement fits the schema, fills what it says it fills, and names the owner."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from types import ModuleType

from services.web.db.pool import Connection
from tests.architecture.project import ROOT, functions, modules

# What is a person's is in these tables: those that name an account, and those that name a chat.
PERSONAL = """
SELECT DISTINCT table_name::text FROM information_schema.columns
WHERE table_schema = 'public' AND column_name IN ('account_id', 'chat_id')
"""
TABLES = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
IMPERSONAL = {"invitations", "outbox", "rate_limits", "schema_migrations"}
NAMES_OWNER = re.compile(
    r"\baccount_id = \$1(?!\d)"
    r"|INTO \w+(?: AS \w+)? \(account_id[^)]*\)\s+(VALUES \(|SELECT )\$1[,)]"
)
NAMES_ACCOUNT = re.compile(r"\b(id|name) = \$1(?!\d)|INTO accounts \(name[^)]*\) VALUES \(\$1[,)]")
# Only its owner has the token.
NAMES_TOKEN = re.compile(r"\btoken_hash = \$1(?!\d)")
# A message from the bus names no account, so a statement may look it up: it returns the account
# first, and beside it nothing but numbers.
RETURNS_OWNER = re.compile(r"\s*SELECT account_id, ")
NUMBERS = {"int4", "int8"}
# These are about all accounts: nobody's request chooses whose rows they touch.
OF_ALL = {
    "services.web.accounts.queries.HAS_ADMIN": "whether there is an administrator at all",
    "services.web.accounts.queries.LOCK_ACCOUNTS": "nobody makes an account meanwhile",
    "services.web.accounts.sessions.queries.DELETE_EXPIRED": "a loop removes what has expired",
    "services.web.limits.queries.SWEEP_TOKENS": "a loop removes the counts of days before",
    "services.web.removal.queries.LIST_DELETED": "a loop removes accounts that were deleted",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A constant of SQL, and the dataclass that its rows become, if there is one."""

    name: str
    sql: str
    row: type | None


def statements() -> Iterator[Statement]:
    for path in modules("services/web"):
        if path.name == "queries.py" or path.parts[-2:] == ("db", "outbox.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            tree = ast.parse(path.read_text())
            yield from _statements_of(importlib.import_module(name), tree)


def _statements_of(module: ModuleType, tree: ast.Module) -> Iterator[Statement]:
    rows: dict[str, str | None] = {}
    for function in functions(tree):
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        for name in names:
            rows[name] = rows.get(name) or _row_made_in(function)
    for name, value in vars(module).items():
        if name.isupper() and isinstance(value, str):
            assert name in rows, f"{module.__name__}.{name} is used by no function"
            row = rows[name]
            yield Statement(
                f"{module.__name__}.{name}", value, getattr(module, row) if row else None
            )


def _row_made_in(function: ast.AST) -> str | None:
    """The name of the class that is called with `*row`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            starred = [argument for argument in node.args if isinstance(argument, ast.Starred)]
            if any(isinstance(part.value, ast.Name) and part.value.id == "row" for part in starred):
                return node.func.id
    return None


def test_there_are_statements_to_look_at() -> None:
    found = {statement.name: statement.row for statement in statements()}
    assert len(found) > 15
    assert sum(row is not None for row in found.values()) > 8


async def test_every_statement_fits_the_schema_and_fills_its_dataclass(db: Connection) -> None:
    for statement in statements():
        prepared = await db.prepare(statement.sql)
        columns = [attribute.name for attribute in prepared.get_attributes()]
        if statement.row is None:
            assert len(columns) <= 1, statement.name
        else:
            assert columns == [field.name for field in fields(statement.row)], statement.name


async def test_every_table_is_a_persons_or_known_to_be_nobodys(db: Connection) -> None:
    tables = {row[0] for row in await db.fetch(TABLES)}
    personal = {row[0] for row in await db.fetch(PERSONAL)}
    assert {"chats", "messages", "sessions", "prompts", "account_models"} <= personal
    assert tables - personal - {"accounts"} == IMPERSONAL


async def test_every_statement_about_a_persons_data_names_the_account_or_looks_it_up(
    db: Connection,
) -> None:
    tables = "|".join(row[0] for row in await db.fetch(PERSONAL))
    about = [each for each in statements() if re.search(rf"\b({tables})\b", each.sql)]
    assert len(about) > 60
    for statement in about:
        if statement.name in OF_ALL or NAMES_OWNER.search(statement.sql):
            continue
        if "sessions" in statement.sql and NAMES_TOKEN.search(statement.sql):
            continue
        assert RETURNS_OWNER.match(statement.sql), statement.name
        columns = (await db.prepare(statement.sql)).get_attributes()
        assert {column.type.name for column in columns} <= NUMBERS, statement.name


def test_every_statement_about_accounts_names_one() -> None:
    about = [each for each in statements() if re.search(r"\baccounts\b", each.sql)]
    assert len(about) > 10
    unnamed = {
        each.name
        for each in about
        if not NAMES_ACCOUNT.search(each.sql) and not NAMES_TOKEN.search(each.sql)
    }
    assert unnamed <= OF_ALL.keys()


async def test_the_statements_about_all_accounts_return_nothing_of_a_person(db: Connection) -> None:
    found = {each.name: each.sql for each in statements()}
    for name in OF_ALL:
        columns = (await db.prepare(found[name])).get_attributes()
        assert {column.type.name for column in columns} <= NUMBERS | {"bool"}, name


def test_sql_is_written_nowhere_else() -> None:
    sql = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s", re.ASCII)
    elsewhere = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("services")
        if path.name != "queries.py" and path.parent != ROOT / "services/web/db"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.match(node.value)
    ]
    assert elsewhere == []


def test_one_function_promotes_answers_and_queues_their_jobs() -> None:
    calling = {
        (node.func.id, str(path.relative_to(ROOT)))
        for path in modules("services/web")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    for name in ("promote_next", "publish_answer_job"):
        places = [path for called, path in calling if called == name]
        assert places == ["services/web/answers/turns.py"], name
