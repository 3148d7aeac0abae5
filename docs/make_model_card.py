"""Write docs/reference/model-card.md, the card of the shipped definition: `python docs/make_model_card.py`.

It measures a simulated town, which needs nothing else, and the public data sets in --shared (default
../shared/data beside the repository): Higgs, cascades, judged pairs, Klout and Kred, labelled accounts. Sets
that are not there are left out, and the page says so. Only figures are kept. About four minutes on two cores.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from renown.api import Store
    from renown.api.model_card import ModelCardChoices
    from renown.charts.model_card_layout import AttackStory
    from renown.evaluate.model_card_records import ModelCard
    from renown.simulate import Town

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGE = DOCS / "reference" / "model-card.md"
PICTURES = DOCS / "pictures"
SHARED = ROOT.parent / "shared" / "data"
PEOPLE = 20_000
SEED = 1
SECOND_LANGUAGE_SHARE = 0.25
"""Of the town's people, so that the card can tell whether scores are worse in a smaller language."""
SCALE = 1.5
CAUSAL_ACTORS = 30
"""Of the town, whose causal readings are held to the truth; two seconds each."""
HOUR = 3600.0
DRAWN = {
    "town": ("scores", "reliability", "weights", "truth", "groups-posting"),
    "higgs": ("reliability", "prediction", "groups-people"),
}
"""Charts that get a picture; every chart has its table on the page."""

INTRODUCTION = """\
# Model card of the shipped definition

<!-- Made by `python docs/make_model_card.py`. Change it there. -->

How the scores of the shipped definition were made, how sure they are, and where they are wrong: measured on a
simulated town, whose truth is known, and on public data of real people. `renown report --model-card` makes
such a card of [a store of your own](../how-to/model-card.md). Everything on this page was measured by one run
of the script that is named above."""


def main(arguments: Sequence[str]) -> int:
    """Measure, and write the page with its pictures; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=PEOPLE, help="people of the town (default: 20,000)")
    parser.add_argument("--shared", type=Path, default=SHARED, help="the folder of the public data sets")
    parser.add_argument("--higgs", type=Path, help="the Higgs activity file (default: the one in --shared)")
    chosen = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT))
    higgs = chosen.higgs or chosen.shared / "higgs" / "activity.txt.gz"
    with tempfile.TemporaryDirectory(prefix="model-card-") as folder:
        place = Path(folder)
        store, town = town_store(place, chosen.people)
        cards = {"town": card_of(store, place / "town-attacks", town)}
        if higgs.is_file():
            cards["higgs"] = card_of(higgs_store(place, higgs), place / "higgs-attacks")
    for name, card in cards.items():
        write_pictures(name, card)
    photograph(cards["town"])
    PAGE.write_text(page(cards, chosen.people, chosen.shared), encoding="utf8")
    return 0


def town_store(folder: Path, people: int) -> tuple[Store, Town]:
    """A store of a town that was scored with trust, and the town with its truth."""
    from docs import backgrounds
    from renown.simulate import TownRules

    rules = TownRules(second_language_share=SECOND_LANGUAGE_SHARE)
    store, town = backgrounds.town_store(folder, people, SEED, rules=rules)
    store.add_posts(town.posts)
    return _scored(store), town


def higgs_store(folder: Path, file: Path) -> Store:
    """A store of the Higgs data set, scored with trust."""
    from docs import backgrounds

    return _scored(backgrounds.higgs_store(folder, file))


def _scored(store: Store) -> Store:
    store.trust(progress=_say)
    store.score(progress=_say)
    return store


def card_of(store: Store, attacks: Path, town: Town | None = None) -> ModelCard:
    """Attack a store and make its card; the bots, buyers and pods of a town are no targets and no losses."""
    truth = None if town is None else town.truth
    store.attack_lab(attacks, seed=SEED, not_genuine=truth, progress=_say)
    return store.model_card(attacks=attacks, progress=_say, **choices(store, town))


def choices(store: Store, town: Town | None) -> ModelCardChoices:
    """What cards are asked beside their stores: of a town any kind counts as the future, else reposts."""
    if town is None:
        return {"future_kinds": ["repost"]}
    causal = store.evaluate_causal(
        town.interactions, town.interaction_truth, actors=CAUSAL_ACTORS, progress=_say
    )
    return {"truth": town.truth, "causal_truth": causal}


def _story(card: ModelCard) -> AttackStory | None:
    from renown.api.model_card import attack_story

    return attack_story(card.attacks)


def write_pictures(name: str, card: ModelCard) -> None:
    """The card's charts that get a picture."""
    from renown.charts import render_png
    from renown.charts.model_card import card_figures
    from renown.charts.theme import WIDE

    PICTURES.mkdir(exist_ok=True)
    for figure, chart in card_figures(card, _story(card), width=WIDE).items():
        if figure in DRAWN[name]:
            _write_picture(f"model-card-{name}-{figure}", render_png(chart, scale=SCALE))


