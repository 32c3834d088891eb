"""Tells a refusal from a title."""

import re
from typing import Final

# Of each language, how its models begin; a title may well have "sorry" in it.
_REFUSAL: Final = re.compile(
    r"(?:unfortunately|sorry|apologies|hm+|oh|well)?\W{0,3}"
    r"(?:"
    r"(?:i['’]?m|i am|we are|we['’]re) (?:\w+ )?(?:sorry|afraid)"  # noqa: RUF001 - an apostrophe of many keyboards
    r"(?:\s*[,.;:—–-]| but\b| that\b| i (?:can|could|am|do|don|won|will)|\W*$)"  # noqa: RUF001 - dashes
    r"|(?:but )?(?:i['’]?m|i am) (?:\w+ )?(?:unable|not able|not allowed|just an ai|an ai)\b"  # noqa: RUF001 - as above
    r"|(?:but )?i (?:can['’]?t|cannot|can not|won['’]?t|will not|am unable to|must decline)"  # noqa: RUF001 - as above
    r" (?:\w+ )?(?:help|assist|provide|create|generate|write|fulfil|comply|do|answer|discuss|engage"
    r"|continue|give|offer|produce|suggest|support|share|make|respond|title|name|come|access|to)\b"
    r"|(?:but )?i (?:do not|don['’]t) (?:have (?:enough|access|any|the)|see any)\b"  # noqa: RUF001 - as above
    r"|i apologi[sz]e\b|my apologies\b|as an? (?:ai|large language model|language model)\b"
    r"|(?:es )?tut mir (?:sehr )?leid\b|leider kann ich\b|entschuldigung\s*[,.]"
    r"|ich kann (?:\w+ ){0,4}nicht (?:\w+ ){0,2}(?:helfen|antworten|beantworten|erstellen)"
    r"|(?:je suis )?(?:vraiment )?désolée?\s*[,.]|je ne (?:peux|suis) pas (?:\w+ )?\b"
    r"|lo (?:siento|lamento)\s*[,.]|no puedo (?:ayudar|proporcionar|responder|generar|crear)"
    r"|mi dispiace\s*[,.]|non posso (?:aiutar|fornir|risponder|generar|crear)"
    r"|(?:desculpe|sinto muito|lamento)\s*[,.]|não posso (?:ajudar|fornecer|responder|gerar|criar)"
    r"|het spijt me\s*[,.]|ik kan (?:\w+ ){0,4}niet (?:\w+ )?helpen"
    r"|(?:przepraszam|przykro mi)\s*[,.]|nie mogę (?:\w+ )?pomóc"
    r"|(?:извините|простите|к сожалению)\s*[,.]|я не могу\b"
    r"|(?:很|非常)?抱歉\s*[,，.。]|(?:对不起|對不起)\s*[,，.。]|(?:我|不好意思).{0,4}(?:无法|無法|不能)"  # noqa: RUF001 - Chinese punctuation
    r"|申し訳(?:ありません|ございません)|(?:すみません|ごめんなさい|恐れ入りますが)[、。]"
    r"|(?:죄송|미안)(?:합니다|하지만|해요)"
    r")",
    re.IGNORECASE,
)


def is_refusal(text: str) -> bool:
    """Tell whether `text`, which is plain, begins as a model does that will not answer."""
    return _REFUSAL.match(text) is not None
