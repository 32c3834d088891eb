"""What Turbo Streams show of a chat."""

from markupsafe import Markup, escape

from services.shared.pages.turbo import update


def title_streams(chat_id: int, title: str) -> Markup:
    """Write a chat's title into the sidebar, the heading and the tab of every open page of it."""
    name = escape(title)
    places = {"title": name, "heading": name, "page-title": name + " · Natter"}
    return Markup().join(update(f"chat-{chat_id}-{place}", text) for place, text in places.items())
