"""The archive that a person downloads: a zip, read member by member, never unpacked to disk.

Only members that are named here are opened; direct messages, deleted tweets, addresses, advertising and all
else stay closed. Both layouts are read: `data/tweets.js` and its parts (`window.YTD...`), and the older
`data/js/tweets/2012_01.js` (`Grailbird...`).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, Final, TypeVar

import msgspec

from renown.errors import SourceFileError
from renown.sources.json_records import (
    ROWS_PER_HARVEST,
    Reading,
    Record,
    alone,
    read_values,
    since_only,
    take_records,
)
from renown.sources.twitter.archive_records import (
    Account,
    Origin,
    Person,
    Profile,
    named_author,
    with_origin,
)
from renown.sources.twitter.records import read_record
from renown.store.harvest import Harvest, UnreadableRecord, read_moment
from renown.types import Progress

_LARGEST_MEMBER_BYTES: Final = 4 << 30
_HIGHEST_RATIO: Final = 250
_RATIO_COUNTS_FROM_BYTES: Final = 16 << 20
_HEADER_BYTES: Final = 1 << 20
"""Members that say whose archive it is are small."""

_PREFIX: Final = re.compile(rb"^\s*(?:var\s+)?[\w.]+\s*=\s*")
_PREFIX_BYTES: Final = 200
_PART: Final = re.compile(r"-part(\d+)\.js$")
_PARTS: Final = r"(?:-part\d+)?\.js"
_MEMBERS: Final = {
    "tweet": re.compile(rf"tweets?{_PARTS}"),
    "noteTweet": re.compile(rf"note-tweets?{_PARTS}"),
    "follower": re.compile(rf"followers?{_PARTS}"),
    "following": re.compile(rf"following{_PARTS}"),
    "like": re.compile(rf"likes?{_PARTS}"),
}
"""Members of each kind, in the order in which they are read: tweets first, for likes of own tweets."""

_OLD_TWEETS: Final = re.compile(r"data/js/tweets/\d{4}_\d{2}\.js")
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True)
class _Archive:
    file: zipfile.ZipFile
    name: str
    members: dict[str, zipfile.ZipInfo]
    """By path below the archive's own top folder, if it has one."""


Form = TypeVar("Form")


class _Manifest(msgspec.Struct):
    archive: dict[str, str | bool | None] | None = msgspec.field(default=None, name="archiveInfo")


class _AccountRecord(msgspec.Struct):
    account: Account


class _ProfileRecord(msgspec.Struct):
    profile: Profile


class _OldAccount(msgspec.Struct):
    id: str | int
    screen_name: str | None = None
    full_name: str | None = None
    bio: str | None = None
    created_at: str | None = None


class _Protection(msgspec.Struct):
    action: str | None = None


class _ProtectionRecord(msgspec.Struct, rename="camel"):
    protected_history: _Protection


def harvest_archive(
    location: str, reading: Reading, *, since: datetime | None, progress: Progress
) -> Iterator[Harvest]:
    """Harvests of one archive.

    Raises:   SourceFileError: it is damaged or cut short, is not such an archive, or is made to do harm.
    """
    try:
        with zipfile.ZipFile(location) as file:
            archive = _Archive(file, location, _members(file, location))
            for harvest in _harvest(archive, reading, progress):
                yield since_only(harvest, since)
    except _DAMAGED as error:
        raise SourceFileError(
            f"{location} is damaged or cut short: {error}.",
            hint="Download the archive again; what was read of it until here is kept once only.",
        ) from error


def _harvest(archive: _Archive, reading: Reading, progress: Progress) -> Iterator[Harvest]:
    person, origin = _whose(archive)
    if _is_protected(archive):
        reading.gather.leave_out("protected")
        progress(f"Reading {archive.name}", 1, 1)
        yield reading.gather.harvest()
        return
    own = with_origin(b'{"person":%b}' % msgspec.json.encode(person), origin)
    take_records([Record(own, 1)], reading, read_record, split=alone, where=f"{archive.name}/account.js")
    chosen = [(kind, path) for kind in _MEMBERS for path in _of_kind(archive, kind)]
    total = sum(archive.members[path].file_size for _, path in chosen)
    done = 0
    for kind, path in chosen:
        with _opened(archive, path) as stream:
            for records in read_values(stream, f"{archive.name}/{path}"):
                taken = [Record(_self_sufficient(r, kind, origin), r.line, r.fault) for r in records]
                take_records(taken, reading, read_record, split=alone, where=f"{archive.name}/{path}")
                progress(f"Reading {archive.name}", min(done + stream.position, total), total)
                if reading.gather.rows_count >= ROWS_PER_HARVEST:
                    yield reading.gather.harvest()
        done += archive.members[path].file_size
    progress(f"Reading {archive.name}", total, total)
    yield reading.gather.harvest()


