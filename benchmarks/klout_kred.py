"""What agrees with Klout's and Kred's scores of 2013: `python -m benchmarks.klout_kred`.

Reads ../shared/data/klout-kred-2013. For information: Klout's score is no truth. Figures of follows are made
here from the follow graph itself; mentions are counted in the collected tweets.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import iterparse

import numpy as np

from renown.evaluate.metrics import ranked, spearman

ROOT = Path(__file__).parents[1]
FOLDER = ROOT.parent / "shared" / "data" / "klout-kred-2013"
NODES = FOLDER / "cpc_nodes_extracted.csv"
FOLLOWS = FOLDER / "follows_cpc.gexf.gz"
TWEETS = ("cpc_tweets_hashtag.csv", "cpc_users_typical_tweets.csv")
DRAWS = 1000
MENTION = re.compile(r"@(\w{1,15})")
REPOST = re.compile(r"^\s*RT @(\w{1,15})", re.IGNORECASE)
ATTENTION_EXPONENT = 1 / 3


def read_nodes() -> dict[str, dict[str, str]]:
    """Accounts with a Klout score, by Twitter id."""
    with NODES.open(encoding="utf8", errors="replace", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file) if row["klout_score"]}


def read_follows() -> Iterator[tuple[str, str]]:
    """Edges of the follow graph, each once, by the nodes' labels."""
    labels, seen = {}, set()
    with gzip.open(FOLLOWS) as file:
        for _, element in iterparse(file):
            name = element.tag.rpartition("}")[2]
            if name == "node":
                labels[element.get("id")] = (element.get("label") or "").lower()
            elif name == "edge":
                edge = (labels[element.get("source")], labels[element.get("target")])
                if edge[0] != edge[1] and edge not in seen:
                    seen.add(edge)
                    yield edge
            element.clear()


def read_mentions() -> Iterator[tuple[str, str, bool]]:
    """Who mentions whom in the collected tweets, each tweet once; and whether it is a repost of them."""
    seen = set()
    for name in TWEETS:
        with (FOLDER / name).open(encoding="utf8", errors="replace", newline="") as file:
            for row in csv.DictReader(file):
                if row["Twitter ID"] in seen:
                    continue
                seen.add(row["Twitter ID"])
                author, text = (row["Screen Name"] or "").lower(), row["Text"] or ""
                reposted = {match.lower() for match in REPOST.findall(text)}
                for whom in {match.lower() for match in MENTION.findall(text)} - {author}:
                    yield author, whom, whom in reposted


def pagerank(edges: list[tuple[str, str]], rounds: int = 60) -> dict[str, float]:
    """PageRank (damping 0.85) of whoever is followed; accounts without follows spread evenly."""
    names = sorted({side for edge in edges for side in edge})
    place = {name: number for number, name in enumerate(names)}
    source, target = (np.array([place[edge[side]] for edge in edges]) for side in (0, 1))
    out = np.bincount(source, minlength=len(names))
    rank = np.full(len(names), 1 / len(names))
    for _ in range(rounds):
        share = np.where(out > 0, rank / np.maximum(out, 1), 0)
        flowed = np.bincount(target, share[source], len(names)) + rank[out == 0].sum() / len(names)
        rank = 0.15 / len(names) + 0.85 * flowed
    return dict(zip(names, rank, strict=True))


def figures(nodes: dict[str, dict[str, str]]) -> dict[str, np.ndarray]:
    """Each figure of every account, in the order of the nodes."""
    follows = list(read_follows())
    mentions = list(read_mentions())
    by_source: dict[str, Counter[str]] = defaultdict(Counter)
    for author, whom, _ in mentions:
        by_source[whom][author] += 1
    followed = Counter(target for _, target in follows)
    rank = pagerank(follows)
    received = Counter(whom for _, whom, _ in mentions)
    reposted = Counter(whom for _, whom, is_repost in mentions if is_repost)
    labels = [row["label"].lower() for row in nodes.values()]
    with (FOLDER / "cpc_mention_counts.csv").open(encoding="utf8", newline="") as file:
        counted = {row["Twitter ID"]: float(row["Interaction count"] or 0) for row in csv.DictReader(file)}

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name] or 0) for row in nodes.values()])

    def of(counts: dict[str, float] | Counter[str]) -> np.ndarray:
        return np.array([float(counts.get(label, 0)) for label in labels])

    earned = {
        whom: sum(count**ATTENTION_EXPONENT for count in people.values())
        for whom, people in by_source.items()
    }
    return {
        "Kred influence": column("kred_influence"),
        "Kred outreach": column("kred_outreach"),
        "followers": column("followers_count"),
        "lists": column("listed_count"),
        "posts": column("statuses_count"),
        "following": column("friends_count"),
        "followers within the graph": of(followed),
        "PageRank of the follow graph": of(rank),
        "interactions counted by the collectors": np.array([counted.get(one, 0.0) for one in nodes]),
        "mentions received": of(received),
        "reposts received": of(reposted),
        "people who mention": of({whom: float(len(people)) for whom, people in by_source.items()}),
        "earned attention from mentions": of(earned),
    }


def interval(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Middle 95 of 100 resamples of the accounts."""
    draw = np.random.default_rng(0)
    x, y = ranked(one), ranked(other)
    weights = (draw.poisson(1, len(one)).astype(np.float64) for _ in range(DRAWS))
    low, high = np.quantile([spearman(x, y, weight) for weight in weights], [0.025, 0.975])
    return float(low), float(high)


def agreement() -> list[tuple[str, float, float, float, float, int]]:
    """Spearman with Klout with its interval, Spearman with Kred's influence, accounts above 0; by figure."""
    nodes = read_nodes()
    klout = np.array([float(row["klout_score"]) for row in nodes.values()])
    found = figures(nodes)
    kred = found["Kred influence"]
    return [
        (
            name,
            spearman(ranked(values), ranked(klout)),
            *interval(values, klout),
            spearman(ranked(values), ranked(kred)),
            int((values > 0).sum()),
        )
        for name, values in found.items()
    ]


def main() -> None:
    rows = agreement()
    print(f"{len(read_nodes())} accounts with a Klout score")
    for name, klout, low, high, kred, count in rows:
        print(f"| {name} | {klout:.2f} [{low:.2f}, {high:.2f}] | {kred:.2f} | {count:,} |")


if __name__ == "__main__":
    main()
