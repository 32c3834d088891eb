"""Writes the model as llama.cpp reads it.

GGUF, version 3: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Final

from tests.models.tiny.vocabulary import CONTROL, END, SHOWN, START, Vocabulary
from tests.models.tiny.weights import CONTEXT, HEAD, Weights

MAGIC: Final = b"GGUF"
VERSION: Final = 3
ALIGNMENT: Final = 32
WIDE: Final = 32_768
"""The width of a layer of zeros, which slows each token down to some milliseconds."""
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_NORMAL, _CONTROL, _SHOWN = 1, 3, 4
_F32: Final = 0

type Value = bool | int | float | str | Sequence[int] | Sequence[str]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A vector or a matrix: how many numbers a row has, then how many rows there are."""

    shape: tuple[int, ...]
    values: array[float] | None = None
    """None where all are zero."""

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return 4 * prod(self.shape)


@dataclass(slots=True)
class _Writer:
    data: bytearray = field(default_factory=bytearray)

    def pack(self, form: str, *values: float) -> None:
        self.data += struct.pack("<" + form, *values)

    def text(self, text: str) -> None:
        encoded = text.encode()
        self.pack("Q", len(encoded))
        self.data += encoded

    def value(self, value: Value) -> None:
        match value:
            case bool():
                self.pack("I?", _BOOL, value)
            case int():
                self.pack("II", _UINT32, value)
            case float():
                self.pack("If", _FLOAT32, value)
            case str():
                self.pack("I", _STRING)
                self.text(value)
            case _:
                self._values(value)

    def _values(self, values: Sequence[int] | Sequence[str]) -> None:
        kind = _INT32 if values and isinstance(values[0], int) else _STRING
        self.pack("IIQ", _ARRAY, kind, len(values))
        for each in values:
            if isinstance(each, int):
                self.pack("i", each)
            else:
                self.text(each)


def write_gguf(path: Path, vocabulary: Vocabulary, weights: Weights, template: str) -> None:
    """Write a file that `llama-server --model` takes."""
    tensors, writer = _tensors(weights), _Writer()
    settings = _settings(vocabulary, weights, template)
    writer.data += MAGIC
    writer.pack("IQQ", VERSION, len(tensors), len(settings))
    for name, value in settings.items():
        writer.text(name)
        writer.value(value)
    offset = 0
    for name, tensor in tensors.items():
        shape = tensor.shape
        writer.text(name)
        writer.pack("I" + "Q" * len(shape) + "IQ", len(shape), *shape, _F32, offset)
        offset += _aligned(tensor.size)
    with path.open("wb") as file:
        file.write(writer.data)
        place = _aligned(len(writer.data))
        for tensor in tensors.values():
            if tensor.values is not None:
                file.seek(place)
                file.write(tensor.values.tobytes())
            place += _aligned(tensor.size)
        # What was not written is a hole, and reads as zeros.
        file.truncate(place)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _settings(vocabulary: Vocabulary, weights: Weights, template: str) -> Mapping[str, Value]:
    kinds = dict.fromkeys(CONTROL, _CONTROL) | dict.fromkeys(SHOWN, _SHOWN)
    return {
        "general.architecture": "gpt2",
        "general.name": "tiny",
        "general.alignment": ALIGNMENT,
        "gpt2.context_length": CONTEXT,
        "gpt2.embedding_length": weights.width,
        "gpt2.block_count": 1,
        "gpt2.feed_forward_length": WIDE,
        "gpt2.attention.head_count": weights.width // HEAD,
        "gpt2.attention.layer_norm_epsilon": 1e-5,
        "tokenizer.ggml.model": "gpt2",
        # It takes a whole word for one token without looking at how it is merged.
        "tokenizer.ggml.pre": "llama-bpe",
        "tokenizer.ggml.tokens": vocabulary.tokens,
        "tokenizer.ggml.token_type": [kinds.get(token, _NORMAL) for token in vocabulary.tokens],
        "tokenizer.ggml.merges": [],
        "tokenizer.ggml.bos_token_id": vocabulary.number(START),
        "tokenizer.ggml.eos_token_id": vocabulary.number(END),
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": template,
    }


def _tensors(weights: Weights) -> dict[str, Tensor]:
    width = weights.width

    def constant(value: float) -> Tensor:
        return Tensor((width,), array("f", [value]) * width)

    return {
        "token_embd.weight": Tensor((width, len(weights.tokens) // width), weights.tokens),
        "position_embd.weight": Tensor((width, CONTEXT), weights.positions),
        "output_norm.weight": constant(weights.scale),
        "output_norm.bias": Tensor((width,)),
        "output.weight": Tensor((width, len(weights.head) // width), weights.head),
        "blk.0.attn_norm.weight": constant(1),
        "blk.0.attn_norm.bias": Tensor((width,)),
        "blk.0.attn_qkv.weight": Tensor((width, 3 * width)),
        "blk.0.attn_qkv.bias": Tensor((3 * width,)),
        "blk.0.attn_output.weight": Tensor((width, width)),
        "blk.0.attn_output.bias": Tensor((width,)),
        "blk.0.ffn_norm.weight": constant(1),
        "blk.0.ffn_norm.bias": Tensor((width,)),
        "blk.0.ffn_up.weight": Tensor((width, WIDE)),
        "blk.0.ffn_up.bias": Tensor((WIDE,)),
        "blk.0.ffn_down.weight": Tensor((WIDE, width)),
        "blk.0.ffn_down.bias": Tensor((width,)),
    }
