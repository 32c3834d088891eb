"""`/static/manifest.webmanifest`: what a browser needs to install the pages like an application."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse

from services.web.state import State

MANIFEST_PATH: Final = "/static/manifest.webmanifest"
MEDIA_TYPE: Final = "application/manifest+json"


async def manifest(request: Request[State]) -> JSONResponse:
    """Describe the application (W3C, "Web Application Manifest")."""
    templates = request.state["templates"]
    icons = [
        {"src": templates.asset("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        *(
            {
                "src": templates.asset(f"icon-{name}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for name, size, purpose in (
                ("192", 192, "any"),
                ("512", 512, "any"),
                ("maskable-512", 512, "maskable"),
            )
        ),
    ]
    start = templates.url("/")
    about = {
        "id": start,
        "name": "Natter",
        "short_name": "Natter",
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": icons,
    }
    return JSONResponse(about, headers={"cache-control": "no-cache"}, media_type=MEDIA_TYPE)
