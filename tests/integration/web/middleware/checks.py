"""What every response of web tells the browser, and what an error page is."""

import httpx2

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# What Caddy sends on while the rest of a request has not come; it holds back more.
SENT_AT_ONCE = 4096


def check_error_page(response: httpx2.Response, status: int) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<p class="error-page__status">{status}</p>' in response.text
    assert '<a class="button" href="/chat/">' in response.text
    assert len(response.content) <= SENT_AT_ONCE
    # By this an open page knows it from a proxy's answer.
    assert ("natter-refusal" in response.headers) == (status < 500)
    check_security(response)
    check_private(response)


def check_security(response: httpx2.Response) -> None:
    for name, value in HEADERS.items():
        assert response.headers.get_list(name) == [value]
    (policy,) = response.headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    (permissions,) = response.headers.get_list("permissions-policy")
    assert "microphone=()" in permissions


def check_private(response: httpx2.Response) -> None:
    """No cache keeps it, or shows it to somebody else."""
    (kept,) = response.headers.get_list("cache-control")
    assert kept.split(", ")[0] == "no-store", response.url
    vary = ", ".join(response.headers.get_list("vary")).lower().split(", ")
    assert vary.count("cookie") == 1, response.url
