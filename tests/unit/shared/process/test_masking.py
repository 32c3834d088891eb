"""Untrusted text: on one line, harmless to a terminal, and without what looks like a key."""

from services.shared.process.masking import MASK, mask_keys, one_line, shortened

LINES = {
    "a\r\n b\t\tc": "a b c",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07text": "red text",
    "\x1b\x9bx\x00y\x7f": "x y",
    "\u202eevil\u202c \u200bzero\ufeff": "evil zero",
    "one\u2028two\u2029three\u0085four": "one two three four",
    "half \ud83d pair": "half pair",
    "Grüße, 世界 🙂": "Grüße, 世界 🙂",
    "": "",
}
KEYS = [
    ("key sk-abcDEF123456 is wrong", f"key {MASK} is wrong"),
    ("Incorrect API key provided: sk-proj-a*****xyz.", f"Incorrect API key provided: {MASK}"),
    ("gsk_abcdefgh hf_abcdefgh xai-abcdefgh", f"{MASK} {MASK} {MASK}"),
    ("AIzaSyA-1234567890 and eyJhbGciOi.eyJzdWIi.sig", f"{MASK} and {MASK}"),
    ("Authorization: Bearer abc123def", f"Authorization: Bearer {MASK}"),
    ("Basic dXNlcjpwYXNz1", f"Basic {MASK}"),
    ('{"api_key": "hunter2x"}', f'{{"api_key": "{MASK}"}}'),
    ("token=abc123def, x", f"token={MASK}, x"),
    ("password: averylongpasswordwithoutdigits", f"password: {MASK}"),
    ("http://user:pass@host/v1", f"http://{MASK}@host/v1"),
    ("see https://h/p?key=abc&v=2#f", f"see https://h/p?key={MASK}&v=2#f"),
    ("0123456789abcdef0123456789abcdef", MASK),
    ("Incorrect API key provided: Zq7xWm2LpV9tKd4RsB8n", f"Incorrect API key provided: {MASK}"),
    ("key=Zq7xWm2LpV9t", f"key={MASK}"),
    ("access_token=abc123def&x", f"access_token={MASK}&x"),
    ('{\\"api_key\\":\\"hunter2x\\"}', f'{{\\"api_key\\":\\"{MASK}"}}'),
    ("pwd=hunter22", f"pwd={MASK}"),
    ("AKIAIOSFODNN7EXAMPLE is wrong", f"{MASK} is wrong"),
    ("AQ.Ab8RN6Kx-y_z is wrong", f"{MASK} is wrong"),
    ("nats://web:hunter@a:4222,nats://web:hunter@b:4222", f"nats://{MASK}@b:4222"),
    ("postgresql://natter:hun/ter22@db/n", f"postgresql://{MASK}@db/n"),
    ("postgresql://natter:h?n#t@er@db/n", f"postgresql://{MASK}@db/n"),
    ("https://h/p?code=Zq7xWm2LpV9t", f"https://h/p?code={MASK}"),
    ("https://h/p?api_key=abc&access-token=d", f"https://h/p?api_key={MASK}&access-token={MASK}"),
]
PLAIN = [
    "The model `Qwen2.5-Coder-32B-Instruct-Q4_K_M` does not exist.",
    "This model's maximum context length is 8192 tokens: you asked for 9001 tokens.",
    "Bearer token is missing, or the api key: must be set",
    "Server is pinned to 'a'; requested 'b'.",
    "http://127.0.0.1:11434/v1/chat/completions",
    "Invalid value for 'max_tokens': 99999. The secret is out",
    "https://docs.example/errors?code=401&model=gpt-4o-2024-08-06&section=chat-completions",
    "hf-internal-testing/tiny",
    "sk-hynix-model, sk-no-key-required.",
    "http://127.0.0.1:11434/models/x@latest",
]


def test_invisible_characters_are_removed() -> None:
    assert {text: one_line(text) for text in LINES} == LINES


def test_what_looks_like_a_key_is_masked() -> None:
    assert [(text, mask_keys(text)) for text, _ in KEYS] == KEYS


def test_other_text_stays_as_it_is() -> None:
    assert [mask_keys(text) for text in PLAIN] == PLAIN


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert shortened("a" * 10, 10) == "a" * 10
    assert shortened("abc defgh", 5) == "abc…"