def _self_sufficient(record: Record, kind: str, origin: Origin) -> bytes:
    """A record that can be read by itself; of a like what leads to its author, not other people's text."""
    if record.fault or not record.content.startswith(b"{"):
        return record.content
    if kind == "like":
        try:
            liked = msgspec.json.decode(record.content, type=dict[str, dict[str, msgspec.Raw]])
            number = liked["like"]["tweetId"]
        except (msgspec.DecodeError, KeyError):
            return with_origin(record.content, origin)
        name = _named_in(bytes(liked["like"].get("expandedUrl", b"")).decode("utf-8", "replace"))
        author = b',"author":%b' % msgspec.json.encode(name) if name else b""
        return with_origin(b'{"like":{"tweetId":%b%b}}' % (bytes(number), author), origin)
    return with_origin(record.content, origin)


def _named_in(address: str) -> str | None:
    found = named_author(address.strip('"').replace("\\/", "/"))
    return found[0] if found else None


def _members(file: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    members = {}
    for member in file.infolist():
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename[:3]:
            raise _harmful(name, f"the member {member.filename[:80]!r} leads out of it")
        members[str(path)] = member
    tops = {path.split("/")[0] for path in members}
    if len(tops) == 1 and not any(path.startswith("data/") for path in members):
        return {path.partition("/")[2]: member for path, member in members.items() if "/" in path}
    return members


def _of_kind(archive: _Archive, kind: str) -> list[str]:
    pattern = _MEMBERS[kind]
    found = [path for path in archive.members if pattern.fullmatch(path.removeprefix("data/"))]
    if kind == "tweet":
        found += [path for path in archive.members if _OLD_TWEETS.fullmatch(path)]
    return sorted(found, key=_place)


def _place(path: str) -> tuple[int, str]:
    """Parts in the order of their numbers; the one without a number is the first."""
    part = _PART.search(path)
    return (int(part[1]) if part else 0), path


class _Member:
    """A member without what stands before its JSON."""

    def __init__(self, stream: IO[bytes]) -> None:
        head = stream.read(_PREFIX_BYTES)
        self._stream = stream
        self._head = _PREFIX.sub(b"", head, count=1)
        self.position = 0

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; empty only at the end."""
        taken, self._head = self._head or self._stream.read(count), b""
        self.position += len(taken)
        return taken


@contextmanager
def _opened(archive: _Archive, path: str) -> Iterator[_Member]:
    """A member to read, unless it is made to do harm."""
    member = archive.members[path]
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > _LARGEST_MEMBER_BYTES:
        raise _harmful(archive.name, f"{path} would be {member.file_size >> 30} GB")
    if ratio > _HIGHEST_RATIO and member.file_size > _RATIO_COUNTS_FROM_BYTES:
        raise _harmful(archive.name, f"{path} would be {ratio:,.0f} times as large as it is packed")
    if member.flag_bits & 1:
        raise SourceFileError(f"{archive.name} is locked with a password.", hint="Unlock it first.")
    with archive.file.open(member) as stream:
        yield _Member(stream)


def _harmful(name: str, what: str) -> SourceFileError:
    return SourceFileError(
        f"{name} is not as archives are: {what}.",
        hint="Use the archive as it was downloaded from X. Nothing of this one is read.",
    )


def _whose(archive: _Archive) -> tuple[Person, Origin]:
    """The account, and when the archive was made."""
    accounts = _small(archive, "account.js", _AccountRecord)
    account = accounts[0].account if accounts else _old_account(archive)
    if account is None:
        raise SourceFileError(
            f"{archive.name} does not say whose archive it is: account.js is missing or of an unknown form.",
            hint="Use the archive as it was downloaded from X.",
        )
    profiles = _small(archive, "profile.js", _ProfileRecord)
    person = Person(account, profiles[0].profile if profiles else None)
    return person, Origin(account.account_id, _made_at(archive))


def _old_account(archive: _Archive) -> Account | None:
    found = _small(archive, "js/user_details.js", _OldAccount)
    if not found:
        return None
    old = found[0]
    return Account(str(old.id), old.screen_name, old.full_name, old.created_at)


def _made_at(archive: _Archive) -> datetime:
    """When the archive was made: as it says, or else by the dates of its members."""
    now = datetime.now(UTC)
    manifests = _small(archive, "manifest.js", _Manifest)
    said = (manifests[0].archive or {}).get("generationDate") if manifests else None
    if isinstance(said, str):
        try:
            return read_moment(said, seen_at=now)
        except UnreadableRecord:
            return now
    latest = max(member.date_time for member in archive.members.values())
    try:
        return read_moment(datetime(*latest, tzinfo=UTC), seen_at=now)
    except ValueError:
        return now


def _is_protected(archive: _Archive) -> bool:
    """Whether the account shows its tweets to approved followers only."""
    history = _small(archive, "protected-history.js", _ProtectionRecord)
    return bool(history) and history[-1].protected_history.action == "Protect"


def _small(archive: _Archive, name: str, form: type[Form]) -> list[Form]:
    """All records of a small member; none where it is missing or of another form."""
    path = next((path for path in (f"data/{name}", name) if path in archive.members), None)
    if path is None:
        return []
    with _opened(archive, path) as stream:
        content = stream.read(_HEADER_BYTES) + stream.read(_HEADER_BYTES)
    try:
        if content.lstrip().startswith(b"["):
            return msgspec.json.decode(content, type=list[form])  # type: ignore[valid-type]
        return [msgspec.json.decode(content, type=form)]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
