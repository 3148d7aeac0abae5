"""Charts to SVG and PNG, without a network: the renderer brings Vega-Lite and its fonts along."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from renown.charts import theme
from renown.charts.chart import Chart

_VEGA_LITE = "6.1"
_SVG = "http://www.w3.org/2000/svg"
_NOISE = (
    "class",
    "role",
    "aria-roledescription",
    "aria-hidden",
    "pointer-events",
    "stroke-miterlimit",
    "version",
)
_LONG_FRACTION = re.compile(r"(\d+\.\d{2})\d+")
_PAGE_PADDING = {"left": 1, "right": 1, "top": 6}


def themed(spec: dict[str, Any], mode: theme.Mode) -> dict[str, Any]:
    """The spec in the colours of a mode; everything else, layout included, stays.

    Example:
        >>> themed({"mark": "bar"}, "dark")["config"]["background"]
        '#14181f'
    """
    colours = theme.palette(mode)
    return {**spec, "params": theme.palette_params(colours), "config": theme.chart_config(colours)}


def render_svg(chart: Chart, mode: theme.Mode = "light") -> str:
    """The chart as an SVG document of its own, title included; same chart, same bytes."""
    svg = _convert(themed(chart.spec, mode))
    _tidy(svg, prefix=chart.name)
    svg.set("font-family", theme.FONT_STACK)
    svg.set("role", "img")
    title = ElementTree.Element(f"{{{_SVG}}}title")
    title.text = chart.description
    svg.insert(0, title)
    return _text(svg)


def render_png(chart: Chart, mode: theme.Mode = "light", *, scale: float = 2) -> bytes:
    """The chart as a PNG, title included; `scale` 2 draws two pixels for one."""
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(themed(chart.spec, mode), vl_version=_VEGA_LITE, scale=scale)
    return png


def page_svg(chart: Chart, *, prefix: str) -> str:
    """The drawing alone, for a page: no title, no ground, the page's type, colours as CSS custom properties.

    Args:     prefix: put before every id inside, unique in the page.
    """
    spec = {key: part for key, part in chart.spec.items() if key != "title"}
    colours = theme.page_palette()
    spec["params"] = theme.palette_params(colours)
    spec["config"] = theme.chart_config(colours, has_ground=False)
    spec["padding"] = {**spec["padding"], **_PAGE_PADDING, "bottom": spec["padding"]["bottom"] - 18}
    svg = _convert(spec)
    _tidy(svg, prefix=prefix)
    del svg.attrib["width"], svg.attrib["height"]
    svg.set("aria-hidden", "true")
    svg.set("focusable", "false")
    return _text(svg)


def _convert(spec: dict[str, Any]) -> ElementTree.Element:
    import vl_convert

    return ElementTree.fromstring(vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE))


def _tidy(svg: ElementTree.Element, *, prefix: str) -> None:
    """Drop what only a live view needs, shorten numbers, and name ids independently of the process."""
    names: dict[str, str] = {}
    for parent in list(svg.iter()):
        for child in list(parent):
            if child.tag == f"{{{_SVG}}}path" and not child.get("fill") and not child.get("stroke"):
                parent.remove(child)
    for element in svg.iter():
        for attribute in _NOISE:
            element.attrib.pop(attribute, None)
        element.attrib.pop("font-family", None)
        if "id" in element.attrib:
            names[element.attrib["id"]] = f"{prefix}-{len(names)}"
    for element in svg.iter():
        for key, value in element.attrib.items():
            element.attrib[key] = _renamed(key, value, names)


def _renamed(key: str, value: str, names: dict[str, str]) -> str:
    if key == "id":
        return names[value]
    if value.startswith("url(#"):
        return f"url(#{names.get(value[5:-1], value[5:-1])})"
    return _LONG_FRACTION.sub(r"\1", value) if key in ("d", "transform", "x", "y", "x2", "y2") else value


def _text(svg: ElementTree.Element) -> str:
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(svg, encoding="unicode")
