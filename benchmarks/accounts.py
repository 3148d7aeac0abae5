"""Figures of docs/concepts/account-evidence.md, measured anew: `python -m benchmarks.accounts`.

Reads ../shared/data. Within a band: ten-fold cross-validation. Across bands: fitted without the band that is
tested, threshold 0.5. scikit-learn gives measures and boosted trees, as an outside witness.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec
import numpy as np
from sklearn import metrics
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold

from benchmarks.account_card import BANDS, CORE_KNOTS, SHARED, Labelled, fit_card, joined, read_band
from renown.trust.accounts import judge_accounts
from renown.trust.accounts_card import AccountCard, load_account_card
from renown.trust.accounts_mapping import parse_account_mapping
from renown.trust.accounts_reading import read_accounts

FOLDS = 10
BINS = 10
NO_TOOLS = ("posting_tools",)
NO_RATIO = (*NO_TOOLS, "followers_per_following", "handle")
SETS: dict[str, tuple[str, ...]] = {
    "all columns": (),
    "without posting tools": NO_TOOLS,
    "without tools, ratio, handle": NO_RATIO,
    "profile only": (*NO_TOOLS, "own_post_count", "repost_count", "reply_count", "url_count"),
    "behaviour only": (*NO_RATIO, "liked_count", "posts_per_day", "age_days"),
}

TWIBOT_MAPPING = """
[row]
id = "id"
[columns]
followers_count = "public_metrics.followers_count"
following_count = "public_metrics.following_count"
posts_count = "public_metrics.tweet_count"
listed_count = "public_metrics.listed_count"
created_at = "created_at"
handle = "username"
display_name = "name"
bio = "description"
is_protected = "protected"
"""


def expected_calibration_error(labels: np.ndarray, probability: np.ndarray) -> float:
    """Mean over ten bins of equal width, weighted by size, of |mean probability - share of bots|."""
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = [
        (place == bin_).mean() * abs(probability[place == bin_].mean() - labels[place == bin_].mean())
        for bin_ in range(BINS)
        if (place == bin_).any()
    ]
    return float(sum(gaps))


def figures(labels: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """What is reported of every judgement."""
    said = probability > 0.5
    people = np.sort(probability[labels == 0])[::-1]
    allowed = people[int(0.01 * len(people))]
    return {
        "auc": float(metrics.roc_auc_score(labels, probability)),
        "accuracy": float(metrics.accuracy_score(labels, said)),
        "f1": float(metrics.f1_score(labels, said)),
        "balanced": float(metrics.balanced_accuracy_score(labels, said)),
        "ece": expected_calibration_error(labels, probability),
        "recall at 1 % fpr": float((probability[labels == 1] > allowed).mean()),
    }


def probabilities(card: AccountCard, labelled: Labelled) -> np.ndarray:
    return judge_accounts(labelled.accounts, card=card).automated_probability


def cross_validated(labelled: Labelled, left_out: tuple[str, ...] = ()) -> np.ndarray:
    """Probabilities of each account by a card fitted without its fold; `left_out` is unknown when judged."""
    found = np.zeros(len(labelled.labels))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(found, labelled.labels):
        card = fit_card([labelled.at(train)])
        found[test] = probabilities(card, labelled.at(test).without(*left_out))
    return found


def crossings(bands: dict[str, Labelled]) -> Iterator[tuple[str, Labelled, Labelled]]:
    for train, test in (BANDS, BANDS[::-1]):
        yield f"{train} to {test}", bands[train], bands[test]


def gilani(bands: dict[str, Labelled]) -> Iterator[tuple[str, dict[str, float]]]:
    """Within and across bands, by what is known when judged."""
    for name, left_out in SETS.items():
        for band, labelled in bands.items():
            yield f"{name} | within {band}", figures(labelled.labels, cross_validated(labelled, left_out))
        for way, train, test in crossings(bands):
            yield (
                f"{name} | {way}",
                figures(test.labels, probabilities(fit_card([train]), test.without(*left_out))),
            )


def pooled(bands: dict[str, Labelled]) -> Iterator[tuple[str, dict[str, float]]]:
    """What the shipped card should reach: fitted on both bands, each account judged by a fit without it."""
    every = joined(*bands.values())
    which = np.concatenate([np.full(len(part.labels), place) for place, part in enumerate(bands.values())])
    strata = which * 2 + every.labels
    for name in ("all columns", "without posting tools", "without tools, ratio, handle"):
        found = np.zeros(len(which))
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(found, strata):
            card = fit_card([every.at(train[which[train] == place]) for place in range(len(bands))])
            found[test] = probabilities(card, every.at(test).without(*SETS[name]))
        for place, band in enumerate(bands):
            rows = which == place
            yield f"{name} | {band}", figures(every.labels[rows], found[rows])


def calibration_floor(probability: np.ndarray, rounds: int = 200) -> float:
    """The ECE that chance alone gives when the probabilities are exactly right."""
    draw = np.random.default_rng(0)
    drawn = (draw.random(len(probability)) < probability for _ in range(rounds))
    return float(np.mean([expected_calibration_error(one.astype(float), probability) for one in drawn]))


def boosted(bands: dict[str, Labelled]) -> Iterator[tuple[str, dict[str, float]]]:
    """Boosted trees on the same numbers, untransformed, without the posting tools."""

    def table(labelled: Labelled) -> np.ndarray:
        return np.stack(list(labelled.accounts.numbers.values()), axis=1)

    for way, train, test in crossings(bands):
        model = HistGradientBoostingClassifier(max_depth=3, learning_rate=0.05, max_iter=200)
        model.fit(table(train), train.labels)
        yield f"boosted trees | {way}", figures(test.labels, model.predict_proba(table(test))[:, 1])


def adapted(bands: dict[str, Labelled]) -> Iterator[tuple[str, dict[str, float]]]:
    """What adapting to the unlabelled file would do: base rate by EM (Saerens 2002), centred log odds."""
    for way, train, test in crossings(bands):
        card = fit_card([train])
        plain = probabilities(card, test.without(*NO_TOOLS))
        yield f"as shipped | {way}", figures(test.labels, plain)
        yield f"base rate by EM | {way}", figures(test.labels, _by_em(plain, card.fit_base_rate))
        own = probabilities(card, train.without(*NO_TOOLS))
        shift = np.mean(_log_odds(own)) - np.mean(_log_odds(plain))
        yield f"centred | {way}", figures(test.labels, 1 / (1 + np.exp(-_log_odds(plain) - shift)))


def _log_odds(probability: np.ndarray) -> np.ndarray:
    return np.log(probability / (1 - probability))


def _by_em(probability: np.ndarray, trained: float) -> np.ndarray:
    rate, found = trained, probability
    for _ in range(500):
        shift = np.log(rate / (1 - rate)) - np.log(trained / (1 - trained))
        found = 1 / (1 + np.exp(-_log_odds(probability) - shift))
        rate = float(np.clip(found.mean(), 1e-4, 1 - 1e-4))
    return found


def ablations(bands: dict[str, Labelled]) -> Iterator[tuple[str, dict[str, float]]]:
    """AUC across bands when one term is left out of the fit."""
    for code in (None, *CORE_KNOTS):
        for way, train, test in crossings(bands):
            card = fit_card([train])
            lines = [
                msgspec.structs.replace(line, points=[0.0] * len(line.points), usual=0.0)
                if line.code == code
                else line
                for line in card.lines
            ]
            card = msgspec.structs.replace(card, lines=lines)
            yield (
                f"without {code} | {way}",
                figures(test.labels, probabilities(card, test.without(*NO_TOOLS))),
            )


def without_points(bands: dict[str, Labelled]) -> Iterator[tuple[str, dict[str, float]]]:
    """Columns that carry no points: lists alone; the number of programs beside six terms."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    for band in BANDS:
        per_day = _lists_per_day(band)
        per_post = per_day / bands[band].accounts.numbers["posts_per_day"]
        labels = bands[band].labels
        yield f"lists a day | {band}", {"auc": float(metrics.roc_auc_score(labels, per_day))}
        yield f"lists a post | {band}", {"auc": float(metrics.roc_auc_score(labels, per_post))}
    for has_programs in (False, True):
        for way, train, test in crossings(bands):
            card = fit_card([train])
            model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1))
            model.fit(_six_terms(card, train, has_programs), train.labels)
            judged = model.predict_proba(_six_terms(card, test, has_programs))[:, 1]
            name = "logistic on six terms" + (" and number of programs" if has_programs else "")
            yield f"{name} | {way}", {"auc": float(metrics.roc_auc_score(test.labels, judged))}


