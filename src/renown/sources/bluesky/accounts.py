"""Reading accounts through an AppView: who they are, what they write, who reacts, whom they follow and list.

An account is read page by page of its feed; with each page go the reactions to its posts and, for `hops=1`,
the feeds of those who reacted. After each page everything about it is handed over together with the place
to go on, so that an interrupted reading starts again there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from renown.errors import SourceError
from renown.sources.bluesky.appview import PAGE, AppView, Page, View
from renown.sources.bluesky.names import NETWORK, POST, is_did, like_id, moment_of, read_uri
from renown.sources.bluesky.options import BlueskyOptions
from renown.sources.bluesky.people import BATCH, People
from renown.sources.bluesky.reactions import (
    Reactions,
    find_reposts,
    planned_requests,
    read_reactions,
)
from renown.sources.bluesky.records import Lists, Reader, actors_named
from renown.sources.bluesky.replays import take_like, take_repost, take_undated_repost, take_view
from renown.sources.bluesky.taken_back import Absences
from renown.sources.registry import Request
from renown.store.harvest import Cursor, Gather, Harvest, UnreadableRecord, Withdrawal

CURSOR_VERSION: Final = 1
_CURSOR_AGE: Final = timedelta(days=3)
"""An interrupted reading older than this begins anew: too much will have changed."""

_RELATIONS: Final = 30
"""Accounts whose relation to one other can be asked for at once."""


class AccountReader:
    """Reads accounts of one request through one AppView."""

    def __init__(self, appview: AppView, request: Request, options: BlueskyOptions) -> None:
        self.appview = appview
        self.options = options
        self.request = request
        self.gather = Gather("bluesky", network=NETWORK, scope=appview.service)
        self.people = People(appview.profiles)
        self.now = datetime.now(UTC)
        self._absences = Absences(request.memory, self.gather, self.now)
        self._gone: set[str] = set()
        self._seen_in_threads: set[str] = set()
        self._read_people: set[str] = set()
        self._feeds: dict[str, list[View]] = {}
        self.reader = Reader(
            self.gather,
            self.people,
            Lists(),
            is_gone=self._gone.__contains__,
            since=request.since,
        )

    def read(self, name: str) -> Iterator[Harvest]:
        """Everything about one account, harvest by harvest.

        Raises:   SourceError.
        """
        did = self.appview.resolve(name)
        shown = self.appview.profiles([did])
        if not shown:
            # it has a name, but is not shown: deactivated or taken down
            self.gather.leave_out("not-shown")
            self.gather.withdraw(Withdrawal("actor", self.gather.full_id(did), NETWORK, "deactivated"))
        elif self.people.see(shown[0], self.gather, observed_at=self.now):
            yield from self._read_shown(did, shown[0])
            return
        else:
            self.gather.leave_out("no-unauthenticated")
        yield self.gather.harvest()

    def _read_shown(self, did: str, profile: View) -> Iterator[Harvest]:
        scope = f"{self.appview.service} {did} hops={self.options.hops}"
        start, done_count = self._resumed(scope)
        # the profile first: whoever may come in again comes in before anything of theirs
        yield self.gather.harvest()
        if start is None:
            self._read_follows(did)
            self._read_lists(did)
            yield self.gather.harvest()
        most = self.options.most_posts - done_count
        posts_count = profile.get("postsCount")
        expected = min(most, posts_count if isinstance(posts_count, int) else most)
        self.appview.planned_count += -(-expected // PAGE)
        pages = self.appview.pages("app.bsky.feed.getAuthorFeed", "feed", most=most, cursor=start, actor=did)
        for page in pages:
            is_last = self._read_page(did, page)
            done_count += len(page.items)
            if is_last or page.cursor is None:
                break
            self._reached(scope, page.cursor, done_count)
            yield self.gather.harvest()
        self._reached(scope, None, done_count)
        yield self.gather.harvest()

    def _reached(self, scope: str, cursor: str | None, done_count: int) -> None:
        position = json.dumps({"cursor": cursor, "done": done_count, "at": self.now.isoformat()})
        self.gather.reached(Cursor("bluesky", scope, CURSOR_VERSION, position))

    def _resumed(self, scope: str) -> tuple[str | None, int]:
        """Where an unfinished reading of the same account stopped; otherwise the beginning."""
        cursor = self.request.memory.cursor("bluesky", scope)
        if cursor is None or cursor.version != CURSOR_VERSION:
            return None, 0
        try:
            kept = json.loads(cursor.position)
            is_fresh = self.now - datetime.fromisoformat(kept["at"]) < _CURSOR_AGE
            return (str(kept["cursor"]), int(kept["done"])) if kept["cursor"] and is_fresh else (None, 0)
        except (ValueError, KeyError, TypeError):
            return None, 0

    def _read_page(self, did: str, page: Page) -> bool:
        """One page of a feed with all reactions to it; whether older pages are of no interest."""
        self._see_feed(page.items)
        reacted = self._ask_reactions(_own_posts(page.items, did))
        reposts = self._ask_reposts(reacted)
        around = self._read_around(reacted) if self.options.hops else []
        posts = [post for one in reacted for post in one.posts]
        feeds = [(did, page.items), *around]
        self._know(
            [item["post"] for _, items in feeds for item in items] + posts,
            [actor for one in reacted for actor in one.actors()],
        )
        for owner, items in feeds:
            self._take_feed(owner, items)
        self._take_posts(posts)
        own = [str(post["uri"]) for post in _own_posts(page.items, did)]
        self._absences.remember(own)
        for one in reacted:
            self._take_reactions(one, reposts)
        self._compare(own, reacted)
        return self._is_before_since(page.items)

    def _compare(self, posts: Sequence[str], reacted: Sequence[Reactions]) -> None:
        """What the store has of these posts and is not shown any more was taken back."""
        found = {str(one.post["uri"]): one for one in reacted}
        for post in posts:
            one = found.get(post)
            if one is not None and not one.is_whole:
                continue
            like_ids, reposters = set(), set()
            for like in one.likes if one is not None else ():
                actor = like.get("actor")
                did = str(actor.get("did")) if isinstance(actor, dict) else ""
                with suppress(UnreadableRecord):
                    indexed_at = moment_of(like.get("indexedAt"), seen_at=self.now)
                    like_ids.add(like_id(post, did, moment_of(like.get("createdAt"), seen_at=indexed_at)))
            for view in one.reposters if one is not None else ():
                reposters.add(str(view.get("did")))
            self._absences.compare(post, like_ids=like_ids, reposters=reposters)

    def _is_before_since(self, items: Sequence[View]) -> bool:
        since = self.request.since
        if since is None or not items:
            return False
        last = items[-1]
        shown = last["reason"] if isinstance(last.get("reason"), dict) else last["post"]
        try:
            return moment_of(shown.get("indexedAt")) < since
        except UnreadableRecord:
            return False

    def _see_feed(self, items: list[View]) -> None:
        """Drop what is no item of a feed, and note which posts are gone."""
        items[:] = [item for item in items if isinstance(item.get("post"), dict)]
        for item in items:
            reply = item.get("reply")
            above = [reply.get("parent"), reply.get("root")] if isinstance(reply, dict) else []
            embed = item["post"].get("embed")
            inner = embed.get("record") if isinstance(embed, dict) else None
            nested = inner.get("record") if isinstance(inner, dict) else None
            for view in (*above, inner, nested):
                if isinstance(view, dict) and view.get("notFound") is True and view.get("uri"):
                    self._gone.add(str(view["uri"]))

    def _ask_reactions(self, posts: Sequence[View]) -> list[Reactions]:
        """Reactions to all of these posts, a few requests at a time."""
        most = self.options.most_reactions
        wanted = [post for post in posts if planned_requests(post, most)]
        self.appview.planned_count += sum(planned_requests(post, most) for post in wanted)

        def ask(post: View) -> Reactions:
            """Reactions to one post; its thread only where it was not seen in another's."""
            with_thread = post["uri"] not in self._seen_in_threads
            return read_reactions(self.appview, post, most=most, with_thread=with_thread)

        found = list(self.appview.client.for_each(ask, wanted))
        for one in found:
            self._seen_in_threads.update(str(post.get("uri")) for post in one.posts)
            if one.beyond_count:
                self.gather.leave_out("beyond-most-reactions", one.beyond_count)
        return found

    def _ask_reposts(self, reacted: Sequence[Reactions]) -> dict[tuple[str, str], View]:
        """By post and reposter: what their feed says of the repost."""
        wanted: dict[str, set[str]] = {}
        for one in reacted:
            for view in one.reposters:
                if is_did(view.get("did")):
                    wanted.setdefault(str(view["did"]), set()).add(str(one.post["uri"]))
        times = [_shown_at(one.post) for one in reacted]
        oldest = min((time for time in times if time is not None), default=None)
        self.appview.planned_count += len(wanted)

        def search(did: str) -> tuple[dict[str, View], list[View]]:
            """Reposts in one person's feed, and the newest of the feed."""
            return find_reposts(self.appview, did, wanted[did], oldest=oldest)

        reposts: dict[tuple[str, str], View] = {}
        for did, (found, newest) in zip(wanted, self.appview.client.for_each(search, wanted), strict=True):
            self._feeds[did] = newest
            reposts.update({(post, did): reason for post, reason in found.items()})
        return reposts

    def _read_around(self, reacted: Sequence[Reactions]) -> list[tuple[str, list[View]]]:
        """The newest hundred posts of those who reacted most, as long as there is room for them."""
        often = Counter(
            str(view["did"]) for one in reacted for view in one.actors() if is_did(view.get("did"))
        )
        room = self.options.most_people - len(self._read_people)
        chosen = [did for did, _ in often.most_common() if did not in self._read_people][: max(0, room)]
        for start in range(0, len(chosen), BATCH):
            for view in self.appview.profiles(chosen[start : start + BATCH]):
                self.people.see(view, self.gather, observed_at=self.now)
        self.people.learn(chosen, self.gather, observed_at=self.now)
        chosen = [did for did in chosen if did not in self.people.closed]
        self._read_people.update(chosen)
        missing = [did for did in chosen if did not in self._feeds]
        self.appview.planned_count += len(missing)

        def ask(did: str) -> list[View]:
            """The newest of one person's feed."""
            return find_reposts(self.appview, did, (), oldest=None)[1]

        self._feeds.update(zip(missing, self.appview.client.for_each(ask, missing), strict=True))
        feeds = [(did, self._feeds[did]) for did in chosen]
        self._feeds.clear()
        for _, items in feeds:
            self._see_feed(items)
        return feeds

    def _know(self, posts: Iterable[View], actors: Iterable[View]) -> None:
        """Learn who of all these people may be taken, before anything of theirs is."""
        named: list[str] = []
        for view in actors:
            self.people.see(view, self.gather, observed_at=self.now)
        for post in posts:
            author = post.get("author")
            if isinstance(author, dict):
                self.people.see(author, self.gather, observed_at=self.now)
            record = post.get("record")
            if isinstance(record, dict):
                named += actors_named(POST, record)
        self.people.learn(named, self.gather, observed_at=self.now)

    def _take_feed(self, owner: str, items: Sequence[View]) -> None:
        """Posts of a feed, and what its owner reposted."""
        reasons: dict[str, View] = {}
        for item in items:
            reason = item.get("reason")
            by = reason.get("by") if isinstance(reason, dict) else None
            if isinstance(reason, dict) and isinstance(by, dict) and by.get("did") == owner:
                reasons[str(item["post"].get("uri"))] = reason
        self._take_posts([item["post"] for item in items])
        if owner not in self.people.closed:
            self._take_reposts({(post, owner): reason for post, reason in reasons.items()})

    def _take_posts(self, posts: Iterable[View]) -> None:
        for post in posts:
            with self.gather.reading(partial(json.dumps, post)):
                take_view(self.reader, post, seen_at=self.now)

    def _take_reactions(self, found: Reactions, reposts: dict[tuple[str, str], View]) -> None:
        """Likes and reposts of one post."""
        uri = str(found.post["uri"])
        for like in found.likes:
            kept = {"kind": "like-view", "post": uri, "like": like}
            with self.gather.reading(partial(json.dumps, kept)):
                take_like(self.reader, uri, like, seen_at=self.now)
        dids = [str(view.get("did")) for view in found.reposters]
        self._take_reposts({(uri, did): reposts[uri, did] for did in dids if (uri, did) in reposts})
        record = found.post.get("record")
        claimed = record.get("createdAt") if isinstance(record, dict) else None
        undated = (did for did in dids if (uri, did) not in reposts)
        for did in (did for did in undated if not self._absences.knows_repost(uri, did)):
            # neither record nor time is known: the time of the post stands in
            with self.gather.reading(json.dumps({"kind": "reposter-view", "post": uri, "did": did})):
                posted_at = moment_of(claimed, key=read_uri(uri).key, seen_at=self.now)
                take_undated_repost(self.reader, uri, did, posted_at)

    def _take_reposts(self, reasons: dict[tuple[str, str], View]) -> None:
        """Reposts by their records, which are asked for."""
        uris = [str(reason["uri"]) for reason in reasons.values() if isinstance(reason.get("uri"), str)]
        records = self.appview.records(list(dict.fromkeys(uris)))
        for (post, _), reason in reasons.items():
            record = records.get(str(reason.get("uri")))
            with self.gather.reading(json.dumps({"kind": "repost-view", "post": post, "reason": reason})):
                take_repost(self.reader, post, reason, record, seen_at=self.now)

    def _read_follows(self, did: str) -> None:
        """Who follows and is followed: ties as of now, and the acts by their records."""
        for method, key, relation in (
            ("app.bsky.graph.getFollowers", "followers", "followedBy"),
            ("app.bsky.graph.getFollows", "follows", "following"),
        ):
            self.appview.planned_count += 1
            views = self.appview.items(method, key, most=self.options.most_follows, actor=did)
            for view in views:
                self.people.see(view, self.gather, observed_at=self.now)
            others = [str(view["did"]) for view in views if is_did(view.get("did"))]
            others = [other for other in others if self.reader.is_open(other)]
            for other in others:
                pair = (other, did) if relation == "followedBy" else (did, other)
                self.gather.follow(*pair, seen_at=self.now)
            self._take_records(self._relations(did, others, relation))

    def _relations(self, did: str, others: Sequence[str], relation: str) -> list[str]:
        batches = [others[start : start + _RELATIONS] for start in range(0, len(others), _RELATIONS)]
        self.appview.planned_count += len(batches)

        def ask(batch: Sequence[str]) -> list[str]:
            """URIs of the follows by which some others stand in the relation to the actor."""
            answer = self.appview.ask("app.bsky.graph.getRelationships", actor=did, others=list(batch))
            found = answer.get("relationships")
            views = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
            return [str(view[relation]) for view in views if isinstance(view.get(relation), str)]

        try:
            return [uri for uris in self.appview.client.for_each(ask, batches) for uri in uris]
        except SourceError as error:
            if error.is_retryable:
                raise
            # an AppView without this method: the ties are known, the times are not
            return []

    def _take_records(self, uris: Sequence[str]) -> None:
        for text, record in self.appview.records(uris).items():
            if record is not None:
                with self.gather.reading(json.dumps({"uri": text, "record": record})):
                    self.reader.read(read_uri(text), record, seen_at=self.now)

    def _read_lists(self, did: str) -> None:
        """Lists of people to read, and starter packs, with whom they hold."""
        self.appview.planned_count += 2
        lists = self.appview.items("app.bsky.graph.getLists", "lists", most=PAGE, actor=did)
        packs = self.appview.items(
            "app.bsky.graph.getActorStarterPacks", "starterPacks", most=PAGE, actor=did
        )
        for view in lists:
            self.reader.lists.learn(str(view.get("uri")), view)
        inside = [pack["record"].get("list") for pack in packs if isinstance(pack.get("record"), dict)]
        shown = [str(view.get("uri")) for view in lists if self.reader.lists.name_of(str(view.get("uri")))]
        for uri in dict.fromkeys([*shown, *(one for one in inside if isinstance(one, str))]):
            self._read_list(uri)

    def _read_list(self, uri: str) -> None:
        self.appview.planned_count += 1
        most, entries = self.options.most_follows, []
        for page in self.appview.pages("app.bsky.graph.getList", "items", most=most, list=uri):
            entries += page.items
        if not self.reader.lists.knows(uri):
            record = self.appview.record(uri)
            self.reader.lists.learn(uri, record or {})
        uris = []
        for entry in entries:
            subject = entry.get("subject")
            if isinstance(subject, dict) and isinstance(entry.get("uri"), str):
                self.people.see(subject, self.gather, observed_at=self.now)
                uris.append(entry["uri"])
        self._take_records(uris)


def _own_posts(items: Sequence[View], did: str) -> list[View]:
    """Posts of the feed's owner, once each."""
    own: dict[str, View] = {}
    for item in items:
        author = item["post"].get("author")
        if isinstance(author, dict) and author.get("did") == did and isinstance(item["post"].get("uri"), str):
            own.setdefault(item["post"]["uri"], item["post"])
    return list(own.values())


def _shown_at(post: View) -> datetime | None:
    """When the AppView first showed a post: its reposts are not older."""
    try:
        return moment_of(post.get("indexedAt"))
    except UnreadableRecord:
        return None
