"""Run steps. Each file wraps one engine and alone imports it, so import the file and not this package."""
