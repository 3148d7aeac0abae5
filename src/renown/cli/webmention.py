"""`renown webmention`: verify webmentions, and receive them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from renown.cli import look
from renown.cli.command import FAILED, STOPPED, command, group
from renown.cli.rows import Column, Listing, RowOptions, print_listing
from renown.cli.session import Session

if TYPE_CHECKING:
    from renown.sources.openweb.inbox import MentionInbox
    from renown.sources.openweb.receiver import ReceiverServer
    from renown.sources.openweb.waiting import WaitingFile

app = group("Verify webmentions, and receive them.")

_AllowPrivate = Annotated[
    bool,
    typer.Option(
        "--allow-private-network", help="Also read inside this machine and its network. Only for trying out."
    ),
]
_WORDS = {
    "verified": "it links there",
    "gone": "the page is gone",
    "no-link": "it does not link there",
    "refused": "it may not be used",
    "unreachable": "it could not be read; ask again later",
}


@dataclass(frozen=True)
class Place:
    """Where the receiver listens."""

    host: Annotated[str, typer.Option(help="Address to listen on; a proxy stands before it.")] = "127.0.0.1"
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0: a free one.")] = 8470
    public_url: Annotated[
        str, typer.Option(metavar="URL", help="Where senders reach it: https://example.org/renown")
    ] = ""


@command(app, "verify")
def verify(
    session: Session,
    rows: RowOptions,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The page that is said to link.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The page it is said to link to.")],
    allow_private_network: _AllowPrivate = False,
) -> None:
    """Check whether SOURCE really links to TARGET. Nothing is kept; exit code 1 when it does not."""
    from renown.sources.openweb.mentions import verify_mention

    reader = _reader(allow_private_network)
    try:
        verdict = verify_mention(source, target, reader=reader)
    finally:
        reader.close()
    record = asdict(verdict)
    columns = [
        Column("state", lambda row: f"{row['state']}: {_WORDS[row['state']]}", is_text=True),
        Column("kind", lambda row: row["kind"] or "", is_text=True),
        Column("reason", lambda row: row["reason"], is_text=True),
        Column("source", lambda row: look.name(row["source"]), is_text=True, can_shrink=True),
    ]
    print_listing(Listing([record], columns, tuple(record)), rows)
    if verdict.state != "verified":
        raise typer.Exit(FAILED)


@command(app, "serve")
def serve(
    session: Session,
    place: Place,
    for_domain: Annotated[
        list[str],
        typer.Option("--for-domain", metavar="DOMAIN", help="Take mentions of its pages; repeat it."),
    ],
    allow_private_network: _AllowPrivate = False,
) -> None:
    """Receive webmentions and pingbacks into the store, until Ctrl-C.

    It answers plain HTTP: put a proxy with TLS before it. What is received is verified before it is kept.
    """
    from renown.sources.openweb.inbox import MentionInbox
    from renown.sources.openweb.mentions import verify_mention
    from renown.sources.openweb.receiver import Receiver, ReceiverServer

    store = session.open_store()
    reader = _reader(allow_private_network)
    waiting = _waiting_file(store)
    waited_count = len(waiting.all()) if waiting is not None else 0
    with MentionInbox(
        verify=lambda source, target: verify_mention(source, target, reader=reader),
        deliver=lambda harvests: _keep(store, harvests),
        waiting_file=waiting,
    ) as inbox:
        receiver = Receiver(inbox, for_domain, public_url=place.public_url, allowance=reader.allowance)
        with ReceiverServer(place.host, place.port, receiver) as server:
            session.note(f"Listening on http://{server.server_name}:{server.server_port}/ until Ctrl-C.")
            if waited_count:
                session.note(f"{look.counted(waited_count, 'webmention')} waited since the last time.")
            _serve_until_stopped(server)
        session.note(_farewell(inbox, is_kept=waiting is not None))
    if waiting is not None:
        waiting.close()
    raise typer.Exit(STOPPED)


def _keep(store: Any, harvests: Sequence[Any]) -> None:
    store.take_in(harvests)


def _waiting_file(store: Any) -> WaitingFile | None:
    """Where webmentions wait across a restart; a store that is no folder has no such place."""
    from renown.sources.openweb.waiting import FILE_NAME, WaitingFile

    if "://" in store.location.removeprefix("file://"):
        return None
    folder = Path(store.location.removeprefix("file://"))
    folder.mkdir(parents=True, exist_ok=True)
    return WaitingFile(folder / FILE_NAME)


def _serve_until_stopped(server: ReceiverServer) -> None:
    """Serve until Ctrl-C or SIGTERM."""

    def stop(*signalled: object) -> None:
        """Ask the server to end; from a thread, since it waits until serving has ended."""
        threading.Thread(target=server.shutdown, daemon=True).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.serve_forever(poll_interval=0.25)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _farewell(inbox: MentionInbox, *, is_kept: bool) -> str:
    left = inbox.close()
    if not left:
        return "Stopped. Nothing was waiting."
    if is_kept:
        return f"Stopped. {look.counted(left, 'webmention')} still wait, until it is started again."
    return f"Stopped. {look.counted(left, 'webmention')} waited unverified, and must be sent again."


def _reader(allow_private_network: bool) -> Any:
    from renown.sources.openweb.addresses import PUBLIC_ONLY, Allowance
    from renown.sources.openweb.reader import WebReader

    return WebReader(allowance=Allowance(all_private=True) if allow_private_network else PUBLIC_ONLY)
