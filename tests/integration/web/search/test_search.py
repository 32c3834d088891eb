"""What is found, and what is not."""

import pytest

from services.web.db.pool import Connection
from tests.integration.web.pages import chat_of_somebody_else
from tests.integration.web.search.store import found, look_for, results, status, store_chat
from tests.support.stack import Web

NONE: list[str] = []


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("The quick brown fox", "quick", "The <mark>quick</mark> brown fox"),
        ("The quick brown fox", "UICK", "The q<mark>uick</mark> brown fox"),
        ("The quick brown fox", "fox quick", "The <mark>quick</mark> brown <mark>fox</mark>"),
        ("The quick brown fox", '"ick bro"', "The qu<mark>ick bro</mark>wn fox"),
        ("The quick brown fox", '"brown', "The quick <mark>brown</mark> fox"),
        ("Go where it goes, ago", "go", "<mark>Go</mark> where it <mark>go</mark>es, ago"),
        ("x = 100% of 10_000", "100%", "x = <mark>100%</mark> of 10_000"),
        ("x = 100% of 10_000", "%", "x = 100<mark>%</mark> of 10_000"),
        ("x = 100% of 10_000", "0_0", "x = 100% of 1<mark>0_0</mark>00"),
        (r"C:\temp\new", r"\t", r"C:<mark>\t</mark>emp\new"),
        ("I write C# and C++", "c#", "I write <mark>C#</mark> and C++"),
        ("I write C# and C++", "++", "I write C# and C<mark>++</mark>"),
        ("如何学习中文语法", "中文", "如何学习<mark>中文</mark>语法"),
        ("如何学习中文语法", "法", "如何学习中文语<mark>法</mark>"),
        ("東京タワーへ行く", "タワー", "東京<mark>タワー</mark>へ行く"),
        ("한국어를 배우다", "국어", "한<mark>국어</mark>를 배우다"),
        ("Москва и Я", "Москва".upper(), "<mark>Москва</mark> и Я"),
        ("Москва и Я", "я", "Москва и <mark>Я</mark>"),
        ("Schöne Grüße", "GRÜSS", None),
        ("Schöne Grüße", "grüß", "Schöne <mark>Grüß</mark>e"),
        ("مرحبا بالعالم", "بالعالم", "مرحبا <mark>بالعالم</mark>"),
        ("👩‍🚀 in orbit", "👩‍🚀", "<mark>👩‍🚀</mark> in orbit"),
        ("The quick brown fox", "quick wolf", None),
        ("The quick brown fox", '"brown quick"', None),
        ("The quick brown fox", "th zz", None),
        ("100 of 10000", "100%", None),
        ("10x000", "0_0", None),
        ("'; DROP TABLE chats; --", "'; DROP", "<mark>';</mark> <mark>DROP</mark> TABLE chats; --"),
        ("a & b | !c:*", "a & !c:*", "<mark>a</mark> <mark>&</mark> b | <mark>!c:*</mark>"),
    ],
)  # fmt: skip
async def test_a_text_is_found_by_each_of_its_words(
    web: Web, db: Connection, text: str, query: str, marked: str | None
) -> None:
    await store_chat(db, text, "Something else altogether")
    assert await found(web, query) == ([marked] if marked else NONE)


@pytest.mark.parametrize("query", ["newest", "common", "co"])
async def test_common_words_are_found_like_rare_ones(web: Web, db: Connection, query: str) -> None:
    await store_chat(db, *[f"common newest words {number}" for number in range(350)])
    page = (await look_for(web, query)).text
    assert [result["snippet"].split()[-1] for result in results(page)] == [
        str(number) for number in range(349, 329, -1)
    ]
    assert status(page) == "More than 100 results"


async def test_markup_in_a_text_is_text(web: Web, db: Connection) -> None:
    await store_chat(db, "<script>alert(1)</script>", title="<b>bold</b>")
    page = (await look_for(web, "script")).text
    assert "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt;" in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<script>alert" not in (await look_for(web, "<script>alert(1)</script>")).text


async def test_titles_are_found_the_persons_own_too_and_come_first(
    web: Web, db: Connection
) -> None:
    plain = await store_chat(db, title="A walk in the park")
    own = await store_chat(db, "Of parks and towns", title="Nothing")
    await db.execute("UPDATE chats SET given_title = 'Parks of Paris' WHERE id = $1", own)
    page = (await look_for(web, "park")).text
    shown = [(result["link"], result["title"]) for result in results(page)]
    assert shown[:2] == [
        (f"/chat/{own}/message/list/", "<mark>Park</mark>s of Paris"),
        (f"/chat/{plain}/message/list/", "A walk in the <mark>park</mark>"),
    ]
    assert shown[2][1] == "Parks of Paris"
    assert status(page) == "3 results"


async def test_a_message_is_linked_to_in_its_chat_and_in_every_version(
    web: Web, db: Connection
) -> None:
    chat = await store_chat(db, "A hidden version")
    message = await db.fetchval("SELECT id FROM messages")
    (result,) = results((await look_for(web, "hidden")).text)
    assert result["link"] == f"/chat/{chat}/message/list/?around={message}#message_{message}"
    assert (await web.client.get(result["link"])).status_code == 200


async def test_archived_chats_are_found_and_deleted_or_temporary_ones_never(
    web: Web, db: Connection
) -> None:
    chats = {
        name: await store_chat(db, f"{name} needle", title=f"A needle, {name}")
        for name in ("archived", "deleted", "temporary")
    }
    await db.execute("UPDATE chats SET archived_at = now() WHERE id = $1", chats["archived"])
    await db.execute("UPDATE chats SET deleted_at = now() WHERE id = $1", chats["deleted"])
    await db.execute("UPDATE chats SET is_temporary = true WHERE id = $1", chats["temporary"])
    assert await found(web, "needle") == [
        "A <mark>needle</mark>, archived",
        "archived <mark>needle</mark>",
    ]
    recent = results((await look_for(web)).text)
    assert [result["title"] for result in recent] == ["A needle, archived"]


