"""What all tests share: what one measured (`record_property("measured", "...")`) is printed after the run."""

from __future__ import annotations


def pytest_terminal_summary(terminalreporter):
    """List what tests measured, so that a run shows figures and not only dots."""
    figures = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "measured"
    ]
    if figures:
        terminalreporter.section("measured")
        for figure in figures:
            terminalreporter.line(str(figure))


def pytest_collection_modifyitems(config, items):
    """Files with slow tests first: begun last, one would run on alone, the other worker idle.

    Tests against real servers run only where they are asked for: `make test-integration`.
    """
    if "integration_servers" not in config.getoption("-m"):
        servers = [item for item in items if item.get_closest_marker("integration_servers")]
        config.hook.pytest_deselected(items=servers)
        items[:] = [item for item in items if item not in set(servers)]
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_make_parametrize_id(val):
    """Name bytes by their length: spelled out, those of a packed file would differ between two workers."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) else None
