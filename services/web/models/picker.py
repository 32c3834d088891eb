"""The models as pages offer them: a short list in the form, and a longer one to search in."""

from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request

from services.shared.bus.messages import ListedConnection
from services.web.chats.model import Chat
from services.web.db.pool import connection
from services.web.models.catalogue import ModelCatalogue
from services.web.models.model import Choice, KeptModel
from services.web.models.queries import list_pinned, list_recent
from services.web.state import State

SHOWN_AT_ONCE: Final = 12
"""With no more models than these, all are shown; of more, so many of each connection."""
FOUND_AT_ONCE: Final = 50
SELECTABLE: Final = 500
"""The longest list of a page without scripts."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be chosen."""

    choice: Choice
    is_pinned: bool = False
    names_connection: bool = False
    """Whether its connection is not said beside it."""

    @property
    def value(self) -> str:
        """The choice as forms send it."""
        return self.choice.value

    @property
    def name(self) -> str:
        """The model's name, for a reader."""
        return self.choice.model or "Its default model"

    @property
    def connection(self) -> str:
        """The name of its connection."""
        return self.choice.connection or ""


@dataclass(frozen=True, slots=True)
class OfferGroup:
    """Models below one heading; `more` are not shown."""

    label: str
    offers: tuple[Offer, ...]
    more: int = 0
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Picker:
    """What a form offers; `chosen` is the value that it has, `name` the words for that.

    Of that, and of the default, it says whether only the demo answers.
    """

    chosen: str
    name: str
    is_demo: bool
    default_name: str
    default_is_demo: bool
    groups: tuple[OfferGroup, ...]

    @property
    def is_offered(self) -> bool:
        """Whether the value is among the models offered; one that is gone is not."""
        offered = (offer.value for group in self.groups for offer in group.offers)
        return not self.chosen or self.chosen in offered


async def read_picker(
    request: Request[State], value: str | None = None, *, is_short: bool = True
) -> Picker:
    """Return what the form of a chat offers: of many models, those that are pinned and recent.

    Of others a short list has the first of each connection alone. `value` is what was chosen in a
    form that is shown again; None stands for the chat's own model.
    """
    catalogue, chat = request.state["catalogue"], request.state["chat"]
    chosen = _choice_of(chat).value if value is None else value
    pinned, recent = await _kept(request)
    are_many = sum(len(each.models) for each in catalogue.connections) > SHOWN_AT_ONCE
    most = SHOWN_AT_ONCE
    if are_many:
        most = 1 if is_short else SELECTABLE // len(catalogue.connections)
    groups = [_listed(each, pinned, most=most) for each in catalogue.connections]
    if are_many:
        groups = [*_kept_groups(catalogue, pinned, recent), *groups]
    choice = catalogue.read_choice(chosen)
    default = catalogue.connection(None)
    answering = catalogue.connection(choice.connection)
    default_name = (default.default if default else None) or "the default model"
    return Picker(
        chosen,
        choice.model or (answering.default if answering else None) or "Default model",
        answering is not None and answering.is_demo,
        default_name,
        default is not None and default.is_demo,
        _without_repeats(groups),
    )


async def search_models(request: Request[State], query: str) -> tuple[OfferGroup, ...]:
    """List the models whose names hold all words of `query`; without any, those to begin with."""
    catalogue = request.state["catalogue"]
    pinned, recent = await _kept(request)
    if words := query.lower().split():
        return _found(catalogue, words, pinned)
    groups = _kept_groups(catalogue, pinned, recent)
    for each in catalogue.connections:
        groups.append(_listed(each, pinned, most=SHOWN_AT_ONCE, others=each.left_out))
    return tuple(group for group in groups if group.offers)


def _found(
    catalogue: ModelCatalogue, words: list[str], pinned: list[KeptModel]
) -> tuple[OfferGroup, ...]:
    groups = []
    for each in catalogue.connections:
        name = each.name.lower()
        fits = [
            model
            for model in each.models
            if all(word in name or word in model.lower() for word in words)
        ]
        found = each.model_copy(update={"models": tuple(fits)})
        groups.append(_listed(found, pinned, most=FOUND_AT_ONCE))
    return tuple(group for group in groups if group.offers)


def _listed(
    listed: ListedConnection, pinned: list[KeptModel], *, most: int, others: int = 0
) -> OfferGroup:
    """Offer the first models of a connection; one without a list has its default model."""
    pins = {one.choice for one in pinned}
    models: tuple[str | None, ...] = listed.models[:most] if listed.models else ()
    if not listed.models and listed.default is None:
        models = (None,)
    choices = (Choice(listed.name, model) for model in models)
    offers = tuple(Offer(choice, choice in pins) for choice in choices)
    label = "Demo" if listed.is_demo else listed.name
    more = max(0, len(listed.models) - most) + others
    return OfferGroup(label, offers, more, listed.is_demo)


def _kept_groups(
    catalogue: ModelCatalogue, pinned: list[KeptModel], recent: list[KeptModel]
) -> list[OfferGroup]:
    names = len(catalogue.connections) > 1
    labelled = {"Pinned": pinned, "Recent": [one for one in recent if not one.is_pinned]}
    return [
        OfferGroup(label, tuple(Offer(one.choice, one.is_pinned, names) for one in kept))
        for label, kept in labelled.items()
    ]


def _without_repeats(groups: list[OfferGroup]) -> tuple[OfferGroup, ...]:
    """Leave out what an earlier group has: two options of one value cannot both be chosen."""
    seen: set[str] = set()
    once = []
    for group in groups:
        offers = tuple(offer for offer in group.offers if offer.value not in seen)
        seen.update(offer.value for offer in offers)
        if offers:
            once.append(replace(group, offers=offers))
    return tuple(once)


def _choice_of(chat: Chat) -> Choice:
    return Choice(chat.chosen_connection, chat.chosen_model)


async def _kept(request: Request[State]) -> tuple[list[KeptModel], list[KeptModel]]:
    state = request.state
    account_id = state["account"].id
    async with connection(state["pool"]) as db:
        pinned = await list_pinned(db, account_id=account_id)
        return pinned, await list_recent(db, account_id=account_id)
