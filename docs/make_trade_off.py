"""Write docs/reference/trust-trade-off.md: what turning each dial of trust gives up, and for what.

`python docs/make_trade_off.py` turns the dials on a simulated town, which needs nothing else; with --higgs
FILE also on the Higgs data set (higgs-activity_time.txt of SNAP, packed or not), of which only figures are
kept.
Every attack is played once and judged by every rule; a few minutes each.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from renown.charts import Chart
    from renown.evaluate.attacks.injecting import Injected
    from renown.evaluate.attacks.playing import Bench, Play
    from renown.store import TableStore
    from renown.trust import TrustRule

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGE = DOCS / "reference" / "trust-trade-off.md"
PICTURE = DOCS / "pictures" / "trust-trade-off.png"
PEOPLE = 20_000
SEEDS = (1, 2, 3)
SCALE = 1.5
TOP_COUNT = 1_000

DIALS: dict[str, tuple[float, ...]] = {
    "few_power": (0.0, 4.0, 8.0, 12.0, 20.0),
    "beside_share": (0.01, 0.3, 0.45, 0.6, 0.8),
    "crowd_multiple": (5.0, 10.0, 20.0, 40.0, 80.0),
    "usual_strangers": (0.001, 0.01, 0.1, 1.0, 3.0),
    "even_from": (10.0, 25.0, 50.0, 100.0, 10_000.0),
    "proven_from": (0.0, 2.0, 4.0, 8.0),
    "doubted_points_share": (0.05, 0.08, 0.1, 0.15, 0.2),
}
"""Numbers of `TrustRule`, each turned while all others stay as shipped."""

MEANINGS = {
    "few_power": "by which power of their number a crowd is doubted for which fewer than two known people"
    " vouch; 0: it is not",
    "beside_share": "the share of strangers that must come within 15 minutes of known people for a large"
    " audience to be believed wholly; 0.01: hardly any",
    "crowd_multiple": "strangers believed for each known person in a crowd that is mixed as crowds are",
    "usual_strangers": "strangers for each known person in the whole network below which fewer of them are"
    " believed, in proportion",
    "even_from": "strangers who may come evenly all day, of one audience on one day; 10,000: nobody asks",
    "proven_from": "believed people below which nobody of an audience is believed wholly, where strangers are"
    " usual; 0: nobody asks",
    "doubted_points_share": "share of the points that doubted attention would add which it does add",
}
ATTACKS = (
    "fresh-10-days",
    "fresh-100-days",
    "fresh-1000-days",
    "fresh-1000-days-top",
    "camouflaged-1000",
    "aged-1000",
)
METRICS = ("NDCG@100", "NDCG@1000", "rank correlation")


@dataclass(frozen=True, eq=False)
class Setting:
    """A rule with one dial turned."""

    dial: str
    value: float
    rule: TrustRule
    is_shipped: bool


@dataclass(eq=False)
class Outcome:
    """What a setting came to on one background."""

    median_lost: float = 0.0
    p99_lost: float = 0.0
    gained: dict[str, list[float]] = field(default_factory=dict)
    kept: dict[str, list[float]] = field(default_factory=dict)
    figures: list[tuple[float, ...]] = field(default_factory=list)
    """held-out prediction, split by split, in the order of METRICS"""

    def shares(self) -> dict[str, float]:
        """Of each attack the share of its points that it keeps, means over targets."""
        return {
            name: statistics.fmean(self.kept[name]) / statistics.fmean(self.gained[name])
            for name in self.kept
        }

    def changes(self) -> list[float]:
        """By what part trust changes each figure of prediction, means over splits."""
        means = [statistics.fmean(column) for column in zip(*self.figures, strict=True)]
        return [means[place] / means[place + len(METRICS)] - 1 for place in range(len(METRICS))]


def main(arguments: Sequence[str]) -> int:
    """Turn the dials, and write the page with its picture; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=PEOPLE, help="people of the town (default: 20,000)")
    parser.add_argument("--higgs", type=Path, help="the Higgs activity file, to turn the dials on as well")
    chosen = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="trade-off-") as folder:
        town = turn_on_town(Path(folder), chosen.people)
        higgs = turn_on_higgs(Path(folder), chosen.higgs) if chosen.higgs else None
    place = "the Higgs data set" if higgs else f"a town of {chosen.people:,} people"
    chart = write_picture(higgs or town, place)
    PAGE.write_text(page(town, higgs, chosen.people, chart), encoding="utf8")
    return 0


# ---- backgrounds


