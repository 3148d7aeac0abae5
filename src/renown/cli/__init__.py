"""The command line: one file per noun, thin over `renown.api`."""
