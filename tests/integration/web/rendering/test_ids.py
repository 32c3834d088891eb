"""An id stands once on a page: scripts, frames and streams find elements by it."""

import re
from collections import Counter

from tests.integration.web.natter import Natter

PATHS = (
    *("/chat/list/", "/chat/archived/", "/chat/deleted/", "/models/", "/search/?q=Hello"),
    *("/settings/", "/settings/prompts/", "/settings/prompts/menu/", "/shortcuts/"),
)
PATHS_OF_CHAT = ("menu/", "rename/", "model/", "message/list/", "message/create/")
ID = re.compile(r'\sid="([^"]*)"')


async def test_no_id_stands_twice_on_a_page(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "Hello?")
    await natter.end(answer)
    # So many that the list has a next page.
    await natter.db.execute(
        "INSERT INTO chats (account_id, title, active_at)"
        " SELECT account_id, 'Plan', now() FROM chats, generate_series(1, 41) WHERE chats.id = $1",
        chat,
    )
    of_chat = [f"/chat/{chat}/{path}" for path in PATHS_OF_CHAT]
    question = answer - 1
    of_messages = [f"/chat/{chat}/message/{question}/{path}/" for path in ("menu", "edit")]
    for path in (*PATHS, *of_chat, *of_messages, f"/chat/{chat}/message/{answer}/menu/"):
        ids = Counter(ID.findall((await natter.web.client.get(path)).text))
        assert ids, path
        assert max(ids.values()) == 1, (path, ids.most_common(3))
