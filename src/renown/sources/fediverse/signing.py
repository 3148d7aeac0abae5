"""Signed requests, for instances that tell nothing to strangers (Mastodon's "secure mode").

HTTP Signatures as the fediverse writes them (draft-cavage-http-signatures-12, rsa-sha256 over request target,
host and date). The operator publishes the public half of the key as an actor; how is in the how-to.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from renown.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Signature:
    """Signs requests with one key.

    Args:     key_file: a private RSA key in PEM, without a password. key_id: where its public half is found.
    Raises:   InputError: there is no such key, or the package cryptography is missing.
    """

    def __init__(self, key_file: str, key_id: str) -> None:
        if not key_id:
            raise InputError(
                "A key to sign with needs its address.",
                hint="Give signing_key_id, such as https://host/actor#main-key",
            )
        self._key_id = key_id
        self._key: Any = _read_key(key_file)

    def headers(self, method: str, url: str, *, now: datetime | None = None) -> Mapping[str, str]:
        """The headers that sign a request without a body."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        date = format_datetime(now or datetime.now(UTC), usegmt=True)
        signed = f"(request-target): {method.lower()} {target}\nhost: {parts.netloc}\ndate: {date}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        said = {
            "keyId": self._key_id,
            "algorithm": "rsa-sha256",
            "headers": "(request-target) host date",
            "signature": base64.b64encode(signature).decode(),
        }
        return {"date": date, "signature": ",".join(f'{name}="{value}"' for name, value in said.items())}


def _read_key(key_file: str) -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise InputError(
            "Signing needs the package cryptography.", hint='Install it: pip install "renown[signed-fetch]"'
        ) from error
    try:
        key = load_pem_private_key(Path(key_file).read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{key_file} cannot be read as a private key: {error}") from error
    if not isinstance(key, RSAPrivateKey):
        raise InputError(f"{key_file} holds no RSA key.", hint="openssl genrsa -out key.pem 2048 makes one.")
    return key