def turn_on_town(folder: Path, people: int) -> dict[Setting, Outcome]:
    """Every setting on a town; its own bots, buyers and pods are no targets and no losses."""
    from docs import backgrounds
    from renown.api.attack_lab import not_genuine_ids

    store, town = backgrounds.town_store(folder, people, SEEDS[0])
    return measure(store, not_genuine_ids(town.truth), has_future=False)


def turn_on_higgs(folder: Path, file: Path) -> dict[Setting, Outcome]:
    """Every setting on the Higgs data set."""
    from docs import backgrounds

    return measure(backgrounds.higgs_store(folder, file), [], has_future=True)


def settings() -> list[Setting]:
    """Every dial at every value; the shipped rule once in each dial."""
    import msgspec

    from renown.trust import TrustRule

    shipped = TrustRule()
    return [
        Setting(
            dial, value, msgspec.structs.replace(shipped, **{dial: value}), getattr(shipped, dial) == value
        )
        for dial, values in DIALS.items()
        for value in sorted({*values, getattr(shipped, dial)})
    ]


# ---- measuring


def measure(store: TableStore, not_genuine: Sequence[str], *, has_future: bool) -> dict[Setting, Outcome]:
    """Losses, attacks and, where asked, prediction, of every setting."""
    found = {setting: Outcome() for setting in settings()}
    measure_attacks(store, not_genuine, found)
    if has_future:
        measure_prediction(store, found)
    return found


def attention_by_rule(
    store: TableStore, as_of: datetime, among: Sequence[Setting]
) -> Iterator[NDArray[np.float64]]:
    """Earned attention of every actor by key, undefended and then by each setting: ties are read once."""
    import numpy as np

    from renown.trust import compute_trust
    from renown.trust.weighing import weigh_ties

    found = compute_trust(store, as_of=as_of)
    ties = found.ties
    yield np.bincount(ties.target, ties.attention, ties.actors_count).astype(np.float64, copy=False)
    trust = np.ones(ties.actors_count)
    known = found.factors().trust
    trust[: known.size] = known
    given = ties.attention * trust[ties.source]
    weighed: dict[str, NDArray[np.float64]] = {}
    for setting in among:
        name = setting.rule.content_hash()
        if name not in weighed:
            # A table of its own: weighing puts audiences in order of time, which the next one would notice.
            by_rule = weigh_ties(replace(ties), setting.rule)
            counted = given.copy()
            counted[by_rule.doubted] *= by_rule.independence
            attention = np.bincount(ties.target, counted, ties.actors_count)
            weighed[name] = attention.astype(np.float64, copy=False)
        yield weighed[name]


def measure_attacks(store: TableStore, not_genuine: Sequence[str], found: Mapping[Setting, Outcome]) -> None:
    """What genuine actors lose without an attack, and what each attack keeps, by every setting."""
    import numpy as np

    from renown.definitions import load_definition
    from renown.evaluate.attacks import LabTerms, choose_attacks
    from renown.evaluate.attacks.background import read_field
    from renown.evaluate.attacks.playing import Bench, plan_rounds
    from renown.scoring import compute_scores

    definition = load_definition()
    scored = compute_scores(store, definition=definition)
    ground = read_field(store, scored, definition, not_genuine)
    calm = points_by_rule(store, scored.as_of, list(found))
    genuine = scored.actor_key[~np.isin(scored.actor_key, ground.not_genuine)]
    top = genuine[np.argsort(-calm[0][genuine], kind="stable")][:TOP_COUNT]
    for place, outcome in enumerate(found.values(), 1):
        lost = calm[0][top] - calm[place][top]
        outcome.median_lost, outcome.p99_lost = float(np.median(lost)), float(np.quantile(lost, 0.99))
    for seed in SEEDS:
        bench = Bench(ground, definition, scored.as_of, LabTerms(seed=seed), None, None)
        rounds = plan_rounds(choose_attacks(ATTACKS), bench)
        for number, planned in enumerate(rounds):
            _say(f"seed {seed}, attacking", number, len(rounds))
            play(bench, planned, number, (calm, found))


def play(
    bench: Bench,
    planned: Sequence[Play],
    number: int,
    into: tuple[list[NDArray[np.float64]], Mapping[Setting, Outcome]],
) -> None:
    """One round of attacks in a copy of the store, scored undefended and by every setting."""
    calm, found = into
    with tempfile.TemporaryDirectory(prefix="attacked-") as folder:
        copy, injected = attacked_copy(bench, planned, number, Path(folder))
        attacked = points_by_rule(copy, bench.as_of, list(found))
    for one in injected:
        gained = [
            float((after[one.beneficiaries] - before[one.beneficiaries]).mean())
            for before, after in zip(calm, attacked, strict=True)
        ]
        for outcome, kept in zip(found.values(), gained[1:], strict=True):
            outcome.gained.setdefault(one.plan.name, []).append(gained[0])
            outcome.kept.setdefault(one.plan.name, []).append(kept)


