"""What real servers sent: the recordings of Mastodon.py and rtoot, read to the last record.

What must come of them is told by plain Python over the raw JSON, by rules written down here once more.
"""

from __future__ import annotations

import base64
import io
import json
import re
import tarfile
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from renown.sources.fediverse import SOURCE
from renown.sources.fediverse.accounts import read_account
from renown.sources.fediverse.consent import Door
from renown.sources.fediverse.events import read_events
from renown.sources.fediverse.statuses import Post, StatusMapper, payload_of
from renown.store.harvest import Gather, UnreadableRecord

pytestmark = pytest.mark.shared_data

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def recorded_answers(config):
    """(host, path, body as text) of every answer in the recordings."""
    import pyarrow as pa
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        pass

    Loader.add_constructor("tag:yaml.org,2002:binary", lambda _, node: base64.b64decode(node.value))
    folder = config.rootpath / "../shared/data/wire"
    names = ("mastodon-py.tar.zst", "mastodon-rtoot.tar.gz")
    if not all((folder / name).exists() for name in names):
        pytest.skip("the recordings are not there: shared/data/wire beside the repository")
    for name in names:
        with pa.input_stream(folder / name, compression="zstd" if name.endswith("zst") else "gzip") as stream:
            unpacked = io.BytesIO(stream.read())
        yield from answers_in(unpacked, Loader)


def answers_in(unpacked, loader):
    import yaml

    with tarfile.open(fileobj=unpacked) as archive:
        for member in archive:
            if not member.isfile() or not member.name.endswith((".yaml", ".yml")):
                continue
            said = yaml.load(archive.extractfile(member), loader) or {}
            for one in said.get("interactions") or said.get("http_interactions") or []:
                body = one["response"]["body"]
                body = body.get("string") if isinstance(body, dict) else body
                text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
                address = urlsplit(one["request"]["uri"])
                yield address.netloc, address.path, text
        for member in archive:
            if member.name.endswith("mastodonsocial.json"):
                decoder, text = json.JSONDecoder(), archive.extractfile(member).read().decode()
                while text := text.strip():
                    record, end = decoder.raw_decode(text)
                    yield "mastodon.social", "/timeline", json.dumps(record)
                    text = text[end:]


@pytest.fixture(scope="module")
def answers(request):
    return list(recorded_answers(request.config))


@pytest.fixture(scope="module")
def records(answers):
    """(host, record) of everything that is or contains a status or an account, and is JSON."""
    found = []
    for host, _, text in answers:
        try:
            said = json.loads(text)
        except ValueError:
            continue
        found += [(host, one) for one in walk(said)]
    return found


def walk(said):
    if isinstance(said, dict):
        yield said
        said = list(said.values())
    for one in said if isinstance(said, list) else []:
        yield from walk(one)


def is_status(one):
    return "visibility" in one and "content" in one and isinstance(one.get("account"), dict)


def is_account(one):
    return "acct" in one and "created_at" in one and "note" in one


# The rules once more


def says_yes(account):
    no = ("suspended", "limited", "memorial", "moved", "noindex", "locked")
    words = " ".join([account["note"], *(str(one.get("value")) for one in account.get("fields") or [])])
    plain = re.sub(r"<[^>]*>", "", words)
    is_no = any(account.get(name) for name in no)
    is_no = is_no or re.search(r"#(nobots?|noindex|nosearch|noarchive)\b", plain, re.IGNORECASE)
    return account.get("discoverable") is True and not is_no


def full_name(account, host):
    acct = account["acct"].lower()
    return acct if "@" in acct else f"{acct}@{host}"


def is_kept(status):
    return status["visibility"] == "public" and says_yes(status["account"])


def quoted_in(status):
    quote = status.get("quote") or {}
    return quote.get("quoted_status") if quote.get("state") == "accepted" else None


# Surroundings that know what the recordings know


class Recorded:
    def __init__(self, records, host):
        self.home = host
        self.accounts = {one["id"]: one for where, one in records if where == host and is_account(one)}
        self.statuses = {one["id"]: one for where, one in records if where == host and is_status(one)}

    def person(self, local_id, acct):
        if acct:
            name = full_name({"acct": acct}, self.home)
            found = [one for one in self.accounts.values() if full_name(one, self.home) == name]
        else:
            found = [self.accounts[local_id]] if local_id in self.accounts else []
        return read_account(found[0], self.home) if found else None

    def post(self, local_id):
        one = self.statuses.get(local_id)
        if one is None or one["visibility"] != "public":
            return None
        written = datetime.fromisoformat(one["created_at"])
        return Post(one["uri"], read_account(one["account"], self.home), written, local_id)


def test_every_recorded_account_is_understood(records, record_property):
    accounts = [(host, one) for host, one in records if is_account(one)]
    assert len(accounts) > 400
    flags = Counter()
    for host, one in accounts:
        person = read_account(one, host)
        assert person.name == full_name(one, host)
        assert (person.refusal is None) == bool(says_yes(one))
        assert person.allows_text == bool(says_yes(one) and one.get("indexable") is True)
        flags[person.refusal or "yes"] += 1
    assert flags["yes"] > 100
    record_property("measured", f"recorded accounts: {len(accounts)}; {dict(flags)}")


