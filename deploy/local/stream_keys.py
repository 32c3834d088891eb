"""Generates the key of stream tokens once, and stores it in the data folder."""

import json
import secrets
from pathlib import Path

from pydantic import TypeAdapter

from deploy.local.private_files import make_private_folder, read_private, write_private
from services.shared.stream_token import StreamKey

FILE = "stream_keys.json"
_KEYS: TypeAdapter[list[StreamKey]] = TypeAdapter(list[StreamKey])


def load_stream_keys(folder: Path) -> str:
    """Return the JSON list of keys in `folder`, newest first; generate one if none is valid.

    So pages that were open before a restart keep their tokens.
    """
    make_private_folder(folder)
    path = folder / FILE
    try:
        text = read_private(path)
        if _KEYS.validate_json(text):
            return text.strip()
    except (FileNotFoundError, ValueError):
        pass
    write_private(path, json.dumps([secrets.token_urlsafe(32)]) + "\n")
    return read_private(path).strip()