def photograph(card: ModelCard) -> None:
    """The first screen of the card as a page, where there is a Chromium."""
    from renown.api.model_card import write_card

    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        _say("no Chromium here: the picture of the page stays as it is", 0, None)
        return
    with tempfile.TemporaryDirectory() as folder:
        page, picture = Path(folder) / "card.html", Path(folder) / "card.png"
        write_card(card, page)
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        command += [
            "--disable-background-networking",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/profile",
        ]
        command += ["--blink-settings=preferredColorScheme=1", "--window-size=1000,700"]
        command += [f"--screenshot={picture}", page.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        _write_picture("model-card", picture.read_bytes())


def _write_picture(name: str, png: bytes) -> None:
    from PIL import Image

    image = Image.open(BytesIO(png)).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


def page(cards: dict[str, ModelCard], people: int, shared: Path) -> str:
    """The whole page."""
    from renown.charts.model_card import card_as_markdown

    titles = {"town": f"A town of {people:,} people in two languages", "higgs": "The Higgs data set"}
    parts = [INTRODUCTION]
    for name, card in cards.items():
        pictures = {figure: f"../pictures/model-card-{name}-{figure}.png" for figure in DRAWN[name]}
        parts.append(
            card_as_markdown(card, _story(card), pictures=pictures, heading="##", title=titles[name]).strip()
        )
    parts.append("## Other data sets")
    parts += other_sets(shared)
    return "\n\n".join(parts) + "\n"


def other_sets(shared: Path) -> Iterator[str]:
    """What is measured on sets that are no store of interactions; each is left out where it is not there."""
    sets: tuple[tuple[str, str, Callable[[Path], Iterator[str]]], ...] = (
        ("Who is more influential: judged pairs", "human-pairs/pairs.csv", judged_pairs),
        ("How far a cascade will go", "cascades/tideh.tar.gz", cascades),
        ("Klout and Kred", "klout-kred-2013", rivals),
        ("Whether an account is automated", "bots/gilani", accounts),
    )
    for title, place, measure in sets:
        yield f"### {title}"
        if (shared / place).exists():
            _say(title, 0, None)
            yield from measure(shared)
        else:
            yield f"*Not measured: the set {place} was not there.*"


def judged_pairs(shared: Path) -> Iterator[str]:
    """Agreement with people who judged pairs (Kaggle and PeerIndex, 2013)."""
    from renown.api.judging import evaluate_pairs_file

    found = evaluate_pairs_file(str(shared / "human-pairs" / "pairs.csv"))
    against = {one.measure: one for one in found.differences if one.metric == "auc"}
    yield (
        f"{found.pairs_count:,} judgements about {found.people_count:,} people;"
        f" {found.splits_count} person-disjoint splits. The model describes judges and enters no score;"
        " [Human judgement](../concepts/human-judgement.md) has every signal."
    )
    told = ("logistic, all log differences", "human judgement, fitted again", "reactions only, fitted again")
    rows = [one for one in found.split_measures if one.measure in (*told, "followers_count")]
    yield _table(
        ("measure", "AUC", "less the logistic regression", "accuracy", "ECE"),
        [
            (
                one.measure,
                f"{one.auc:.3f}",
                _spread(against.get(one.measure)),
                f"{one.accuracy:.3f}",
                f"{one.ece:.3f}",
            )
            for one in rows
        ],
    )


def _spread(one: object) -> str:
    if one is None:
        return ""
    return f"{one.difference:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"  # type: ignore[attr-defined]


def cascades(shared: Path) -> Iterator[str]:
    """The forecast of a cascade's final size after its first hour, beside baselines on the same folds."""
    from benchmarks import forecast, forecast_card

    yield (
        "Median absolute percentage error of the final size after the first hour, each cascade forecast by a"
        " fit that had not seen it. Less: Renown's error less the method's, with 95 % of paired resamples."
        " [Forecasts](../concepts/forecast.md) has other times and says what each method is."
    )
    for collection in (forecast_card.tideh(), forecast_card.trees()):
        found = forecast.compare(collection, HOUR)
        differences = found.differences()
        yield (
            f"{collection.says}; {len(collection.cascades):,} cascades. The 90 % intervals held"
            f" {found.covered.mean() * 100:.1f} % of the final sizes."
        )
        yield _table(
            ("method", "error", "Renown less it"),
            [
                (name, f"{error:.3f}", _plain_spread(differences.get(name)))
                for name, error in found.median_errors().items()
            ],
        )


def _plain_spread(found: tuple[float, float, float] | None) -> str:
    return "" if found is None else f"{found[0]:+.3f} [{found[1]:+.3f}, {found[2]:+.3f}]"


def rivals(shared: Path) -> Iterator[str]:
    """What agreed with Klout's score, as information."""
    from benchmarks.klout_kred import agreement, read_nodes

    yield (
        f"{len(read_nodes()):,} Canadian political accounts of 2013. This is information and no test: Klout's"
        " score is not the truth. Spearman's rank correlation with it, with 95 % of resamples:"
    )
    yield _table(
        ("figure", "with Klout", "with Kred's influence", "accounts above 0"),
        [
            (name, f"{klout:.2f} [{low:.2f}, {high:.2f}]", f"{kred:.2f}", f"{count:,}")
            for name, klout, low, high, kred, count in agreement()
        ],
    )


def accounts(shared: Path) -> Iterator[str]:
    """Account evidence on accounts that people labelled, across bands of followers."""
    from benchmarks.account_card import BANDS, read_band
    from benchmarks.accounts import SETS, crossings, figures, fit_card, probabilities

    bands = {band: read_band(band) for band in BANDS}
    yield (
        "Accounts that people labelled (Gilani and others 2017), fitted on accounts of one size and tested on"
        " those of another. [Account evidence](../concepts/account-evidence.md) has more."
    )
    rows = []
    for name in ("all columns", "without posting tools"):
        for way, train, test in crossings(bands):
            found = figures(test.labels, probabilities(fit_card([train]), test.without(*SETS[name])))
            told = (f"{found[key]:.3f}" for key in ("auc", "accuracy", "f1", "balanced", "ece"))
            rows.append((name, way, *told))
    yield _table(("known", "fitted and tested", "AUC", "accuracy", "F1", "balanced", "ECE"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _say(stage: str, done: int, total: int | None) -> None:
    print(f"{stage}: {done} of {total}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
