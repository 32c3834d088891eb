"""The SQL of prompts; every statement names the account."""

from typing import Final

from services.web.db.pool import Connection
from services.web.errors import NotFoundError
from services.web.prompts.forms import PromptForm
from services.web.prompts.model import Prompt

LIST_PROMPTS: Final = """
SELECT id, name, content FROM prompts WHERE account_id = $1 ORDER BY lower(name), id
"""
FIND_PROMPT: Final = "SELECT id, name, content FROM prompts WHERE account_id = $1 AND id = $2"
INSERT_PROMPT: Final = """
INSERT INTO prompts (account_id, name, content)
SELECT $1, $2, $3 WHERE (SELECT count(*) FROM prompts WHERE account_id = $1) < $4
RETURNING id
"""
UPDATE_PROMPT: Final = """
UPDATE prompts SET name = $3, content = $4 WHERE account_id = $1 AND id = $2 RETURNING id
"""
DELETE_PROMPT: Final = "DELETE FROM prompts WHERE account_id = $1 AND id = $2"


async def list_prompts(db: Connection, *, account_id: int) -> list[Prompt]:
    """List an account's prompts by their names."""
    return [Prompt(*row) for row in await db.fetch(LIST_PROMPTS, account_id)]


async def get_prompt(db: Connection, prompt_id: int, *, account_id: int) -> Prompt:
    """Return a prompt of the account; raises `NotFoundError`."""
    row = await db.fetchrow(FIND_PROMPT, account_id, prompt_id)
    if row is None:
        raise NotFoundError
    return Prompt(*row)


async def insert_prompt(db: Connection, form: PromptForm, *, account_id: int, most: int) -> bool:
    """Add a prompt; False if the account has `most` of them."""
    values = (account_id, form.name, form.content, most)
    return await db.fetchval(INSERT_PROMPT, *values) is not None


async def update_prompt(
    db: Connection, prompt_id: int, form: PromptForm, *, account_id: int
) -> None:
    """Change a prompt; raises `NotFoundError`."""
    values = (account_id, prompt_id, form.name, form.content)
    if await db.fetchval(UPDATE_PROMPT, *values) is None:
        raise NotFoundError


async def delete_prompt(db: Connection, prompt_id: int, *, account_id: int) -> None:
    """Delete a prompt of the account."""
    await db.execute(DELETE_PROMPT, account_id, prompt_id)
