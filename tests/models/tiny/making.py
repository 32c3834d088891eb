"""Makes the files of the model."""

from pathlib import Path

from tests.models.tiny.gguf_file import write_gguf
from tests.models.tiny.hugging_face import write_folder
from tests.models.tiny.templates import PLAIN, THINKING
from tests.models.tiny.vocabulary import vocabulary
from tests.models.tiny.weights import weights


def make_gguf(folder: Path, *, thinks: bool) -> Path:
    """Write the model for llama.cpp."""
    words = vocabulary()
    path = folder / ("thinking.gguf" if thinks else "plain.gguf")
    write_gguf(path, words, weights(words), THINKING if thinks else PLAIN)
    return path


def make_folder(folder: Path) -> Path:
    """Write the model for transformers."""
    words = vocabulary()
    path = folder / "tiny"
    write_folder(path, words, weights(words), PLAIN)
    return path
