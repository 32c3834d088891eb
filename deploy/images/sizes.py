"""Prints what images add to their base: `docker save … | sizes.py <base> <image>…`.

Sizes are those of the layers as a registry holds and sends them: compressed by gzip at its default
level. An image that adds more than the bound ends it with 1.
"""

import json
import sys
import tarfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Final

BOUND_BYTES: Final = 25_000_000
_CHUNK_BYTES: Final = 1 << 20
_COMPRESSED: Final = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")  # gzip, zstd
_GZIP: Final = 31  # zlib's way of asking for gzip's header (RFC 1952)


@dataclass(frozen=True, slots=True)
class Archive:
    """Saved images: the layers of each by its name, bottom first, and each layer's bytes."""

    layers: dict[str, tuple[str, ...]]
    sizes: dict[str, int]

    def added(self, images: Iterable[str], base: str) -> int:
        """Return the bytes that these images add to `base`; shared layers count once."""
        above = {layer for image in images for layer in self.layers[image]}
        return self.weight(above - set(self.layers[base]))

    def weight(self, layers: Iterable[str]) -> int:
        """Return the bytes of these layers together."""
        return sum(self.sizes[layer] for layer in layers)


def read_archive(saved: IO[bytes]) -> Archive:
    """Read what `docker save` writes; the files in it may come in any order."""
    sizes: dict[str, int] = {}
    layers: dict[str, tuple[str, ...]] = {}
    with tarfile.open(fileobj=saved, mode="r|") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None:
                continue
            if member.name == "manifest.json":
                layers = _layers(json.load(content))
            else:
                sizes[member.name] = compressed_size(content)
    return Archive(layers, sizes)


def compressed_size(layer: IO[bytes]) -> int:
    """Return the size of a layer in a registry; a layer that is compressed already stays so."""
    chunk = layer.read(_CHUNK_BYTES)
    compressor = None if chunk.startswith(_COMPRESSED) else zlib.compressobj(wbits=_GZIP)
    size = 0
    while chunk:
        size += len(compressor.compress(chunk) if compressor else chunk)
        chunk = layer.read(_CHUNK_BYTES)
    return size + (len(compressor.flush()) if compressor else 0)


def _layers(manifest: list[dict[str, list[str]]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(entry["Layers"]) for entry in manifest for name in entry["RepoTags"] or ()}


def table(archive: Archive, base: str, images: Sequence[str]) -> str:
    """Return a table of each image's size, and of all together, in megabytes of 10^6 bytes."""
    below = archive.weight(archive.layers[base])
    rows = [(image, archive.added([image], base)) for image in images]
    rows.append(("all, shared layers once", archive.added(images, base)))
    lines = [f"{'compressed, in MB':<24}{'base':>9}{'added':>9}{'total':>9}"]
    lines += [f"{name:<24}{_mb(below)}{_mb(more)}{_mb(below + more)}" for name, more in rows]
    return "\n".join(lines)


def _mb(size: int) -> str:
    return f"{size / 1e6:9.1f}"


def beyond_bound(archive: Archive, base: str, images: Sequence[str]) -> list[str]:
    """Return the names of the images that add more than the bound."""
    return [image for image in images if archive.added([image], base) > BOUND_BYTES]


def main(base: str, *images: str) -> None:
    """Print the table; end with a sentence if an image is beyond the bound."""
    try:
        archive = read_archive(sys.stdin.buffer)
    except tarfile.ReadError as error:
        sys.exit(f"These are no saved images: {error}")
    print(table(archive, base, images))
    if heavy := beyond_bound(archive, base, images):
        sys.exit(f"More than {BOUND_BYTES / 1e6:.0f} MB are added by: {', '.join(heavy)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
