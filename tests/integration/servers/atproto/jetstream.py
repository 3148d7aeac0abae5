"""A Jetstream for tests: reads subscribeRepos, and tells it as JSON. (The real one is a Go program.)

python -m tests.integration.servers.atproto.jetstream ws://localhost:2583 6008
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import libipld
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve


def plain(value: Any) -> Any:
    """DAG-CBOR as JSON."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def events(message: bytes) -> Iterator[dict[str, Any]]:
    """What one frame says."""
    header, body = libipld.decode_dag_cbor_multi(message)
    kind = header.get("t")
    if kind not in ("#commit", "#identity", "#account"):
        return
    time_us = int(datetime.fromisoformat(body["time"]).timestamp() * 1_000_000)
    did = body.get("repo") or body["did"]
    if kind != "#commit":
        name = kind.removeprefix("#")
        told = {key: body[key] for key in ("did", "seq", "time", "active", "status", "handle") if key in body}
        yield {"did": did, "time_us": time_us, "kind": name, name: told}
        return
    blocks = libipld.decode_car(body["blocks"])[1] if body["blocks"] else {}
    for op in body["ops"]:
        collection, key = op["path"].split("/")
        commit = {"rev": body["rev"], "operation": op["action"], "collection": collection, "rkey": key}
        if op["cid"] is not None:
            commit["record"] = plain(blocks[op["cid"]])
        yield {"did": did, "time_us": time_us, "kind": "commit", "commit": commit}


def tell(client: ServerConnection, upstream: str) -> None:
    """Everything that one client asked for, from the beginning of the stream."""
    query = parse_qs(urlsplit(client.request.path).query) if client.request else {}
    wanted, cursor = query.get("wantedCollections", []), int(query.get("cursor", ["0"])[0])
    with connect(f"{upstream}/xrpc/com.atproto.sync.subscribeRepos?cursor=0", max_size=None) as stream:
        for message in stream:
            for event in events(bytes(message)):
                is_wanted = event["kind"] != "commit" or event["commit"]["collection"] in wanted
                if is_wanted and event["time_us"] > cursor:
                    client.send(json.dumps(event))


if __name__ == "__main__":
    with serve(lambda client: tell(client, sys.argv[1]), "127.0.0.1", int(sys.argv[2])) as server:
        server.serve_forever()
