"""How every picture looks: colours, type and sizes, declared once.

A colour has one meaning everywhere: ink and paper, accent for the actor in question, grey for everybody else,
teal for support, ochre for opposition, violet for discounts; an interval is its mark's hue at 25 %. Kinds
take the hues of Okabe and Ito (2008), which stay apart for colour-blind eyes. Where a hue alone would be too
faint on the paper, the mark gets an edge of the same hue moved towards the ink until it has the 3 : 1 that
WCAG 2.2 (1.4.11) asks for.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from renown.types import KINDS

Mode = Literal["light", "dark"]
"""On paper or on dark ground."""

MODES: Final[tuple[Mode, ...]] = get_args(Mode)

WIDE: Final = 760
"""Pixels of a figure's drawing area on a page or in a picture."""
NARROW: Final = 296
"""Pixels of a figure's drawing area on a phone of 320 pixels."""

DRAWING_FONT: Final = "Liberation Sans"
"""The font that the renderer brings along: pictures come out the same on every machine."""
FONT_STACK: Final = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
)

TITLE_SIZE: Final = 20
NARROW_TITLE_SIZE: Final = 16
TEXT_SIZE: Final = 13

INTERVAL_OPACITY: Final = 0.25

OKABE_ITO: Final = {
    "sky blue": "#56b4e9",
    "orange": "#e69f00",
    "bluish green": "#009e73",
    "reddish purple": "#cc79a7",
    "vermillion": "#d55e00",
    "blue": "#0072b2",
    "yellow": "#f0e442",
}
"""The fixed order of hues. Their eighth, black, is the ink of the mode."""

KIND_HUES: Final[dict[str, str]] = dict(zip(KINDS, [*OKABE_ITO.values(), "ink"], strict=True))
"""Kind of interaction to its hue; the last one is drawn in ink."""

_BASE: Final[dict[Mode, dict[str, str]]] = {
    "light": {"ink": "#1c2430", "paper": "#fbfaf7", "muted": "#5a6472", "rule": "#dfdcd5"},
    "dark": {"ink": "#e8e6e1", "paper": "#14181f", "muted": "#a4abb5", "rule": "#323a46"},
}
_HUES: Final = {
    "accent": "#2f6fab",
    "other": "#9aa3ad",
    "support": "#2a9d8f",
    "opposition": "#c9822b",
    "discount": "#7b5ea7",
}
ROW_ROLES: Final = ("accent", "other", *(f"kind_{kind}" for kind in KINDS))
"""The roles that rows of a chart may have."""
_GRAPHIC_CONTRAST: Final = 3.0
_DARK_HUE_CONTRAST: Final = 4.5
"""On dark ground a hue at 25 % is hard to see, so hues start from a lighter tint of themselves."""
_TEXT_CONTRAST: Final = 4.5


def palette(mode: Mode) -> dict[str, str]:
    """Every role's colour in a mode.

    Roles:    ink, paper, muted (second-rank text), rule (hairlines); accent, other, support, opposition,
              discount, each also as `<role>_edge` (3 : 1 on the paper) and `<role>_text` (4.5 : 1); and for
              every kind kind_like, kind_like_edge, ...
    Example:
        >>> palette("light")["accent"], palette("dark")["ink"]
        ('#2f6fab', '#e8e6e1')
    """
    base = _BASE[mode]
    colours = dict(base)
    for role, named in _HUES.items():
        hue = _legible(named, base, _DARK_HUE_CONTRAST) if mode == "dark" else named
        colours[role] = hue
        colours[f"{role}_edge"] = _legible(hue, base, _GRAPHIC_CONTRAST)
        colours[f"{role}_text"] = _legible(hue, base, _TEXT_CONTRAST)
    for kind, hue in KIND_HUES.items():
        colours[f"kind_{kind}"] = base.get(hue, hue)
        colours[f"kind_{kind}_edge"] = _legible(base.get(hue, hue), base, _GRAPHIC_CONTRAST)
    return colours


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance).

    Example:
        >>> round(contrast("#000000", "#ffffff"), 1)
        21.0
    """
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def colour(role: str) -> dict[str, str]:
    """A reference to a role's colour, as a chart's spec holds it: the mode decides what it resolves to."""
    return {"expr": role}


def palette_params(colours: dict[str, str]) -> list[dict[str, str]]:
    """The colours as Vega-Lite parameters, which `colour` refers to."""
    return [{"name": role, "value": value} for role, value in sorted(colours.items())]


def chart_config(colours: dict[str, str], *, has_ground: bool = True) -> dict[str, Any]:
    """The Vega-Lite `config` of every chart; without ground the page's own paper shows through."""
    text = {"font": DRAWING_FONT, "fontSize": TEXT_SIZE}
    return {
        # The text alternative is one sentence beside the picture; a label a mark would read out every datum.
        "aria": False,
        "background": colours["paper"] if has_ground else None,
        "font": DRAWING_FONT,
        "view": {"stroke": None},
        "text": {**text, "color": colours["ink"], "baseline": "middle"},
        "axis": {
            "labelFont": DRAWING_FONT,
            "labelFontSize": TEXT_SIZE,
            "labelColor": colours["muted"],
            "labelPadding": 6,
            "titleFont": DRAWING_FONT,
            "titleFontSize": TEXT_SIZE,
            "titleFontWeight": "normal",
            "titleColor": colours["muted"],
            "gridColor": colours["rule"],
            "domainColor": colours["rule"],
            "tickColor": colours["rule"],
            "ticks": False,
            "domain": False,
        },
        "title": {
            "anchor": "start",
            "frame": "group",
            "font": DRAWING_FONT,
            "fontWeight": "bold",
            "color": colours["ink"],
            "subtitleFont": DRAWING_FONT,
            "subtitleFontSize": TEXT_SIZE,
            "subtitleColor": colours["muted"],
            "subtitlePadding": 6,
        },
    }


def page_variables(mode: Mode) -> str:
    """The palette as CSS custom properties, one declaration a role."""
    return "".join(f"--{role.replace('_', '-')}:{value};" for role, value in sorted(palette(mode).items()))


def page_palette() -> dict[str, str]:
    """Every role as a reference to its CSS custom property: one drawing that follows the reader's mode."""
    return {role: f"var(--{role.replace('_', '-')})" for role in palette("light")}


def _legible(hue: str, base: dict[str, str], ratio: float) -> str:
    """The hue, moved towards the ink in steps of 2 % until it stands out from the paper by `ratio`."""
    for step in range(51):
        mixed = _mix(hue, base["ink"], step / 50)
        if contrast(mixed, base["paper"]) >= ratio:
            return mixed
    return base["ink"]


def _mix(first: str, second: str, share: float) -> str:
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(hexadecimal: str) -> float:
    linear = [_linear(channel / 255) for channel in _channels(hexadecimal)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(hexadecimal: str) -> tuple[int, int, int]:
    return int(hexadecimal[1:3], 16), int(hexadecimal[3:5], 16), int(hexadecimal[5:7], 16)
