"""Every number by which trust is computed, in one frozen object with a hash."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from renown.kernels.coincidence import BesideRule
    from renown.kernels.crowds import CrowdRule
    from renown.kernels.even_days import EvenRule


class TrustRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers of docs/concepts/trust.md. Two rules with equal content have equal hashes.

    Example:
        >>> from renown.trust import TrustRule
        >>> TrustRule().doubted_points_share
        0.08
    """

    method: int = 2
    """counted up when the code makes other findings of the same numbers: runs of before are not taken then"""
    doubted_points_share: float = 0.08
    """share of the points that doubted attention would add which it does add"""
    near_hours: float = 4.0
    """known people vouch for a few strangers who react within so many hours of them"""
    crowd_hours: float = 12.0
    """and for many more in a crowd, within so many"""
    moment_hours: float = 1.0
    """a crowd must look like one within so many hours too"""
    calm_multiple: float = 4.0
    """strangers believed for each known person in ordinary hours"""
    calm_from: float = 8.0
    """known people from whom on that holds; below, the multiple shrinks with their number"""
    crowd_multiple: float = 40.0
    """and in a crowd that is mixed as crowds are"""
    convex_from: float = 2.0
    """that multiple is for so many known people: it grows with their number"""
    few_power: float = 20.0
    """and for fewer shrinks with this power of it"""
    few_share: float = 0.05
    """strangers believed whenever they come, for each known person of the whole audience"""
    few_from: float = 10.0
    """beyond so many of these"""
    usual_strangers: float = 1.0
    """strangers for each other person in the whole network at which the multiples hold; where strangers are
    rarer, all of them shrink in proportion"""
    usual_most: int = 20
    """people of an audience that count for that: no flood makes strangers usual"""
    beside_minutes: float = 15.0
    """strangers within so many minutes of a known person are beside one"""
    beside_share: float = 0.6
    """the share of strangers beside known people, above what the network's rhythm brings about, from which on
    a large audience is believed; below, in proportion"""
    beside_from: float = 150.0
    """strangers who need no known people beside them"""
    beside_least: int = 8
    """known people of an audience from whom on it is asked who is beside them"""
    even_parts: int = 24
    """a day is cut into so many parts in which the whole network acts equally often"""
    even_quietest: int = 3
    """strangers come evenly who come in all parts of a day as often as in the part with so-fewest of them"""
    even_from: float = 25.0
    """of whom so many a day are usual, and one more for each known person and each other stranger of it"""
    even_power: float = 2.0
    """of more of them the usual are believed, and this power of (usual / even) times fewer"""
    towering_from: float = 1.5
    """times the steady rate of strangers at which a crowd begins to stand out; wholly at twice that"""
    steady_multiple: float = 20.0
    """strangers believed for each known person where there is always a crowd"""
    steady_from: float = 10.0
    """known people from whom on that holds; below, the multiple shrinks with the square of their number"""
    crowd_from: float = 4.5
    """strangers beyond whom there is a crowd"""
    mixed_share: float = 0.07
    """at least this share of a genuine crowd acts elsewhere too"""
    single_share: float = 0.5
    """at least this share of its strangers has acted once only"""
    single_chance: float = 0.01
    """a crowd with fewer of them than this probability allows is none"""
    mixed_chance: float = 0.002
    """a crowd that acts elsewhere less than this probability allows is none"""
    many_sided_worth: float = 1.5
    """what a stranger who acts elsewhere too adds to the known of a mixed crowd"""
    many_sided_most: float = 10.0
    """and at most, all together"""
    gathered_from: float = 6.5
    """known people of a crowd, many-sided strangers among them, from whom on it need not be gathered"""
    gathered_share: float = 0.4
    """share of a crowd's strangers that come within its moment around one of them, where it is gathered"""
    gathered_power: float = 3.0
    """by which power of it a crowd is believed less that is not"""
    background_days: float = 7.0
    """days around a reaction in which the steady rate of strangers is measured"""
    least_calm: float = 0.1
    """share of those days that no known person's hours cover, for that rate to mean anything"""
    proven_from: float = 4.0
    """believed people from whom on an audience is proven, where strangers are usual; where they are rarer, in
    proportion fewer"""
    proven_power: float = 3.0
    """of a smaller audience everybody is believed less, by this power of what it has of them"""
    popular_share: float = 0.4
    """the fewest actors that hold this share of all ties are popular: acting on them says nothing"""
    shared_lift: float = 4.0
    """audiences are alike when they share so many times the people that chance would"""
    shared_chance: float = 0.01
    """and chance would so seldom"""
    wanderer_chance: float = 0.01
    """a source is among kindred if it acts on them more than a wanderer would with this probability"""
    paired_most: int = 50
    """sources with more targets are not paired: they have something in common with everybody"""
    pair_budget: int = 12_000_000
    """pairs looked at; where there are more, sources with many targets are left out first"""
    luck_chance: float = 0.5
    """an actor's kindred are known if so many are less likely, were its strangers wanderers"""
    settled_chance: float = 0.05
    """a source is known everywhere if so many of its other ties are among kindred that this is less likely"""
    lasting_targets: int = 2
    """actors, none of them popular, that a source acts on to be no newcomer"""
    lasting_days: float = 0.0
    """and over so many days"""
    lasting_multiple: float = 2.0
    """of them believed for each heard elsewhere, at most; beyond, none of them is"""
    kindred_multiple: float = 4.0
    """people known as kindred or settled for each heard elsewhere, at most; beyond, none of them is known"""
    kindred_extra: float = 3.0
    """added to those heard elsewhere, so that small audiences are not judged by one of them"""
    listener_tries: int = 4
    """people of an account's own audience that are looked at"""
    circle_least: int = 8
    """members of the smallest reciprocal circle that is reported"""
    circle_share: float = 0.7
    """share of all pairs of a circle that react to each other"""
    chance_of_finding: float = 0.001
    """expected share of false findings (Benjamini-Hochberg)"""
    lockstep_events: int = 3
    """targets that members of a group acted on within the same minutes"""
    lockstep_least: int = 5
    """members of the smallest lockstep group that is reported"""
    lockstep_minutes: int = 60
    """length of the windows that are compared"""
    lockstep_most: int = 8
    """events of an account that are compared: its rarest"""

    def content_hash(self) -> str:
        """Sha256 (hex) of the content."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()

    def beside_rule(self) -> BesideRule:
        """The numbers by which it is asked who comes beside known people, in the kernel's units."""
        from renown.kernels.coincidence import BesideRule

        return BesideRule(self.beside_minutes, self.beside_share, self.beside_from, self.beside_least)

    def even_rule(self) -> EvenRule:
        """The numbers by which it is asked who comes evenly all day."""
        from renown.kernels.even_days import EvenRule

        return EvenRule(self.even_parts, self.even_quietest, self.even_from, self.even_power)

    def crowd_rule(self, usual: float = 1.0) -> CrowdRule:
        """The numbers that the crowd kernel needs, in its units; usual: by what the multiples shrink."""
        from renown.kernels.crowds import CrowdRule

        return CrowdRule(
            near=self.near_hours * 60.0,
            window=self.crowd_hours * 60.0,
            moment=self.moment_hours * 60.0,
            calm_multiple=self.calm_multiple * usual,
            calm_from=self.calm_from,
            crowd_multiple=self.crowd_multiple * usual,
            convex_from=self.convex_from,
            few_power=self.few_power,
            few_share=self.few_share,
            few_from=self.few_from,
            towering_from=self.towering_from,
            steady_multiple=self.steady_multiple * usual,
            steady_from=self.steady_from,
            crowd_from=self.crowd_from,
            mixed_share=self.mixed_share,
            single_share=self.single_share,
            tail=self.mixed_chance,
            single_tail=self.single_chance,
            many_sided_worth=self.many_sided_worth,
            many_sided_most=self.many_sided_most,
            gathered_from=self.gathered_from,
            gathered_share=self.gathered_share,
            gathered_power=self.gathered_power,
            background=self.background_days * 1440.0,
            least_calm=self.least_calm,
        )
