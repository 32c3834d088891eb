"""Everything that is asked of a render, by name: each check yields what is wrong, or nothing."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from tests.support.kubernetes import (
    agreement,
    http_paths,
    images,
    lifetimes,
    pod_security,
    ports,
    references,
    scaling,
    schemas,
    selectors,
    settings,
)
from tests.support.kubernetes.objects import Render

type Check = Callable[[Render], Iterator[str]]

_FUNCTIONS: Final = (
    schemas.misspelt,
    selectors.unlabelled,
    selectors.strayed,
    selectors.spread,
    ports.misled,
    ports.renumbered,
    ports.unlike_settings,
    ports.unanswered,
    references.dangling,
    references.unmounted,
    references.aimless,
    pod_security.unrestricted,
    pod_security.unenforced,
    images.unpinned,
    images.users,
    images.unsealed,
    images.writable_secrets,
    lifetimes.cut_short,
    lifetimes.hurried,
    lifetimes.abrupt,
    lifetimes.waiting_for_each_other,
    lifetimes.obstructive,
    lifetimes.drained_in_vain,
    scaling.contested,
    scaling.unmeasured,
    scaling.mistaken,
    scaling.sudden,
    settings.refused,
    settings.overheard,
    settings.unknown,
    agreement.other_bus,
    agreement.unknown_users,
    agreement.crowded,
    agreement.other_demo,
    agreement.other_alerts,
    agreement.unwatched,
)
CHECKS: Final[Mapping[str, Check]] = {
    **{one.__name__: one for one in _FUNCTIONS},
    **{f"lost_by_{kind}": partial(http_paths.lost, kind=kind) for kind in ("HTTPRoute", "Ingress")},
}