def _lists_per_day(band: str) -> np.ndarray:
    import csv

    rows = []
    for kind in ("bots", "humans"):
        with (SHARED / "bots" / "gilani" / f"{kind}.{band}.csv").open(encoding="utf8") as lines:
            rows += [float(row["lists_per_user"]) for row in csv.DictReader(lines)]
    return np.array(rows)


def _six_terms(card: AccountCard, labelled: Labelled, has_programs: bool) -> np.ndarray:
    columns = [
        np.nan_to_num(line.points_of(line.term.measure(labelled.accounts).scored) - line.usual)
        for line in card.lines_of("core")[:6]
    ]
    programs = np.clip(labelled.accounts.numbers["source_count"], 1, 4)
    return np.stack([*columns, *([programs] if has_programs else [])], axis=1)


def missing(bands: dict[str, Labelled], rounds: int = 40) -> dict[str, list[float]]:
    """ECE with random columns unknown, in the band fitted on (in sample) and in the other."""
    draw = np.random.default_rng(0)
    found: dict[str, list[float]] = {}
    for way, train, test in crossings(bands):
        card = fit_card([train])
        columns = [*train.accounts.numbers, *train.accounts.texts]
        for _ in range(rounds):
            left_out = tuple(name for name in columns if draw.random() < 0.4)
            for name, labelled in ((f"{way}: same band", train), (f"{way}: other band", test)):
                judged = probabilities(card, labelled.without(*left_out))
                found.setdefault(name, []).append(expected_calibration_error(labelled.labels, judged))
    return found


