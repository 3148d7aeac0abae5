"""ActivityPub in the words of Mastodon's API, so that one mapper reads both and both give the same rows.

Nothing is believed that is not said: flags that an actor does not carry stay missing, and missing means no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from renown.sources.fediverse.accounts import text_of
from renown.store.harvest import UnreadableRecord

POST_TYPES: Final = frozenset(
    {"Note", "Article", "Question", "Page", "Video", "Image", "Audio", "Event", "Document", "ChatMessage"}
)
ACTOR_TYPES: Final = frozenset({"Person", "Service", "Application", "Group", "Organization"})

_PUBLIC: Final = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
_QUOTES: Final = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")


def account_of(actor: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An actor as an account.

    Args:     name: user@host, as WebFinger has it.
    Raises:   UnreadableRecord: it is no actor.
    Example:
        >>> actor = {"type": "Person", "id": "https://meadow.example/ann"}
        >>> account_of(actor, "ann@meadow.example")["discoverable"] is None
        True
    """
    kind = actor.get("type")
    if kind not in ACTOR_TYPES or not isinstance(actor.get("id"), str):
        raise UnreadableRecord("unreadable_actor", f"This is no actor, but {kind!r}."[:200])
    attached = [one for one in each(actor.get("attachment")) if isinstance(one, Mapping)]
    return {
        "id": actor["id"],
        "acct": name,
        "display_name": text_of(actor, "name"),
        "note": text_of(actor, "summary"),
        "fields": [{"value": text_of(one, "value")} for one in attached],
        "created_at": actor.get("published"),
        "discoverable": actor.get("discoverable"),
        "indexable": actor.get("indexable"),
        "noindex": actor.get("noindex"),
        "locked": actor.get("manuallyApprovesFollowers"),
        "suspended": actor.get("suspended"),
        "memorial": actor.get("memorial"),
        "moved": bool(actor.get("movedTo")),
        "bot": kind in ("Service", "Application"),
        "group": kind == "Group",
    }


def status_of(post: Mapping[str, Any], account: Mapping[str, Any]) -> dict[str, Any]:
    """A post as a status. Who is mentioned, answered and quoted is named by address.

    Raises:   UnreadableRecord: it is no post, or not of that account.
    """
    if post.get("type") not in POST_TYPES:
        raise UnreadableRecord("unknown_object", f"This is no post, but {post.get('type')!r}."[:200])
    if author_of(post) != account["id"] or host_of(post.get("id")) != host_of(account["id"]):
        raise UnreadableRecord("foreign_author", "The post is somebody else's.")
    said = post.get("contentMap")
    languages: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    language = str(next(iter(languages))) if len(languages) == 1 else ""
    content = text_of(post, "content") or text_of(languages, language)
    title = text_of(post, "name") if post["type"] != "Note" else ""
    tags = [one for one in each(post.get("tag")) if isinstance(one, Mapping)]
    quote = next((text_of(post, name) for name in _QUOTES if text_of(post, name)), "")
    return {
        "id": post.get("id"),
        "uri": post.get("id"),
        "account": account,
        "created_at": post.get("published"),
        "edited_at": post.get("updated"),
        "visibility": visibility_of(post),
        "content": f"<p>{title}</p>{content}" if title else content,
        "spoiler_text": text_of(post, "summary"),
        "language": language,
        "in_reply_to_id": reference(post.get("inReplyTo")),
        "mentions": [{"id": text_of(one, "href")} for one in tags if one.get("type") == "Mention"],
        "tags": [
            {"name": text_of(one, "name").removeprefix("#")} for one in tags if one.get("type") == "Hashtag"
        ],
        "quote": {"quoted_status_id": quote} if quote else None,
    }


def boost_of(
    activity: Mapping[str, Any], account: Mapping[str, Any], post: Mapping[str, Any]
) -> dict[str, Any]:
    """An Announce of a post as a status that boosts one."""
    return {
        "id": activity.get("id"),
        "uri": activity.get("id"),
        "account": account,
        "created_at": activity.get("published"),
        "visibility": visibility_of(activity),
        "reblog": post,
    }


def visibility_of(said: Mapping[str, Any]) -> str:
    """Whom an activity or a post is for, in Mastodon's words.

    Example:
        >>> [visibility_of({place: "as:Public"}) for place in ("to", "cc", "bto")]
        ['public', 'unlisted', 'private']
    """
    if _PUBLIC & set(_addresses(said.get("to"))):
        return "public"
    return "unlisted" if _PUBLIC & set(_addresses(said.get("cc"))) else "private"


def host_of(url: Any) -> str:
    """The host that an address names, with its port; "": none.

    Example:
        >>> host_of("https://Meadow.example/ann"), host_of(None)
        ('meadow.example', '')
    """
    try:
        return urlsplit(url).netloc.lower() if isinstance(url, str) else ""
    except ValueError:
        return ""


def author_of(post: Mapping[str, Any]) -> str:
    """The address of who wrote a post; where several are named, of the first."""
    named = [reference(one) for one in each(post.get("attributedTo"))]
    return next((one for one in named if one), "")


def reference(value: Any) -> str:
    """The address of something that is named by its address, or is there as a whole; "": neither."""
    value = next(each(value), None)
    if isinstance(value, Mapping):
        value = value.get("id") or value.get("href")
    return value if isinstance(value, str) else ""


def each(value: Any) -> Iterator[Any]:
    """The things of a list; JSON-LD writes a list of one without its brackets."""
    if isinstance(value, list):
        yield from value[:500]
    elif value is not None:
        yield value


def _addresses(value: Any) -> list[str]:
    return [one for one in each(value) if isinstance(one, str)]
