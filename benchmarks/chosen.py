"""Whom to explain, chosen by a process of its own: `python -m benchmarks.chosen STORE`."""

from __future__ import annotations

import json
import sys

import numpy as np
import pyarrow.compute as pc

import renown


def chosen_actors(location: str) -> dict[str, str]:
    """The actor with the highest score of the latest run, and one with the median number of people."""
    store = renown.open(location)
    run_id = store.run().run_id
    scores = store.read("scores", ["run_id", "actor_key", "people_count"])
    of_run = scores.filter(pc.equal(scores["run_id"], run_id))
    middle = np.argsort(of_run["people_count"].to_numpy(), kind="stable")[of_run.num_rows // 2]
    (ordinary,) = store.actor_ids(np.array([of_run["actor_key"][int(middle)].as_py()])).to_pylist()
    return {"top": store.top(1)[0].actor_id, "ordinary": str(ordinary)}


if __name__ == "__main__":
    print(json.dumps(chosen_actors(sys.argv[1])))