def twibot() -> Iterator[tuple[str, float]]:
    """How far three people agree, and what the shipped card says of the profiles they looked at."""
    import pandas as pd

    said = pd.read_csv(SHARED / "bots" / "twibot" / "annotation_combine.csv")
    judgements = said.groupby("id")["label"].apply(list)
    for least in (1, 2, 3):
        one, others = _one_against_two(judgements, least)
        yield f"agreement, {least} of 4 or more is a bot", float((one == others).mean())
        yield f"  kappa ({len(one)} comparisons)", float(metrics.cohen_kappa_score(one, others))
    mapping = parse_account_mapping(TWIBOT_MAPPING)
    read = read_accounts(SHARED / "bots" / "twibot" / "Twibot20-anno_study.json", mapping)
    middle = np.array([np.median(judgements[name.strip()]) for name in read.ids])
    judged = judge_accounts(read.accounts).automated_probability
    for least in (1, 2, 3):
        labels = (middle >= least).astype(float)
        yield (
            f"shipped card, AUC at {least} or more ({labels.sum():.0f} of {len(labels)})",
            float(metrics.roc_auc_score(labels, judged)),
        )
    yield "mean probability", float(judged.mean())


def _one_against_two(judgements: object, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Each judgement beside the other two, where these agree."""
    one, others = [], []
    for labels in judgements:  # type: ignore[attr-defined]
        bots = [label >= least for label in labels]
        for place in range(len(bots)):
            rest = bots[:place] + bots[place + 1 :]
            if rest[0] == rest[1]:
                one.append(bots[place])
                others.append(rest[0])
    return np.array(one), np.array(others)


def purchased_stars() -> Iterator[tuple[str, float]]:
    """Bought against sampled repositories: from the mix of events, then with the monthly bursts."""
    events = {kind: _zst(f"250101_{kind}_repo_events.csv.zst") for kind in ("fake", "sample")}
    bought, sampled = set(events["fake"]["repo"]), set(events["sample"]["repo"])
    columns = _mix_columns()
    for name, chosen in columns.items():
        yield f"mix: {name}", _stars_auc(events, bought & sampled, chosen)
    yield "mix: all of these", _stars_auc(events, bought & sampled, *columns.values())
    for name in columns:
        others = [column for other, column in columns.items() if other != name]
        yield f"mix: all but {name}", _stars_auc(events, bought & sampled, *others)
    yield from _bursts()


def _zst(name: str):  # type: ignore[no-untyped-def]
    import pyarrow as pa
    from pyarrow import csv

    with pa.input_stream(str(SHARED / "purchased-stars" / name), compression="zstd") as stream:
        return csv.read_csv(stream).to_pandas()


Column = Callable[..., np.ndarray]


def _mix_columns() -> dict[str, Column]:
    def share(*names: str) -> Column:
        return lambda table: sum(table[name] for name in names) / (table["WatchEvent"] + 10)

    return {
        "forks for each star": share("ForkEvent"),
        "issues and comments for each star": share("IssuesEvent", "IssueCommentEvent"),
        "pull requests for each star": share("PullRequestEvent", "PullRequestReviewEvent"),
        "pushes for each star": share("PushEvent"),
        "releases for each star": share("ReleaseEvent"),
    }


def _stars_auc(events: dict[str, object], both: set[str], *columns: Column) -> float:
    """Cross-validated AUC of a logistic regression on logarithms; repositories in both sets are left out."""
    tables = {kind: table[~table["repo"].isin(both)] for kind, table in events.items()}  # type: ignore[index]
    features = np.concatenate(
        [np.stack([np.log(column(table) + 1e-3) for column in columns], axis=1) for table in tables.values()]
    )
    labels = np.concatenate([np.full(len(table), float(kind == "fake")) for kind, table in tables.items()])
    return _logistic_auc(features, labels)


def _logistic_auc(features: np.ndarray, labels: np.ndarray, groups: np.ndarray | None = None) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    folds = GroupKFold(5) if groups is not None else StratifiedKFold(5, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    found = cross_val_predict(model, features, labels, cv=folds, groups=groups, method="predict_proba")
    return float(metrics.roc_auc_score(labels, found[:, 1]))


def _bursts() -> Iterator[tuple[str, float]]:
    """Months of a campaign against other months, from counts that everybody sees."""
    months = _zst("model_stars.csv.zst").sort_values(["repo", "month"])
    stars = months["n_stars"].to_numpy(float)
    usual = months.groupby("repo")["n_stars"].transform("median").to_numpy(float)
    before = months.groupby("repo")["n_stars"].shift(1).fillna(0).to_numpy(float)
    features = {
        "stars of the month": np.log1p(stars),
        "stars against the median month of the repository": np.log1p(stars) - np.log1p(usual),
        "stars against the month before": np.log1p(stars) - np.log1p(before),
        "share of all its stars": stars / np.maximum(months["n_stars_total"].to_numpy(float), 1),
        "age in months": np.log1p(months["age"].to_numpy(float)),
        "activity": np.log1p(months["activity"].to_numpy(float)),
    }
    labels = months["campaign"].to_numpy(float)
    groups = months["repo"].to_numpy()
    for name, values in features.items():
        yield f"burst: {name}", _logistic_auc(values[:, None], labels, groups)
    yield "burst: all of these", _logistic_auc(np.stack(list(features.values()), axis=1), labels, groups)
    for left_out in features:
        kept = [values for name, values in features.items() if name != left_out]
        yield f"burst: all but {left_out}", _logistic_auc(np.stack(kept, axis=1), labels, groups)


def report() -> Iterator[str]:
    """Every figure as a line."""
    bands = {band: read_band(band) for band in BANDS}
    for part in (gilani, pooled, boosted, adapted, ablations, without_points):
        yield f"\n{re.sub('_', ' ', part.__name__)}"
        for name, row in part(bands):
            yield f"  {name:52s} " + "  ".join(f"{key} {value:.3f}" for key, value in row.items())
    yield "\nexpected calibration error with random columns unknown: mean, highest"
    for name, values in missing(bands).items():
        yield f"  {name:52s} {np.mean(values):.3f} {max(values):.3f}"
    yield f"\nshipped card {load_account_card().name} on its own bands (in sample)"
    for band, labelled in bands.items():
        row = figures(labelled.labels, probabilities(load_account_card(), labelled.without(*NO_TOOLS)))
        yield f"  {band:52s} " + "  ".join(f"{key} {value:.3f}" for key, value in row.items())
        floor = calibration_floor(probabilities(load_account_card(), labelled.without(*NO_TOOLS)))
        yield f"  {band + ': ECE by chance alone':52s} {floor:.3f}"
    for title, part in (("twibot", twibot), ("purchased stars, AUC", purchased_stars)):
        yield f"\n{title}"
        for name, value in part():
            yield f"  {name:60s} {value:.3f}"


if __name__ == "__main__":
    for line in report():
        print(line)
