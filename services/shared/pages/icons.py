"""Icons: each page holds a sprite of all, and shows one by its name."""

from markupsafe import Markup


def icon(name: str) -> Markup:
    """Show icon `name` of the page's sprite, for the eye alone: a label stands beside it."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="#icon-{}"/></svg>').format(name)