async def test_nothing_of_other_accounts_is_found(web: Web, db: Connection) -> None:
    stranger = await chat_of_somebody_else(db)
    await db.execute(
        "INSERT INTO messages (chat_id, role, status, content, selected)"
        " VALUES ($1, 'user', 'complete', 'a needle', false)",
        stranger,
    )
    await db.execute("UPDATE chats SET title = 'a needle', active_at = now()")
    for query in ("needle", "ne", "a", None):
        assert "a needle" not in (await look_for(web, query)).text.replace("<mark>", "")


async def test_older_results_come_page_by_page_each_once(web: Web, db: Connection) -> None:
    await store_chat(db, *[f"needle {number}" for number in range(45)], title="The needle")
    page = (await look_for(web, "needle")).text
    assert status(page) == "46 results"
    seen = [result["snippet"] or "title" for result in results(page)]
    for said in ("25 older results", "5 older results"):
        before = await db.fetchval(
            "SELECT id FROM messages WHERE content = $1",
            seen[-1].replace("<mark>", "").replace("</mark>", ""),
        )
        assert f'href="/search/?q=needle&amp;before={before}"' in page
        page = (await look_for(web, "needle", before=before)).text
        assert status(page) == said
        seen += [result["snippet"] for result in results(page)]
    assert "before=" not in page
    assert seen == ["title", *(f"<mark>needle</mark> {number}" for number in range(44, -1, -1))]


async def test_more_than_a_hundred_are_not_counted(web: Web, db: Connection) -> None:
    for others in (0, 320):
        await db.execute("DELETE FROM chats")
        await store_chat(db, *["needle"] * 100, *["straw"] * others)
        assert status((await look_for(web, "needle")).text) == "100 results"
        assert status((await look_for(web, "ne")).text) == "100 results"
        await store_chat(db, "needle", *["straw"] * others)
        assert status((await look_for(web, "needle")).text) == "More than 100 results"
        assert status((await look_for(web, "ne need")).text) == "More than 100 results"


async def test_titles_that_are_not_listed_are_told_of(web: Web, db: Connection) -> None:
    await store_chat(db, "A plan", title="Other")
    for number in range(10):
        await store_chat(db, title=f"Plan {number}")
    assert status((await look_for(web, "plan")).text) == "11 results"
    await store_chat(db, title="Plan too many")
    page = (await look_for(web, "plan")).text
    assert status(page) == "More than 11 results"
    assert len(results(page)) == 11


async def test_without_a_word_the_recent_chats_are_listed(web: Web, db: Connection) -> None:
    for number in range(12):
        await store_chat(db, title=f"Chat {number}")
    for query in (None, "", "   ", '"', '""'):
        page = (await look_for(web, query)).text
        assert status(page) == "Recent chats"
        assert [result["title"] for result in results(page)] == [
            f"Chat {number}" for number in range(11, 1, -1)
        ]


async def test_a_search_that_is_too_long_is_kept_and_says_so(web: Web, db: Connection) -> None:
    await store_chat(db, "word " * 3_000)
    page = (await look_for(web, "word " * 2_000)).text
    assert status(page) == "A search may have 200 characters; this one has 9,999."
    assert f'value="{("word " * 2_000).strip()}"' in page
    assert results(page) == []


@pytest.mark.parametrize(
    "query",
    ["\0", "\x1b[31m", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "\\", "%_%",
     "a:* & !b | (c <-> d)", "' OR 1=1 --", "{{ 7 * 7 }}", "()[]{}*+?.^$|", "\u202e", "é" * 200,
     "a " * 100, "ab " * 66, '"' * 199, "\\" * 200, "%" * 200],
)  # fmt: skip
async def test_whatever_is_typed_is_searched_for(web: Web, db: Connection, query: str) -> None:
    await store_chat(db, "Something", title="Other")
    page = await look_for(web, query)
    assert page.status_code == 200
    assert status(page.text) in {"No results", "Recent chats"}


@pytest.mark.parametrize("before", ["0", "-1", "x", "9" * 19, "9" * 400, "٣", ""])
async def test_a_page_that_there_is_not_is_the_first(web: Web, db: Connection, before: str) -> None:
    await store_chat(db, "needle")
    page = await look_for(web, "needle", before=before)
    assert page.status_code == 200
    assert status(page.text) in {"1 result", "No older results"}


async def test_only_the_first_fifty_thousand_characters_of_a_text_are_found(
    web: Web, db: Connection
) -> None:
    await store_chat(db, "x" * 49_990 + " needle " + "thread")
    assert len(await found(web, "needle")) == 1
    assert await found(web, "thread") == NONE


async def test_the_index_has_what_a_text_becomes_when_its_answer_ends(
    web: Web, db: Connection
) -> None:
    await store_chat(db, *["straw"] * 320, "")
    await db.execute("UPDATE messages SET content = 'A needle' WHERE content = ''")
    await store_chat(db, *["straw"] * 320)
    assert await found(web, "needle") == ["A <mark>needle</mark>"]


async def test_the_snippet_of_a_long_text_is_around_what_was_found(
    web: Web, db: Connection
) -> None:
    await store_chat(db, "before " * 500 + "\n\nneedle\n" + "after " * 500)
    (snippet,) = await found(web, "needle")
    assert snippet.startswith("…before before")
    assert "before <mark>needle</mark> after" in snippet
    assert snippet.endswith("…")
    assert len(snippet) < 300
