"""Reads a backup of the bus, and refuses a file that is not a complete one."""

import tarfile
from collections.abc import Iterator
from typing import BinaryIO, Self, override

from pydantic import BaseModel, ValidationError

from services.shared.bus.snapshots.protocol import StreamRecord
from services.web.backup.archive import (
    CHECKSUM,
    END,
    FORMAT,
    HEADER,
    PART_BYTES,
    RECORD,
    ArchiveEnd,
    ArchiveError,
    ArchiveHeader,
    Checksum,
    Digest,
)


class ArchiveReader:
    """Reads an archive part by part; all methods raise `ArchiveError` if it is invalid."""

    def __init__(self, source: BinaryIO) -> None:
        self._members = _members(source)
        self._streams = 0
        name, data = self._next()
        if name != HEADER:
            raise ArchiveError("this is no backup of a bus")
        self.header = _parsed(ArchiveHeader, data)
        if self.header.format != FORMAT:
            raise ArchiveError("the backup has a format that this version of Natter does not know")

    def next_stream(self) -> StreamRecord | None:
        """Return the record of the next stream; None at the end of a complete archive."""
        name, data = self._next()
        if name == END:
            if not self._streams == _parsed(ArchiveEnd, data).streams == len(self.header.streams):
                raise ArchiveError("the backup lacks a stream")
            return None
        record = _parsed(StreamRecord, data)
        due = self.header.streams[self._streams : self._streams + 1]
        if name != f"{record.name}/{RECORD}" or due != (record.name,):
            raise ArchiveError(f"the backup has {name} in a wrong place")
        self._streams += 1
        return record

    def parts(self, record: StreamRecord) -> Iterator[bytes]:
        """Read the data of the stream that `next_stream` returned; the last step checks it."""
        digest = Digest()
        while True:
            name, data = self._next()
            folder, _, part = name.partition("/")
            if folder != record.name:
                raise ArchiveError(f"the backup has {name} in a wrong place")
            if part == CHECKSUM:
                break
            digest.update(data)
            yield data
        if digest.checksum() != _parsed(Checksum, data):
            raise ArchiveError(f"the data of {record.name} is damaged")

    def _next(self) -> tuple[str, bytes]:
        try:
            return next(self._members)
        except StopIteration as error:
            raise ArchiveError("the backup is cut off") from error
        except (tarfile.TarError, EOFError) as error:
            raise ArchiveError("this is no backup of a bus, or a damaged one") from error


class _Part(tarfile.TarInfo):
    """A member of an archive; any other kind is refused before its content is read."""

    @classmethod
    @override
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        part = super().frombuf(buf, encoding, errors)
        if part.type != tarfile.REGTYPE or not 0 <= part.size <= 2 * PART_BYTES:
            raise ArchiveError(f"the backup has {part.name[:100]!a}, which is none of its parts")
        return part


def _members(source: BinaryIO) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(mode="r|", fileobj=source, tarinfo=_Part) as tar:
        for info in tar:
            file = tar.extractfile(info)
            if file is None:
                raise ArchiveError(f"the backup has {info.name}, which is none of its parts")
            yield info.name, file.read()


def _parsed[Parsed: BaseModel](model: type[Parsed], data: bytes) -> Parsed:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise ArchiveError("this is no backup of a bus, or a damaged one") from error
