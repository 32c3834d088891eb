"""Writes the model as a folder that transformers reads."""

import json
import struct
from array import array
from math import prod
from pathlib import Path
from typing import Final

from tests.models.tiny.vocabulary import CONTROL, END, SHOWN, START, Vocabulary
from tests.models.tiny.weights import CONTEXT, HEAD, Weights

WIDE: Final = 8
_WORDS: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Llama 3 cuts a text into words."""

type Tensor = tuple[tuple[int, ...], array[float]]
"""Its shape, and its numbers."""


def write_folder(folder: Path, vocabulary: Vocabulary, weights: Weights, template: str) -> None:
    """Write a folder that `transformers serve` takes."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "config.json": _configuration(vocabulary, weights),
        "generation_config.json": {"eos_token_id": vocabulary.number(END)},
        "tokenizer.json": _tokenizer(vocabulary),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": START,
            "eos_token": END,
            "pad_token": END,
            "clean_up_tokenization_spaces": False,
            "chat_template": template,
        },
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    _write_tensors(folder / "model.safetensors", _tensors(weights))


def _configuration(vocabulary: Vocabulary, weights: Weights) -> dict[str, object]:
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": len(vocabulary.tokens),
        "n_positions": CONTEXT,
        "n_embd": weights.width,
        "n_layer": 1,
        "n_head": weights.width // HEAD,
        "n_inner": WIDE,
        "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": False,
        "bos_token_id": vocabulary.number(START),
        "eos_token_id": vocabulary.number(END),
        "dtype": "float32",
    }


def _tokenizer(vocabulary: Vocabulary) -> dict[str, object]:
    marks = [
        {"id": vocabulary.number(mark), "content": mark, "special": mark in CONTROL}
        | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        for mark in (*CONTROL, *SHOWN)
    ]
    letters = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    words = {"type": "Split", "pattern": {"Regex": _WORDS}, "behavior": "Isolated", "invert": False}
    return {
        "version": "1.0",
        "added_tokens": marks,
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [words, {**letters, "use_regex": False}],
        },
        "post_processor": None,
        "decoder": {**letters, "use_regex": True},
        "model": {
            "type": "BPE",
            "vocab": vocabulary.numbers,
            "merges": [],
            "ignore_merges": True,
        },
    }


def _tensors(weights: Weights) -> dict[str, Tensor]:
    width = weights.width

    def constant(value: float, *shape: int) -> Tensor:
        return shape, array("f", [value]) * prod(shape)

    layer = "transformer.h.0"
    return {
        "transformer.wte.weight": ((len(weights.tokens) // width, width), weights.tokens),
        "transformer.wpe.weight": ((CONTEXT, width), weights.positions),
        "transformer.ln_f.weight": constant(weights.scale, width),
        "transformer.ln_f.bias": constant(0, width),
        "lm_head.weight": ((len(weights.head) // width, width), weights.head),
        f"{layer}.ln_1.weight": constant(1, width),
        f"{layer}.ln_1.bias": constant(0, width),
        f"{layer}.attn.c_attn.weight": constant(0, width, 3 * width),
        f"{layer}.attn.c_attn.bias": constant(0, 3 * width),
        f"{layer}.attn.c_proj.weight": constant(0, width, width),
        f"{layer}.attn.c_proj.bias": constant(0, width),
        f"{layer}.ln_2.weight": constant(1, width),
        f"{layer}.ln_2.bias": constant(0, width),
        f"{layer}.mlp.c_fc.weight": constant(0, width, WIDE),
        f"{layer}.mlp.c_fc.bias": constant(0, WIDE),
        f"{layer}.mlp.c_proj.weight": constant(0, WIDE, width),
        f"{layer}.mlp.c_proj.bias": constant(0, width),
    }


def _write_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write a file of https://github.com/huggingface/safetensors."""
    head: dict[str, object] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name, (shape, values) in tensors.items():
        end = place + 4 * len(values)
        head[name] = {"dtype": "F32", "shape": shape, "data_offsets": (place, end)}
        place = end
    written = json.dumps(head).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(written)) + written)
        for _, values in tensors.values():
            file.write(values.tobytes())
