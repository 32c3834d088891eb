"""What is said of the shell that `make run` was called in: every name, and no secret."""

import pytest

from deploy.local.inherited import list_inherited, masked

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        (
            "NATS_URL",
            f"nats://publisher:{SECRET}@127.0.0.1:4222",
            "nats://publisher:…@127.0.0.1:4222",
        ),
        ("NATS_URL", f"nats://{SECRET}@127.0.0.1", "nats://…@127.0.0.1"),
        (
            "NATS_URL",
            f"nats://web:{SECRET}@a:4222,nats://web:{SECRET}@b:4222",
            "nats://web:…@b:4222",
        ),
        ("NATS_URL", SECRET, "…"),
        (
            "DATABASE_URL",
            f"postgresql://ada:{SECRET}/@{SECRET}@db/natter",
            "postgresql://ada:…@db/natter",
        ),
        ("DATABASE_URL", f"postgresql:///natter?password={SECRET}", "postgresql:///natter?…"),
        ("DATABASE_URL", "postgresql://db/natter", "postgresql://db/natter"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("OPENAI_BASE_URL", f"https://h/v1?key={SECRET}", "https://h/v1?…"),
        ("OPENAI_API_KEY", SECRET, "…"),
        ("OPENAI_MODEL", "qwen3", "qwen3"),
        ("OPENAI_ORG_ID", SECRET, "…"),
        ("NATTER_AI_CONNECTIONS", f'{{"a": {{"api_key": "{SECRET}"}}}}', "…"),
        ("NATTER_STREAM_KEYS", f'["{SECRET}"]', "…"),
        ("NATTER_NATS_WEB_PASSWORD", SECRET, "…"),
        ("NATTER_WEB_SETUP_CODE", SECRET, "…"),
        ("NATTER_NATS_PORT", "4223", "4223"),
        ("NATTER_AI_SYSTEM_PROMPT", "a\x1b[2J\nb" + 90 * "c", r"a\x1b[2J\nb" + 68 * "c" + "…"),
        ("PGPASSWORD", SECRET, "…"),
        ("OPENAI_API_KEY_FILE", "/run/secrets/openai_api_key", "/run/secrets/openai_api_key"),
        ("NATTER_STREAM_KEYS_FILE", "pyproject.toml", "pyproject.toml"),
        ("DATABASE_URL_FILE", f"postgresql://ada:{SECRET}@db/natter", "…"),
        ("OPENAI_API_KEY_FILE", f"sk-{SECRET}-0123456789", "…"),
    ],
)
def test_a_value_is_shown_but_for_what_is_secret(name: str, value: str, shown: str) -> None:
    assert masked(name, value) == shown


def test_each_that_steers_natter_is_listed_and_no_other() -> None:
    inherited = {
        "NATS_URL": "nats://a:b@c",
        "HOME": "/",
        "NATTER_WEB_PORT": "1",
        "OPENAI_MODEL": "",
    }
    assert list_inherited(inherited).splitlines() == [
        "Taken from the environment:",
        "  NATS_URL=nats://a:…@c",
        "  NATTER_WEB_PORT=1",
    ]
    assert list_inherited({"HOME": "/", "PGUSER": "ada"}) == ""
    misspelt = list_inherited({"OPENAI_BSAE_URL": "http://a:b@c", "OPENAI_API_BASE": ""})
    assert misspelt.splitlines()[1:] == ["  OPENAI_BSAE_URL is not read"]
    of_files = list_inherited({"NATS_URL_FILE": "/url", "OPENAI_MODEL_FILE": "/model"})
    assert of_files.splitlines()[1:] == ["  NATS_URL_FILE=/url", "  OPENAI_MODEL_FILE=/model"]
    by_file = list_inherited({"DATABASE_URL_FILE": "/url", "PGUSER": "ada"})
    assert by_file.splitlines()[1:] == ["  DATABASE_URL_FILE=/url", "  PGUSER=…"]
    of_libpq = list_inherited({"DATABASE_URL": "postgresql://db/n", "PGPASSWORD": SECRET})
    assert of_libpq.splitlines()[1:] == ["  DATABASE_URL=postgresql://db/n", "  PGPASSWORD=…"]
