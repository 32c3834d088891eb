"""What images add to their base, counted in layers as a registry holds them."""

import gzip
import io
import json
import subprocess
import sys
import tarfile
from hashlib import sha256

import pytest

from deploy.images.sizes import BOUND_BYTES, Archive, beyond_bound, read_archive, table

NOISE = b"".join(sha256(str(count).encode()).digest() for count in range(1000))
WORDS = b"to natter is to chat " * 5_000


def saved(images: dict[str, list[str]], layers: dict[str, bytes], first: str = "") -> io.BytesIO:
    """Images as `docker save` writes them, with the file named `first` before all others."""
    manifest = [{"RepoTags": [name], "Layers": of} for name, of in images.items()]
    files = layers | {"manifest.json": json.dumps(manifest).encode()}
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        archive.addfile(_folder("blobs"))
        for name in sorted(files, key=lambda name: name != first):
            info = tarfile.TarInfo(name)
            info.size = len(files[name])
            archive.addfile(info, io.BytesIO(files[name]))
    written.seek(0)
    return written


def _folder(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    return info


@pytest.mark.parametrize("first", ["manifest.json", "blobs/words"])
def test_layers_weigh_what_gzip_makes_of_them(first: str) -> None:
    layers = {"blobs/noise": NOISE, "blobs/words": WORDS}
    archive = read_archive(saved({"base": ["blobs/noise"], "image": [*layers]}, layers, first))
    assert archive.weight(archive.layers["base"]) >= len(NOISE)
    assert 0 < archive.added(["image"], "base") < len(WORDS) / 50
    assert abs(archive.added(["image"], "base") - len(gzip.compress(WORDS, 6))) < 100


@pytest.mark.parametrize("magic", [gzip.compress(WORDS)[:4], b"\x28\xb5\x2f\xfd"])
def test_a_layer_that_is_compressed_already_weighs_what_it_is(magic: bytes) -> None:
    compressed = magic + bytes(3_000_000)
    archive = read_archive(saved({"image": ["one"], "base": []}, {"one": compressed}))
    assert archive.added(["image"], "base") == len(compressed)


def test_what_two_images_share_counts_once() -> None:
    archive = Archive(
        {"base": ("a",), "web": ("a", "b", "c"), "ai": ("a", "b", "d")},
        {"a": 1_000_000, "b": 200_000, "c": 3_000_000, "d": 4_000_000},
    )
    assert table(archive, "base", ["web", "ai"]).splitlines()[1:] == [
        "web                           1.0      3.2      4.2",
        "ai                            1.0      4.2      5.2",
        "all, shared layers once       1.0      7.2      8.2",
    ]


def test_an_image_beyond_the_bound_is_named() -> None:
    layers = {"base": ("a",), "just": ("a", "b"), "beyond": ("a", "b", "c")}
    archive = Archive(layers, {"a": 10**9, "b": BOUND_BYTES, "c": 1})
    assert beyond_bound(archive, "base", ["just", "beyond"]) == ["beyond"]


def run(given: bytes, *names: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "deploy.images.sizes", *names]
    return subprocess.run(command, input=given, capture_output=True, check=False)


def test_an_image_beyond_the_bound_ends_it_with_1_after_the_table() -> None:
    heavy = b"\x1f\x8b" + bytes(BOUND_BYTES)
    images = {"base": ["a"], "light": ["a"], "heavy": ["a", "b"]}
    given = saved(images, {"a": NOISE, "b": heavy}).getvalue()
    done = run(given, "base", "light", "heavy")
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 4)
    assert done.stderr == b"More than 25 MB are added by: heavy\n"
    assert run(given, "base", "light").returncode == 0


def test_no_images_are_told_in_a_sentence() -> None:
    done = run(b"", "base", "image")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"These are no saved images: empty file\n"