def attacked_copy(
    bench: Bench, planned: Sequence[Play], number: int, folder: Path
) -> tuple[TableStore, list[Injected]]:
    """A copy of the store with a round's attacks in it, cast as the laboratory casts them."""
    import numpy as np

    from renown.evaluate.attacks.background import Casting
    from renown.evaluate.attacks.injecting import inject
    from renown.simulate.attacks import build_attack
    from renown.store.copying import copy_store

    casting = Casting(bench.field, np.random.default_rng([bench.terms.seed, number]))
    chosen = [(play, casting.cast(play.plan)) for play in planned]
    casts = [(play, cast) for play, cast in chosen if not isinstance(cast, str)]
    background = bench.field.background.without(np.concatenate([cast.beneficiaries for _, cast in casts]))
    attacks = [
        (
            play.plan,
            cast,
            build_attack(play.plan, cast, background, seed=bench.terms.seed, repeat=play.repeat),
        )
        for play, cast in casts
    ]
    copy = copy_store(bench.field.store, folder)
    return copy, inject(copy, bench.field, attacks)


def points_by_rule(store: TableStore, as_of: datetime, among: Sequence[Setting]) -> list[NDArray[np.float64]]:
    """Scores of every actor by key: undefended, then by each setting."""
    from renown.definitions import load_definition
    from renown.scoring.scale import scores_of

    definition = load_definition()
    return [scores_of(earned, definition) for earned in attention_by_rule(store, as_of, among)]


def measure_prediction(store: TableStore, found: Mapping[Setting, Outcome]) -> None:
    """How well the score by each setting foretells whom new people react to, as `renown evaluate` asks it."""
    from renown.definitions import load_definition
    from renown.evaluate.splits import default_splits
    from renown.evaluate.window import open_window, read_window

    splits = default_splits(store)
    half_lives = [load_definition().half_life_days]
    with open_window(store) as engine:
        for place, split in enumerate(splits):
            _say("predicting", place, len(splits))
            ties = read_window(engine, split, future_kinds=(), half_lives=half_lives).ties
            actors = ties.received()
            new_people = ties.new_people(actors)
            earned = attention_by_rule(store, split.train_until, list(found))
            plain = figures_of(next(earned)[actors], new_people)
            for outcome, attention in zip(found.values(), earned, strict=True):
                by_rule = figures_of(attention[actors], new_people)
                outcome.figures.append((*by_rule, *plain))


def figures_of(attention: NDArray[np.float64], new_people: NDArray[np.float64]) -> tuple[float, ...]:
    """NDCG of the first 100 and 1,000 places, and the rank correlation over all."""
    import numpy as np

    from renown.evaluate.metrics import ndcg, ranked, spearman

    order, gains = ranked(attention), np.log2(1 + new_people)
    return (ndcg(order, gains, 100), ndcg(order, gains, 1000), spearman(order, ranked(new_people)))


# ---- the page


INTRODUCTION = """\
# What trust gives up, and for what

<!-- Made by `python docs/make_trade_off.py`. Change it there. -->

Every number of [the trust rule](../concepts/trust.md) trades points that attackers keep against points that
genuine actors lose. Here each of {count} is turned while all others stay as shipped (**bold**):"""

METHOD = """\
Attacks keep: score of the target after the attack less before, with trust, as a part of the same without;
means over targets, then over {count} attacks of
[the catalogue](../how-to/run-the-attack-laboratory.md#the-attacks), chosen to differ: {names}. Each was cast
{seeds} times, by the seeds {listed}, on up to five targets a time. All settings judge the same attacks, so
that differences between lines are theirs. Losses: of the {top:,} genuine actors with the highest scores,
without any attack. Everything is weighed as of just after the newest interaction, by renown-1.

[The attack report](attack-cost.md) has every attack, at several moments, by the shipped rule, which is
{rule}."""

PREDICTION = """\
Held-out prediction is what `renown evaluate` measures: how well the score of a moment foretells whom new
people react to afterwards, means of three splits. The columns say by how much trust changes it."""


