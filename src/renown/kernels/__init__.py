"""Arrays in, arrays out: compiled loops for what a database does too slowly. Loaded when one is run."""
