"""Where lines begin: against Python's own splitting."""

from itertools import accumulate

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.kernels.line_starts import line_starts


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.sampled_from([b"\n", b"a", b"\r", b"0123456789" * 4, "é".encode()]), max_size=60))
def test_lines_begin_where_python_cuts_them(parts):
    text = b"".join(parts)
    wanted = [0, *accumulate(len(line) + 1 for line in text.split(b"\n")[:-1])]
    if wanted[-1] != len(text):
        wanted.append(len(text))
    assert line_starts(np.frombuffer(text, np.uint8)).tolist() == wanted