def test_every_recorded_status_is_kept_or_left_out_for_a_reason(records, record_property):
    statuses = [(host, one) for host, one in records if is_status(one)]
    assert len(statuses) > 250
    totals = Counter()
    for host in {host for host, _ in statuses}:
        mine = [one for where, one in statuses if where == host]
        gather, around = Gather("fediverse", network="fediverse"), Recorded(records, host)
        mapper = StatusMapper(gather, Door(), around, seen_at=NOW)
        for one in mine:
            with gather.reading(payload_of("status", one, host)):
                mapper.status(one)
        harvest = gather.harvest()
        assert harvest.quarantined == ()
        assert harvest.records_count == len(mine)
        rows = {name: table.to_pylist() for name, table in harvest.rows.items()}
        posts = {row["post_id"]: row for row in rows.get("posts", [])}
        expected = {f"fediverse:{one['uri']}": one for one in mine if is_kept(one) and not one.get("reblog")}
        assert posts.keys() == expected.keys()
        for post_id, row in posts.items():
            assert (row["text"] is not None) == (expected[post_id]["account"].get("indexable") is True)
            assert row["author_actor_id"] == f"fediverse:{full_name(expected[post_id]['account'], host)}"
        acts = rows.get("interactions", [])
        found = {(a["kind"], a["source_actor_id"], a["target_actor_id"], a["interaction_id"]) for a in acts}
        assert found == expected_acts(mine, around, host)
        totals.update(act[0] for act in found)
        totals.update(posts=len(posts), records=len(mine))
        totals.update(f"left out: {flag}" for flag in harvest.left_out_counts)
    assert totals["reply"] > 20
    assert totals["mention"] > 10
    record_property("measured", f"recorded statuses: {dict(totals)}")


def expected_acts(statuses, around, host):
    """What the statuses say that people did to each other, as far as everybody agreed."""
    acts = set()

    def act(kind, source, target, own_id):
        if says_yes(source) and says_yes(target):
            names = [f"fediverse:{full_name(one, host)}" for one in (source, target)]
            acts.add((kind, *names, own_id(names[0][10:], names[1][10:])))

    for one in statuses:
        uri, author = one["uri"], one["account"]
        if one["visibility"] != "public":
            continue
        if one.get("reblog"):
            inner = one["reblog"]
            if inner["visibility"] == "public":
                act("repost", author, inner["account"], lambda s, _, u=inner["uri"]: f"repost:{u}:{s}")
            continue
        named = set()
        parent = around.statuses.get(str(one["in_reply_to_id"]))
        answered = parent["account"] if parent and parent["visibility"] == "public" else None
        answered = answered or around.accounts.get(str(one["in_reply_to_account_id"]))
        if one["in_reply_to_id"] and answered:
            named.add(full_name(answered, host))
            act("reply", author, answered, lambda _, t, u=uri: f"reply:{u}:{t}")
        quoted = quoted_in(one)
        if quoted and quoted["visibility"] == "public" and says_yes(quoted["account"]):
            named.add(full_name(quoted["account"], host))
            act("quote", author, quoted["account"], lambda _, t, u=uri: f"quote:{u}:{t}")
        for mention in one["mentions"]:
            name = full_name(mention, host)
            whom = [a for a in around.accounts.values() if full_name(a, host) == name]
            if whom and name not in named:
                named.add(name)
                act("mention", author, whom[0], lambda _, t, u=uri: f"mention:{u}:{t}")
    return acts


def test_what_is_no_status_at_all_is_quarantined_and_harms_nothing(records):
    """Every other object that servers sent, taken for a status: never an error, never a row."""
    others = [(host, one) for host, one in records if not isinstance(one.get("account"), dict)]
    assert len(others) > 1_000
    gather = Gather("fediverse", network="fediverse")
    for host, one in others:
        mapper = StatusMapper(gather, Door(), Recorded([], host), seen_at=NOW)
        with gather.reading(payload_of("status", one, host)):
            mapper.status(one)
    harvest = gather.harvest()
    assert harvest.rows == {}
    assert harvest.records_count == len(others)


def test_recorded_streams_are_read_event_by_event(answers):
    streams = [text for _, path, text in answers if "/streaming/" in path and "event:" in text]
    assert streams
    for text in streams:
        events = list(read_events(iter(text.splitlines())))
        assert len(events) == len(re.findall(r"^event:", text, re.MULTILINE))
        for event in events:
            if event.name in ("update", "notification", "conversation"):
                assert isinstance(json.loads(event.payload), dict)


def test_a_broken_record_is_quarantined_and_read_again_once_it_is_understood(records):
    host, whole = next(
        (host, one)
        for host, one in records
        if is_status(one) and is_kept(one) and one["account"].get("indexable") and not one.get("reblog")
    )
    broken = {**whole, "created_at": "the day before yesterday"}
    gather = Gather("fediverse", network="fediverse")
    mapper = StatusMapper(gather, Door(), Recorded([], host), seen_at=NOW)
    with gather.reading(payload_of("status", broken, host)):
        mapper.status(broken)
    harvest = gather.harvest()
    assert [one.reason for one in harvest.quarantined] == ["unreadable_time"]
    assert harvest.rows == {}
    payload = harvest.quarantined[0].payload
    with pytest.raises(UnreadableRecord):
        SOURCE.replay(payload, gather)
    SOURCE.replay(payload.replace("the day before yesterday", whole["created_at"]), gather)
    assert gather.harvest().rows["posts"]["post_id"].to_pylist() == [f"fediverse:{whole['uri']}"]


def test_of_who_did_not_agree_not_even_the_quarantine_keeps_a_word(records):
    for host, one in records:
        if is_status(one) and not is_kept(one):
            payload = payload_of("status", {**one, "created_at": "?"}, host)
            assert one["uri"] not in payload
            assert len(one["content"]) < 12 or one["content"][:60] not in payload
