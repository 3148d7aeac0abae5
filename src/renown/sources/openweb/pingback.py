"""Pingback 1.0: one XML-RPC call, read without anything that XML can do beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from renown.store.harvest import UnreadableRecord

METHOD: Final = "pingback.ping"
LONGEST_CALL_BYTES: Final = 16_384

FAULTS: Final = {
    "generic": (0, "The call cannot be understood."),
    "no-method": (-32601, "Only pingback.ping is answered."),
    "source": (16, "The source is no page of the public web."),
    "target": (33, "The target is not a page for which pingbacks are taken here."),
    "full": (50, "Too many wait to be verified; try again later."),
}
"""Fault codes of Pingback 1.0, section 3."""

_DEEPEST: Final = 20
_VALUE: Final = ["methodCall", "params", "param", "value"]
_STRINGS: Final = (_VALUE, [*_VALUE, "string"])
"""Where a string may stand: with its type around it or without."""


@dataclass(frozen=True)
class Ping:
    """A call of pingback.ping."""

    source: str
    target: str


class _CallReader:
    """Collects the method's name and its string parameters."""

    def __init__(self) -> None:
        self.method = ""
        self.parameters: list[str] = []
        self._path: list[str] = []
        self._pieces: list[str] = []

    def start(self, name: str, attributes: object) -> None:
        """An element begins. Raises UnreadableRecord where it is nested too deeply."""
        if len(self._path) >= _DEEPEST:
            raise UnreadableRecord("generic", "It is nested too deeply.")
        self._path.append(name)
        self._pieces.clear()

    def text(self, piece: str) -> None:
        """A piece of the text of the element that is open."""
        self._pieces.append(piece)

    def end(self, name: str) -> None:
        """An element ends: keep its text if it is the method or a parameter."""
        text = "".join(self._pieces).strip()
        if self._path == ["methodCall", "methodName"]:
            self.method = text
        elif text and self._path in _STRINGS:
            self.parameters.append(text)
        self._pieces.clear()
        self._path.pop()


def _refuse_declaration(*declared: object) -> None:
    raise UnreadableRecord("generic", "It declares a document type, which no call needs.")


def read_ping(body: bytes) -> Ping:
    """The call in a request's body.

    Raises:   UnreadableRecord: no call of pingback.ping with two strings; any document type or entity.
    Example:
        >>> call = b'''<methodCall><methodName>pingback.ping</methodName><params>
        ... <param><value><string>https://a.example/1</string></value></param>
        ... <param><value>https://b.example/2</value></param></params></methodCall>'''
        >>> read_ping(call)
        Ping(source='https://a.example/1', target='https://b.example/2')
    """
    if len(body) > LONGEST_CALL_BYTES:
        raise UnreadableRecord("generic", "It is too long.")
    reader = _CallReader()
    parser = expat.ParserCreate()
    handlers = {
        "StartElementHandler": reader.start,
        "EndElementHandler": reader.end,
        "CharacterDataHandler": reader.text,
        # A declaration comes before anything that could unfold, so nothing ever does.
        "StartDoctypeDeclHandler": _refuse_declaration,
        "EntityDeclHandler": _refuse_declaration,
    }
    for name, handler in handlers.items():
        setattr(parser, name, handler)
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise UnreadableRecord("generic", f"It is no XML: {error}") from error
    if reader.method != METHOD:
        raise UnreadableRecord("no-method", "It calls another method.")
    if len(reader.parameters) != 2:
        raise UnreadableRecord("generic", "It does not have two strings.")
    return Ping(*reader.parameters)


def answer_text(text: str) -> bytes:
    """The answer to a call that was understood."""
    return (
        '<?xml version="1.0"?><methodResponse><params><param><value><string>'
        f"{escape(text)}</string></value></param></params></methodResponse>"
    ).encode()


def answer_fault(name: str) -> bytes:
    """The answer to a call that is refused; `name` is one of FAULTS."""
    code, text = FAULTS.get(name, FAULTS["generic"])
    return (
        '<?xml version="1.0"?><methodResponse><fault><value><struct>'
        f"<member><name>faultCode</name><value><int>{code}</int></value></member>"
        f"<member><name>faultString</name><value><string>{escape(text)}</string></value></member>"
        "</struct></value></fault></methodResponse>"
    ).encode()