def write_picture(found: Mapping[Setting, Outcome], place: str) -> Chart:
    """The settings, drawn into docs/pictures; the chart."""
    from PIL import Image

    from renown.charts import TradeOffPoint, chart_trade_off, render_png

    points = [
        TradeOffPoint(
            dial=setting.dial,
            setting=setting.value,
            lost_points=outcome.p99_lost,
            kept_share=statistics.fmean(outcome.shares().values()),
            is_shipped=setting.is_shipped,
        )
        for setting, outcome in found.items()
    ]
    chart = chart_trade_off(points, subtitle=place)
    PICTURE.parent.mkdir(exist_ok=True)
    # A few dozen colours: a palette makes the file a quarter as large and changes nothing one can see.
    drawn = Image.open(BytesIO(render_png(chart, scale=SCALE))).convert("RGB")
    drawn.quantize(256, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
    return chart


def page(
    town: Mapping[Setting, Outcome], higgs: Mapping[Setting, Outcome] | None, people: int, chart: Chart
) -> str:
    """The whole page."""
    from renown.charts.words import number_word
    from renown.trust import TrustRule

    picture = f"![{chart.description}](../pictures/{PICTURE.name})"
    meanings = "\n".join(f"- `{dial}`: {meaning}." for dial, meaning in MEANINGS.items())
    parts = [INTRODUCTION.format(count=number_word(len(DIALS))), meanings]
    if higgs is not None:
        parts += [
            "## On the Higgs data set",
            chart.description,
            picture,
            PREDICTION,
            prediction_words(higgs),
            table(higgs),
        ]
    parts += [f"## On a town of {people:,} people", "" if higgs else picture, town_words(town), table(town)]
    method = METHOD.format(
        count=number_word(len(ATTACKS)),
        names=", ".join(f"`{name}`" for name in ATTACKS),
        seeds=number_word(len(SEEDS)),
        listed=", ".join(map(str, SEEDS)),
        top=TOP_COUNT,
        rule=TrustRule().content_hash()[:12],
    )
    parts += ["## How this was measured", method]
    return "\n\n".join(part for part in parts if part) + "\n"


def prediction_words(found: Mapping[Setting, Outcome]) -> str:
    """How much of prediction the mildest setting costs."""
    falls = {setting: min(outcome.changes()) for setting, outcome in found.items()}
    mildest = max(falls, key=lambda setting: falls[setting])
    shipped = next(fall for setting, fall in falls.items() if setting.is_shipped)
    least = falls[mildest]
    at_best = f"falls by {-least:.1%}" if least < 0 else f"rises by {least:.1%}"
    return (
        f"Of the three figures the one that trust lowers most falls by {-shipped:.1%} with the shipped rule;"
        f" where that is least, at `{mildest.dial}` {mildest.value:g}, it {at_best}."
    )


def town_words(town: Mapping[Setting, Outcome]) -> str:
    """What genuine actors of the town lose at most, by any setting."""
    most = max(outcome.p99_lost for outcome in town.values())
    return (
        f"By no setting does one genuine actor in a hundred lose more than {most:.2f} points: people of the"
        " town know each other, so that few of them are strangers, and there strangers are hardly believed."
    )


def table(found: Mapping[Setting, Outcome]) -> str:
    """Every setting as a line: what attacks keep, what genuine actors lose, what becomes of prediction."""
    has_future = any(outcome.figures for outcome in found.values())
    headings = [
        "number",
        "setting",
        "attacks keep",
        "the worst keeps",
        "which",
        "median loss",
        "one in 100 loses",
    ]
    headings += METRICS if has_future else ()
    head = [headings, ["---", *["---:"] * 3, "---", *["---:"] * (len(headings) - 5)]]
    rows = {setting: cells(setting, outcome) for setting, outcome in found.items()}
    shipped = next(row for setting, row in rows.items() if setting.is_shipped)[2:]
    told = [row for setting, row in rows.items() if setting.is_shipped or row[2:] != shipped]
    lines = "\n".join(f"| {' | '.join(line)} |" for line in [*head, *told])
    alike = [setting for setting, row in rows.items() if not setting.is_shipped and row[2:] == shipped]
    if not alike:
        return lines
    values = {dial: [f"{one.value:g}" for one in alike if one.dial == dial] for dial in DIALS}
    names = "; ".join(f"`{dial}` {', '.join(each)}" for dial, each in values.items() if each)
    return f"{lines}\n\nThe same as the shipped rule to every digit here, and left out: {names}."


def cells(setting: Setting, outcome: Outcome) -> list[str]:
    """One line of the table."""
    shares = outcome.shares()
    worst = max(shares, key=lambda name: shares[name])
    value = f"{setting.value:g}"
    return [
        f"`{setting.dial}`",
        f"**{value}**" if setting.is_shipped else value,
        f"{statistics.fmean(shares.values()):.3f}",
        f"{shares[worst]:.2f}",
        f"`{worst}`",
        f"{outcome.median_lost:.2f}",
        f"{outcome.p99_lost:.2f}",
        *(f"{change:+.1%}".replace("-", "−") for change in (outcome.changes() if outcome.figures else ())),
    ]


def _say(stage: str, done: int, total: int | None) -> None:
    print(f"{stage}: {done} of {total}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
