"""The title that is found in whatever a model answers."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from services.ai.titles import TITLE_CHARS, clean_title

CHATTY = "Sure! Here is a title:\n\n{}\n\nLet me know if you want another one."

TITLES: dict[str, str | None] = {
    "Sourdough that will not rise": "Sourdough that will not rise",
    "  Sourdough \n": "Sourdough",
    '"Sourdough"': "Sourdough",
    "“Sourdough.”": "Sourdough",
    "„Sauerteig“": "Sauerteig",
    "« Le levain »": "Le levain",
    "「サワードウ」": "サワードウ",
    "'Don't panic' by Adams": "'Don't panic' by Adams",
    '"Foo" and "bar"': '"Foo" and "bar"',
    "What is “foo”?": "What is “foo”?",
    "**Sourdough**": "Sourdough",
    "***Sourdough***.": "Sourdough",
    "_Sourdough_": "Sourdough",
    "# Sourdough": "Sourdough",
    "- Sourdough": "Sourdough",
    "1. Sourdough": "Sourdough",
    "> ## **Sourdough**": "Sourdough",
    "`print` in Python": "print in Python",
    "[Sourdough](https://example.com/)": "Sourdough",
    "<b>Sourdough</b>": "Sourdough",
    "Title: Sourdough": "Sourdough",
    "**Title:** “Sourdough”": "Sourdough",
    '"Title: Sourdough."': "Sourdough",
    "Titel: Sauerteig": "Sauerteig",
    "标题：酸面团": "酸面团",  # noqa: RUF001 - the colon of Chinese
    "**Title:**\nSourdough": "Sourdough",
    "Here is a title for the chat:\n\nSourdough": "Sourdough",
    "Title: Sourdough\n\nIt says what the chat is about.": "Sourdough",
    "Sourdough\n\n---\n\n": "Sourdough",
    "<think>Hm. What\nabout flour?</think>\n\nSourdough": "Sourdough",
    "<thinking>Hm.</thinking>Sourdough": "Sourdough",
    "Hm, flour?\n</think>\n\nSourdough": "Sourdough",
    "C# and F# basics": "C# and F# basics",
    "2**3 in Python": "2**3 in Python",
    "Using my_module_name": "Using my_module_name",
    "2001: A Space Odyssey": "2001: A Space Odyssey",
    "Generics: Vec<T> & Box<T>": "Generics: Vec<T> & Box<T>",
    "And then...": "And then...",
    "Why not?": "Why not?",
    "👩‍👩‍👧 at home": "👩‍👩‍👧 at home",
    "Sour\u202edough\u200b\ufeff": "Sourdough",
    "Sour\tdough\x07": "Sour dough",
    # What looks like that and belongs to the title.
    "Why $a_1 * b * c$ is even": "Why $a_1 * b * c$ is even",
    "**$5** or **$6**": "$5 or $6",
    "AT&amp;T and *others*": "AT&T and others",
    "What __init__ does": "What __init__ does",
    'Reading {"title": "x"} in Python': 'Reading {"title": "x"} in Python',
    "Title IX: a history": "Title IX: a history",
    "The Title of Liberty: what it says": "The Title of Liberty: what it says",
    "How to Say Sorry in Spanish": "How to Say Sorry in Spanish",
    "Sorry Business in Australia": "Sorry Business in Australia",
    "I'm Sorry I Haven't a Clue": "I'm Sorry I Haven't a Clue",
    "I Can't Get No Satisfaction": "I Can't Get No Satisfaction",
    "1984. A novel": "1984. A novel",
    "I Am Unable to Connect to WiFi": "I Am Unable to Connect to WiFi",
    "I'm unable to connect to WiFi": "I'm unable to connect to WiFi",
    "I can't access my account": "I can't access my account",
    "I Can't Create a New User": "I Can't Create a New User",
    "I Can't Help Falling in Love Lyrics": "I Can't Help Falling in Love Lyrics",
    "I can't help falling in love": "I can't help falling in love",
    "I don't have any friends": "I don't have any friends",
    "As an AI Engineer: Career Path": "As an AI Engineer: Career Path",
    "I apologize Letter Template": "I apologize Letter Template",
    "My apologies in a letter": "My apologies in a letter",
    "I am an AI engineer": "I am an AI engineer",
    "Je ne peux pas dormir": "Je ne peux pas dormir",
    "Leider kann ich nicht schlafen": "Leider kann ich nicht schlafen",
    "Tut mir leid auf Englisch": "Tut mir leid auf Englisch",
    "Я не могу уснуть": "Я не могу уснуть",
    "我无法入睡怎么办": "我无法入睡怎么办",
    "申し訳ありませんの使い方": "申し訳ありませんの使い方",
    "죄송합니다 영어로": "죄송합니다 영어로",
    "这是**“术语”**": "这是“术语”",
    "好的！这是标题：\n\n**煮饭的方法**\n\n需要别的吗？": "煮饭的方法",  # noqa: RUF001 - Chinese punctuation
    "Voici un titre :\n\n« Cuire du riz »\n\nBonne journée !": "Cuire du riz",
    "Gerne!\n\n**Reis kochen**\n\nSag Bescheid, wenn du mehr willst.": "Reis kochen",
    "عنوان:\n\n**طبخ الأرز**": "طبخ الأرز",
}
COOKING_RICE = [
    '{"title": "Cooking Rice"}',
    '```json\n{"title": "Cooking Rice"}\n```',
    '```\n{\n  "title": "Cooking Rice",\n  "emoji": "🍚"\n}\n```',
    'Here you go:\n```json\n{"emoji": "🍚", "title": "**Cooking Rice**."}\n```\nEnjoy!',
    'Sure: {"chat_title": "Cooking Rice"}',
    '{"title": "Cooking Rice',
    "{'title': 'Cooking Rice'}",
    '{"Title": "Cook\\u0069ng Rice"}',
    '["Cooking Rice", "Rice"]',
    "<think>{}</think>{}".replace("{}", '{"title": "Cooking Rice"}', 2),
    *map(
        CHATTY.format,
        (
            "**Cooking Rice**",
            "# Cooking Rice",
            '"Cooking Rice"',
            "“Cooking Rice”",
            "`Cooking Rice`",
            "***Cooking Rice***",
            "> **Cooking Rice**",
            "```\nCooking Rice\n```",
            "```text\nCooking Rice\n```",
            "- **Cooking Rice**\n- **Rice for Beginners**",
            "1. Cooking Rice\n2. Rice for Beginners",
            "Cooking Rice",
            "Title: Cooking Rice",
            "**Title:** Cooking Rice",
            "**Title:**\n\nCooking Rice",
            "# Title\n\n**Cooking Rice**",
        ),
    ),
    "Cooking Rice\n\nThis title says what the chat is about.",
    "**Cooking Rice**\n\nThis title says what the chat is about",
    "Sure! Here's a title: Cooking Rice",
    "Here is a short title for the chat: **Cooking Rice**",
    'A good title would be: "Cooking Rice".',
    'A good title would be "Cooking Rice".',
    "How about **Cooking Rice**?",
    "The title could be “Cooking Rice”.",
    "Chat title: Cooking Rice",
    "*Cooking* Rice",
    "Cooking [Rice](https://example.org/)",
    "Cooking&nbsp;Rice",
    "~~**Cooking Rice**~~",
    "<title>Cooking Rice</title>",
    "<title><b>Cooking Rice</b></title>",
    "<chat_title>Cooking Rice</chat_title>",
    "<title>\nCooking Rice\n</title>",
    "<title>Cooking Rice",
    "Cooking Rice</title>",
    "<b>Cooking</b> Rice",
    '<span class="x">Cooking</span> Rice',
    "Cooking<br>Rice",
    "</div></p>Cooking Rice</div>",
]
ABOUT_TAGS = [
    "<b> vs <strong>",
    "How to use <details>",
    "<details> and <summary>",
    "<br> in tables",
    "What <sub> and <sup> do",
    "Difference between <div> and </div>",
    "<title> in SEO",
    "Why is <p> closed by </p>?",
    "<div> in <div>",
    "<details>标签的用法",
    "</p> vs </div>",
]
NO_TITLES = [
    "",
    " \n\t\n ",
    "...",
    '""',
    "“”",
    "**",
    "# ",
    "Title:",
    "?!",
    "🎉🎉",
    "\x00\x1b\x07",
    "\u202e\u200b",
    "<think>Hm. What about flour",
    "<think>Hm.</think>",
    "<script></script>",
    "x" * 1_000_000,
    "word " * 200_000,
    "<" * 1_000_000,
    "<think>" * 100_000,
    "[" * 500_000,
    # Refusals.
    "I'm sorry, but I can't help with that.",
    "I’m sorry, I can’t assist with that request.",  # noqa: RUF001 - an apostrophe of many keyboards
    "**I'm sorry, but I can't help with that.**",
    '{"title": "I\'m sorry, but I can\'t help with that"}',
    "Title: I cannot provide a title for this",
    "I'm sorry, but I can't help with that.\n\nIs there anything else I can do?",
    "Sorry, I can't create a title for this chat.",
    "Unfortunately, I cannot provide a title.",
    "I apologize, but I am unable to do that.",
    "I'm unable to assist with that",
    "As an AI language model, I cannot do that.",
    "I don't have enough context to write a title.",
    "I don't see any messages in this chat",
    "I do not have access to the conversation",
    "Sorry, I can't",
    "Sorry, but no title",
    "I apologize for the confusion",
    "As an AI I cannot do that",
    "I'm not able to help with this",
    "I can't help you with that",
    "Je ne peux pas vous aider",
    "Je ne suis pas en mesure de répondre",
    "Я не могу помочь",
    "我无法提供标题",
    "Es tut mir leid, aber dabei kann ich nicht helfen.",
    "Leider kann ich dabei nicht helfen.",
    "Je suis désolé, mais je ne peux pas vous aider.",
    "Lo siento, no puedo ayudar con eso.",
    "Mi dispiace, non posso aiutarti.",
    "Desculpe, não posso ajudar com isso.",
    "Извините, я не могу этого сделать.",
    "抱歉，我无法提供标题。",  # noqa: RUF001 - Chinese punctuation
    "申し訳ありませんが、お答えできません。",
    "죄송합니다. 도와드릴 수 없습니다.",
]


def wrong(expected: dict[str, str | None]) -> dict[str, str | None]:
    """Return what is found instead where it is not what was expected."""
    found = {answer: clean_title(answer) for answer in expected}
    return {answer[:200]: found[answer] for answer in expected if found[answer] != expected[answer]}


def test_a_title_is_freed_from_what_stands_around_it_in_any_language() -> None:
    assert wrong({**TITLES, **dict.fromkeys(COOKING_RICE, "Cooking Rice")}) == {}


def test_a_refusal_or_an_answer_without_words_is_no_title() -> None:
    assert wrong(dict.fromkeys(NO_TITLES)) == {}


def test_a_tag_that_a_title_is_about_stays() -> None:
    for title in ABOUT_TAGS:
        answers = (title, f"**{title}**", f"Title: {title}", f"<title>{title}</title>")
        assert wrong(dict.fromkeys(answers, title)) == {}


def test_a_long_title_is_cut_between_two_words() -> None:
    title = clean_title("one two three four five " * 5)
    assert title == "one two three four five one two three four five one two…"


def test_a_title_without_spaces_is_cut_in_itself() -> None:
    assert clean_title("漢" * 100) == "漢" * (TITLE_CHARS - 1) + "…"


def test_of_a_megabyte_of_lines_one_is_taken_at_most() -> None:
    title = clean_title("word\n" * 200_000)
    assert title == "word"


def test_markup_that_would_do_something_in_a_page_becomes_text() -> None:
    assert clean_title("<script>alert(1)</script>") == "alert(1)"
    assert clean_title('<img src=x onerror="alert(1)"> cats') == "cats"


hostile = st.lists(
    st.one_of(
        st.text(),
        st.sampled_from(
            [
                "<think>",
                "</think>",
                "Title:",
                '"',
                "**",
                "# ",
                "\n",
                "\x1b[31m",
                "\u202e",
                "<b>",
                "…",
                '{"title": ',
                "Sure! Here is a title:",
                "```",
                "$",
                "[x](",
                "&amp;",
                "<|channel|>final<|message|>",
                "I'm sorry, but",
            ]
        ),
    ),
    max_size=12,
).map("".join)


@given(hostile)
def test_a_title_is_short_and_on_one_line_whatever_was_answered(answer: str) -> None:
    title = clean_title(answer)
    if title is not None:
        assert 0 < len(title) <= TITLE_CHARS
        assert title == " ".join(title.split())
        assert any(char.isalnum() for char in title)
        unseen = {char for char in title if unicodedata.category(char)[0] == "C"}
        assert unseen <= {"\u200c", "\u200d"}
