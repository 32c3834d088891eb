"""Makes accounts: the first administrator's by a code, others by invitation or for everybody."""

import hmac
from dataclasses import replace
from typing import Final

from services.web.accounts.invitations.queries import is_invitation, use_invitation
from services.web.accounts.model import NewAccount
from services.web.accounts.names import LOCAL_NAME
from services.web.accounts.queries import adopt_account, create_account, has_admin, lock_accounts
from services.web.accounts.sessions.model import hash_token
from services.web.db.pool import Connection
from services.web.settings import WebSettings

TAKEN: Final = "Somebody has this name already. Choose another."
WRONG_CODE: Final = "That is not the code of this server."
NOT_INVITED: Final = "This invitation is no longer valid: it was used, or its time is over."


class NotMadeError(Exception):
    """The account cannot be made: a sentence for the `field` that is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


async def may_sign_up(db: Connection, settings: WebSettings, invitation: str) -> bool:
    """Return whether somebody with this invitation, if any, may make an account now."""
    match settings.sign_up:
        case "open":
            return True
        case "invitation":
            return await is_invitation(db, hash_token(invitation))
        case "closed":
            return False


async def make_account(
    db: Connection, account: NewAccount, settings: WebSettings, invitation: str
) -> int:
    """Make an account, use the invitation up, and return the account's id.

    Raises `NotMadeError`; then the caller's transaction must not be committed.
    """
    if not await has_admin(db) or not await may_sign_up(db, settings, invitation):
        raise NotMadeError("secret", NOT_INVITED)
    if settings.sign_up == "invitation" and not await use_invitation(db, hash_token(invitation)):
        raise NotMadeError("secret", NOT_INVITED)
    return await make_user(db, account)


async def make_first_admin(
    db: Connection, account: NewAccount, settings: WebSettings, code: str
) -> int:
    """Make the first administrator's account by the setup code, and return its id.

    Raises `NotMadeError`.
    """
    if not is_setup_code(settings, code):
        raise NotMadeError("secret", WRONG_CODE)
    await lock_accounts(db)
    if await has_admin(db):
        raise NotMadeError("secret", WRONG_CODE)
    return await make_admin(db, account)


async def make_admin(db: Connection, account: NewAccount) -> int:
    """Make an administrator's account, and return its id; raises `NotMadeError`.

    The first one takes over what the one user of this server had, before it had accounts.
    """
    admin = replace(account, is_admin=True)
    if not await has_admin(db) and (adopted := await adopt_account(db, admin, of=LOCAL_NAME)):
        return adopted
    return await make_user(db, admin)


async def make_user(db: Connection, account: NewAccount) -> int:
    """Make an account, and return its id; raises `NotMadeError`."""
    made = await create_account(db, account)
    if made is None:
        raise NotMadeError("name", TAKEN)
    return made


def is_setup_code(settings: WebSettings, code: str) -> bool:
    """Return whether this is the server's setup code; people may type it without its hyphens."""
    if settings.setup_code is None:
        return False
    known = _plain(settings.setup_code.get_secret_value())
    return hmac.compare_digest(_plain(code).encode(), known.encode())


def _plain(code: str) -> str:
    return "".join(character for character in code.casefold() if character.isalnum())
