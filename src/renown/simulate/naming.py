"""Names and words: all invented, none meant for anybody real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from renown.simulate.chance import Ints, bits, key_of
from renown.simulate.people import BOT, BOUGHT, TOPICS, People
from renown.simulate.rules import TownPlan

if TYPE_CHECKING:
    import pyarrow as pa

_FIRST_WORDS: Final = (
    "ada alma anouk arlo asa bela bram cato ciara corin dara dilys edda eino elis ennis fenn fia finn "
    "greta hana hedy idris ilse imre ines iona isko jarl jory juno kai katya keir lena levi linus "
    "lova maren milo mina nadia nell niko nuala odo olive oona orla otto pell petra pim quill rafa "
    "reva rhys rona rosa rune sami signe sol suki tamsin tavi tilda tove ula umi vera vigo wanda wilf "
    "xenia yara yves zelda zora"
)
_SURNAME_START_WORDS: Final = (
    "amber ash birch bram cinder clover copper dapple elder ember fallow fern flint gorse harrow "
    "hazel heather ivory juniper larch linden marrow mistle moss nettle oaken otter pebble quill "
    "rowan rush sallow sorrel tansy thistle umber willow wren yarrow"
)
_SURNAME_END_WORDS: Final = (
    "baker bank beck brook combe croft dale field ford gate grove hall hollow keeper ley mead mill "
    "moor row shaw smith stead wick wood wright"
)
_FIRST: Final = _FIRST_WORDS.split()
_SURNAMES: Final = [
    start + end for start in _SURNAME_START_WORDS.split() for end in _SURNAME_END_WORDS.split()
]
_STRIDE: Final = 7_919

_POSTS: Final = (
    "A few notes on {topic} from this week.",
    "What I wish I had known about {topic} a year ago.",
    "A question about {topic}: how do you begin?",
    "Small progress with {topic} today.",
    "Three mistakes everybody makes in {topic}.",
    "The best hour of the day belongs to {topic}.",
)
_REPLIES: Final = (
    "Thank you, this helped me with {topic}.",
    "Well said. I found the same in {topic}.",
    "This is the clearest word on {topic} so far.",
    "Agreed, and I would add patience to {topic}.",
)
_OBJECTIONS: Final = (
    "No, that is wrong about {topic}.",
    "I disagree. That is not how {topic} works.",
    "This is nonsense, and an insult to everybody in {topic}.",
    "Please stop spreading this about {topic}.",
)
_ANSWERS: Final = ("Glad it helped with {topic}.", "Good question; there is more on {topic} to come.")
_RETORTS: Final = ("You know nothing about {topic}.", "Learn {topic} before you answer me.")
ORIGINAL, SUPPORT, OBJECTION, ANSWER, RETORT = range(5)
_WORDS: Final = (_POSTS, _REPLIES, _OBJECTIONS, _ANSWERS, _RETORTS)


def handles(people: People, plan: TownPlan, account: Ints) -> pa.StringArray:
    """The handle of each account; both accounts of a person have the same one, as people like to."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first, surname, round_ = _name_numbers(people, plan, account)
    suffix = pc.if_else(
        pa.array(round_ == 0), "", pc.binary_join_element_wise("-", pa.array(round_ + 1).cast("string"), "")
    )
    names = pc.binary_join_element_wise(pa.array(_FIRST).take(first), pa.array(_SURNAMES).take(surname), "-")
    names = pc.binary_join_element_wise(names, suffix, "")
    role = people.role[account]
    names = pc.if_else(pa.array(role == BOUGHT), _numbered("user", account), names)
    topic = pa.array(TOPICS).take(pa.array(people.topics[account, 0].astype(np.int64)))
    minutes = pc.binary_join_element_wise(topic, _numbered("by-the-minute-", account), "-")
    return pc.if_else(pa.array(role == BOT), minutes, names)


def display_names(people: People, plan: TownPlan, account: Ints) -> pa.StringArray:
    """The name shown beside the handle: first name and surname."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first, surname, _ = _name_numbers(people, plan, account)
    given = pc.utf8_capitalize(pa.array(_FIRST).take(first))
    family = pc.utf8_capitalize(pa.array(_SURNAMES).take(surname))
    names = pc.binary_join_element_wise(given, family, " ")
    return pc.if_else(pa.array(people.role[account] == BOUGHT), "", names)


def bios(people: People, account: Ints) -> pa.StringArray:
    """What each account says of itself; the bought say nothing, one in five others neither."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = pa.array(TOPICS)
    topics = [names.take(pa.array(people.topics[account, slot].astype(np.int64))) for slot in range(3)]
    verb = pc.if_else(pa.array(people.posts_per_day[account] > 0), "Writes about ", "Here for ")
    said = pc.binary_join_element_wise(verb, topics[0], ", ", topics[1], " and ", topics[2], ".", "")
    is_silent = (people.role[account] == BOUGHT) | (people.person[account] % 5 == 4)
    return pc.if_else(pa.array(is_silent), pa.scalar(None, pa.string()), said)


def words(manner: Ints, topic: Ints, post: Ints) -> pa.StringArray:
    """The text of each post: a sentence in the given manner on the topic. (manner: ORIGINAL, SUPPORT, ...)"""
    import pyarrow as pa

    sentences = [sentence.format(topic=name) for manners in _WORDS for sentence in manners for name in TOPICS]
    start = np.cumsum([0, *(len(manners) for manners in _WORDS)])
    chosen = bits(key_of(0, "words"), post) % np.diff(start)[manner].astype(np.uint64)
    place = (start[manner] + chosen.astype(np.int64)) * len(TOPICS) + topic
    return pa.array(sentences).take(pa.array(place))


def _name_numbers(people: People, plan: TownPlan, account: Ints) -> tuple[Ints, Ints, Ints]:
    """First name, surname and the round in which the pair comes again; people in a row get unlike names."""
    size = len(_FIRST) * len(_SURNAMES)
    person = people.person[account].astype(np.int64)
    offset = int(bits(key_of(plan.seed, "names"), np.array([0]))[0] % np.uint64(size))
    place = (person * _STRIDE + offset) % size
    return place % len(_FIRST), place // len(_FIRST), person // size


def _numbered(word: str, number: Ints) -> pa.StringArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(word, pa.array(number.astype(np.int64)).cast("string"), "")
