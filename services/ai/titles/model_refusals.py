"""Recognises that a model refuses to write a title."""

import re
from typing import Final

# A title may contain "sorry", or say what somebody cannot do. A refusal says what a model will not
# do, or that it is sorry, and continues.
_DO: Final = (
    r"(?:help(?! (?:\w+ing|myself)\b)|assist|provide|create|generate|write|fulfil|comply|do|answer"
    r"|discuss|engage|continue|give|offer|produce|suggest|support|share|make|respond|title|name"
    r"|come up|access|view|browse|see any)\b(?! (?:my|our)\b)"
)
_TOLD: Final = (
    r"(?:context|information|details?|data|content|messages?|chats?|conversations?|text|abilit\w+"
    r"|capabilit\w+|means)\b"
)
_ENGLISH: Final = (
    r"(?:unfortunately|sorry|apologies|hm+|oh|well)?\W{0,3}"
    r"(?:"
    r"(?:i['’]?m|i am|we are|we['’]re) (?:\w+ )?(?:sorry|afraid)"  # noqa: RUF001 - an apostrophe of many keyboards
    r"(?:\s*[,.;:—–-]| but\b| that\b| i (?:can|could|am|do|don|won|will)|\W*$)"  # noqa: RUF001 - dashes
    rf"|(?:but )?(?:i['’]?m|i am) (?:\w+ )?(?:unable|not able|not allowed) to (?:\w+ )?{_DO}"  # noqa: RUF001 - as above
    r"|(?:but )?(?:i['’]?m|i am) (?:just )?an ai\b(?=\W*$| (?:and|so|language|assistant)\b|,)"  # noqa: RUF001 - as above
    rf"|(?:but )?i (?:can['’]?t|cannot|can not|won['’]?t|will not) (?:\w+ )?{_DO}"  # noqa: RUF001 - as above
    r"|(?:but )?i must decline\b"
    rf"|(?:but )?i (?:do not|don['’]t) (?:have|see) (?:\w+ ){{0,4}}{_TOLD}"  # noqa: RUF001 - as above
    r"|(?:but )?i (?:do not|don['’]t) have access to (?!my\b)"  # noqa: RUF001 - as above
    r"|(?:i apologi[sz]e|my apologies)(?:\s*[,.;:—–]| but\b| for (?:the|any)\b|\W*$)"  # noqa: RUF001 - as above
    r"|as an? (?:ai|(?:large )?language model)(?: (?:language )?model| assistant)?(?:,| i\b)"
    r")"
    r"|(?:unfortunately|sorry|apologies)\W{1,3}(?:but )?(?:i|we) (?:can['’]?t|cannot|won['’]?t)\W*$"  # noqa: RUF001 - as above
    r"|sorry\W{1,3}but (?:i|we|that|this|there|no)\b"
)
# How refusals begin in other languages.
_OTHERS: Final = (
    r"(?:es )?tut mir (?:sehr )?leid(?:\s*[,.;!]| aber\b|\W*$)|entschuldigung\s*[,.]"
    r"|(?:leider kann ich|ich kann) (?:\w+ ){0,4}(?:nicht|keine?n?) (?:\w+ ){0,3}"
    r"(?:\w*helfen|antworten|beantworten|erstellen|geben|nennen|vorschlagen)\b"
    r"|(?:je suis )?(?:vraiment )?désolée?\s*[,.]"
    r"|je ne (?:peux|suis) (?:malheureusement )?pas (?:(?:vous|t['’]|y) ?)?"  # noqa: RUF001 - as above
    r"(?:aider|fournir|répondre|générer|créer|proposer|donner|en mesure|autorisée?|capable)\b"
    r"|lo (?:siento|lamento)\s*[,.]|no puedo (?:ayudar|proporcionar|responder|generar|crear)"
    r"|mi dispiace\s*[,.]|non posso (?:aiutar|fornir|risponder|generar|crear)"
    r"|(?:desculpe|sinto muito|lamento)\s*[,.]|não posso (?:ajudar|fornecer|responder|gerar|criar)"
    r"|het spijt me\s*[,.]|ik kan (?:\w+ ){0,4}niet (?:\w+ )?helpen"
    r"|(?:przepraszam|przykro mi)\s*[,.]|nie mogę (?:\w+ )?pomóc"
    r"|(?:извините|простите|к сожалению)\s*[,.]"
    r"|я не могу (?:\w+ ){0,2}(?:помочь|ответить|отвечать|предоставить|создать|сгенерировать"
    r"|выполнить|обсуждать|предложить)\b"
    r"|(?:很|非常)?抱歉\s*[,，.。]|(?:对不起|對不起)\s*[,，.。]"  # noqa: RUF001 - Chinese punctuation
    r"|(?:我|不好意思).{0,4}(?:无法|無法|不能).{0,4}(?:提供|回答|帮助|幫助|协助|協助|生成|创建|完成)"
    r"|申し訳(?:ありません|ございません)(?:が|\W|$)|(?:すみません|ごめんなさい|恐れ入りますが)[、。]"
    r"|(?:죄송|미안)(?:합니다|하지만|해요)(?:\s*[,.]|만\b|\W*$)"
)
_REFUSAL: Final = re.compile(f"(?:{_ENGLISH}|{_OTHERS})", re.IGNORECASE)
_ENGLISH_REFUSAL: Final = re.compile(_ENGLISH, re.IGNORECASE)
LEAST_LETTERS: Final = 4
"""Shorter words begin with a small letter even in a title."""


def is_refusal(text: str) -> bool:
    """Return whether the plain text begins like the refusal of a model."""
    if _has_capitals(text) and _ENGLISH_REFUSAL.match(text):
        return False
    return _REFUSAL.match(text) is not None


def _has_capitals(text: str) -> bool:
    """Return whether `text` has the capitals of a title, which a sentence does not have."""
    words = [word for word in text.split()[1:] if len(word) >= LEAST_LETTERS]
    return len(words) > 1 and all(word[0].isupper() for word in words)
