"""Time and memory of Renown beside peers and limits, in one run: `make bench`."""
