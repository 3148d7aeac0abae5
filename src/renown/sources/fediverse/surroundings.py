"""What a reading of one server has learned so far: accounts and posts, by the ids that the server gives."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from renown.sources.fediverse.accounts import id_of, objects_of, read_account, text_of
from renown.sources.fediverse.consent import Person, account_name
from renown.sources.fediverse.instance import Instance
from renown.sources.fediverse.statuses import Post, posted_moment
from renown.store.harvest import UnreadableRecord

REMEMBERED_COUNT: Final = 50_000

Thing = TypeVar("Thing")


class Recent(Generic[Thing]):
    """The things that were learned last, by name; the oldest are forgotten first."""

    def __init__(self, limit_count: int = REMEMBERED_COUNT) -> None:
        self._limit_count = limit_count
        self._things: OrderedDict[str, Thing] = OrderedDict()

    def keep(self, name: str, thing: Thing) -> None:
        """Learn one."""
        self._things[name] = thing
        self._things.move_to_end(name)
        if len(self._things) > self._limit_count:
            self._things.popitem(last=False)

    def get(self, name: str) -> Thing | None:
        """The thing of that name, if it is remembered."""
        return self._things.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._things


class Learned:
    """Surroundings of the records of one server, which is asked for what is missing."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.home = instance.home
        self._by_id: Recent[Person | None] = Recent()
        self._by_name: Recent[Person | None] = Recent()
        self._posts: Recent[Post | None] = Recent()

    def person(self, local_id: str, acct: str) -> Person | None:
        """The account of that name, or where no name is given, of that id."""
        if acct:
            try:
                return self._by_name.get(account_name(acct, self.home))
            except UnreadableRecord:
                return None
        return self._by_id.get(local_id)

    def post(self, local_id: str) -> Post | None:
        """The public post of that id."""
        return self._posts.get(local_id)

    def prepare(self, statuses: Iterable[Any], seen_at: datetime) -> None:
        """Learn what mapping these statuses will ask for: at most two rounds of questions to the server."""
        wanted = [one for status in statuses for one in _with_inner(status)]
        for status in wanted:
            self._learn_status(status, seen_at)
        # Of posts that will be left out nothing is asked.
        wanted = [one for one in wanted if self._lets_in(one.get("account"))]
        parents = [str(one["in_reply_to_id"]) for one in wanted if one.get("in_reply_to_id")]
        parents += [str(quote) for one in wanted if (quote := _shallow_quote(one))]
        self._ask_posts([one for one in parents if one not in self._posts], seen_at)
        self._ask_people(wanted)

    def learn_account(self, record: Any) -> Person | None:
        """An account that came along."""
        try:
            person = read_account(record, self.home)
        except UnreadableRecord:
            return None
        self._by_name.keep(person.name, person)
        if person.local_id:
            self._by_id.keep(person.local_id, person)
        return person

    def _lets_in(self, account: Any) -> bool:
        person = self.learn_account(account)
        return person is not None and person.refusal is None

    def _learn_status(self, record: Mapping[str, Any], seen_at: datetime) -> None:
        author, local_id = self.learn_account(record.get("account")), id_of(record)
        uri = text_of(record, "uri") or text_of(record, "url")
        if author is None or not local_id or not uri or record.get("visibility") != "public":
            return
        try:
            posted_at = posted_moment(record.get("created_at"), seen_at)
        except UnreadableRecord:
            return
        self._posts.keep(local_id, Post(uri, author, posted_at, local_id))

    def _ask_posts(self, ids: list[str], seen_at: datetime) -> None:
        for record in self.instance.many("statuses", ids):
            self._learn_status(record, seen_at)
        for local_id in ids:
            if local_id not in self._posts:
                self._posts.keep(local_id, None)

    def _ask_people(self, statuses: list[Mapping[str, Any]]) -> None:
        """Accounts that are only named: by id, many at once, and by name where an id leads elsewhere."""
        names: dict[str, str] = {}
        ids: set[str] = set()
        for status in statuses:
            parent = self.post(str(status.get("in_reply_to_id") or ""))
            answered = str(status.get("in_reply_to_account_id") or "")
            if answered and parent is None and answered not in self._by_id:
                ids.add(answered)
            for mention in objects_of(status, "mentions"):
                acct = text_of(mention, "acct")
                if acct and not self._is_named(acct):
                    names[acct] = id_of(mention)
        ids |= {local_id for local_id in names.values() if local_id not in self._by_id}
        for record in self.instance.many("accounts", sorted(ids)):
            self.learn_account(record)
        self._ask_names([acct for acct in names if not self._is_named(acct)])
        for local_id in ids:
            if local_id not in self._by_id:
                self._by_id.keep(local_id, None)

    def _ask_names(self, accts: list[str]) -> None:
        for acct, record in zip(accts, self.instance.client.for_each(self._named, accts), strict=True):
            if record is None or self.learn_account(record) is None:
                self._forget(acct)

    def _named(self, acct: str) -> Mapping[str, Any] | None:
        from renown.errors import SourceAnswerError, SourceRefusedError

        try:
            return self.instance.account_named(acct)
        except (SourceRefusedError, SourceAnswerError):
            return None

    def _is_named(self, acct: str) -> bool:
        try:
            return account_name(acct, self.home) in self._by_name
        except UnreadableRecord:
            return True

    def _forget(self, acct: str) -> None:
        """Nothing is known of this account, and it is not asked for again."""
        self._by_name.keep(account_name(acct, self.home), None)


def _with_inner(status: Any) -> Iterator[Mapping[str, Any]]:
    """A status and those inside it, public ones only: of others nothing is asked."""
    for _ in range(3):
        if not isinstance(status, Mapping) or status.get("visibility") != "public":
            return
        yield status
        quote = status.get("quote")
        inner = quote.get("quoted_status", quote) if isinstance(quote, Mapping) else None
        status = status.get("reblog") or inner


def _shallow_quote(status: Mapping[str, Any]) -> str | None:
    quote = status.get("quote")
    if not isinstance(quote, Mapping) or quote.get("quoted_status"):
        return None
    shallow = quote.get("quoted_status_id")
    return str(shallow) if shallow else None
