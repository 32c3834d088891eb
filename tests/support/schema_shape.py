"""What a schema promises to the programs that use it, and which promises a migration breaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

TABLES: Final = """
SELECT oid::regclass::text AS name, relfilenode::bigint AS filenode
FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""
COLUMNS: Final = """
SELECT attrelid::regclass::text AS of, attname AS name,
    format_type(atttypid, atttypmod) AS type, attnotnull AS required,
    pg_get_expr(adbin, adrelid) AS value, attidentity::text || attgenerated::text AS made
FROM pg_attribute
JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p')
    AND relnamespace = 'public'::regnamespace
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped
"""
RULES: Final = """
SELECT conrelid::regclass::text AS of, conname AS name, pg_get_constraintdef(oid) AS text, ARRAY(
        SELECT attname::text FROM pg_attribute
        WHERE attrelid = conrelid AND attnum = ANY (conkey)
    ) AS columns
FROM pg_constraint WHERE conrelid <> 0 AND connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT indrelid::regclass::text, indexrelid::regclass::text,
    CASE WHEN indisunique THEN pg_get_indexdef(indexrelid) ELSE '' END, ARRAY(
        SELECT attname::text FROM pg_attribute
        WHERE attrelid = indrelid AND attnum = ANY (indkey)
    )
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(pg_trigger.oid), '{}' FROM pg_trigger
WHERE NOT tgisinternal
UNION ALL
SELECT ev_class::regclass::text, rulename, pg_get_ruledef(pg_rewrite.oid), '{}' FROM pg_rewrite
JOIN pg_class ON pg_class.oid = ev_class AND relkind IN ('r', 'p')
UNION ALL
SELECT oid::regclass::text, 'row security', 'row security', '{}' FROM pg_class WHERE relrowsecurity
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """Tables with the files that hold them, columns, and whatever rows have to be like.

    Indexes without a rule, which only make things fast, have an empty text.
    """

    tables: dict[str, int]
    columns: dict[tuple[str, str], Any]
    rules: dict[tuple[str, str], Any]


async def read_shape(url: str) -> Shape:
    """Read it from the catalogue of the database at `url`."""
    db = await asyncpg.connect(url)
    try:
        tables, columns, rules = [await db.fetch(sql) for sql in (TABLES, COLUMNS, RULES)]
    finally:
        await db.close()
    return Shape(
        {row["name"]: row["filenode"] for row in tables},
        {(row["of"], row["name"]): row for row in columns},
        {(row["of"], row["name"]): row for row in rules},
    )


def broken_promises(before: Shape, after: Shape) -> list[str]:
    """Say what a program that was written for `before` cannot do with `after`, or waits for."""
    return [*_lost(before, after), *_demanded(before, after)]


def _lost(before: Shape, after: Shape) -> Iterator[str]:
    for table, filenode in before.tables.items():
        if table not in after.tables:
            yield f"table {table} is gone"
        elif after.tables[table] != filenode:
            yield f"table {table} is written anew, and nobody can use it meanwhile"
    for kind, was, now in (
        ("column", before.columns, after.columns),
        ("rule", before.rules, after.rules),
    ):
        for name, row in was.items():
            if now.get(name) != row:
                yield f"{kind} {'.'.join(name)} is gone or another"


def _demanded(before: Shape, after: Shape) -> Iterator[str]:
    for (table, name), row in after.columns.items():
        is_filled = not row["required"] or row["value"] is not None or row["made"]
        if table in before.tables and (table, name) not in before.columns and not is_filled:
            yield f"column {table}.{name} has to be given"
    for (table, name), row in after.rules.items():
        is_new = table in before.tables and (table, name) not in before.rules
        concerns_new = {(table, column) for column in row["columns"]}.isdisjoint(before.columns)
        if is_new and row["text"] and not (row["columns"] and concerns_new):
            yield f"rule {table}.{name} is new: {row['text']}"
