"""Mapping files: what is understood, and what a person is told of what is not."""

import pytest

from renown.errors import MappingError
from renown.sources.mapped.fields import TABLE_FIELDS
from renown.sources.mapped.mapping import parse_mapping, read_mapping, shipped_mappings
from renown.sources.mapped.paths import look_up, parse_path

RULE = '[[rows]]\ntable = "interactions"\nsource = "a"\ntarget = "b"\nkind = { value = "like" }\ntime = "t"\n'


def mapping(rule=RULE, head='network = "forum"\n'):
    return parse_mapping(head + rule, name="m.toml")


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('"a.b".c', ("a.b", "c")),
        ('"say \\"x\\"".c', ('say "x"', "c")),
        ("$type", ("$type",)),
        ("größe", ("größe",)),
    ],
)
def test_paths_are_understood(text, steps):
    assert parse_path(text, "here").steps == steps


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", " a", "a{b}", 7, None])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(MappingError, match="no path"):
        parse_path(text, "here")


def test_a_path_to_many_is_refused_where_one_is_wanted():
    with pytest.raises(MappingError, match="many values"):
        parse_path("a[].b", "here")


def test_lists_within_lists_become_one():
    record = {"a": [{"b": [1, 2]}, {"b": None}, 7, {"b": [3]}]}
    assert look_up(record, ("a", None, "b", None)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("rule", "head", "said"),
    [
        (RULE, "", "network is None"),
        (RULE, 'network = "Forum 1"\n', "network is 'Forum 1'"),
        ("", 'network = "forum"\n', "rows is no list"),
        (RULE.replace("source", "sorce"), None, "Did you mean source"),
        (RULE.replace('"interactions"', '"interaction"'), None, "Did you mean interactions"),
        (RULE.replace('target = "b"\n', ""), None, "does not say `target`, who receives it"),
        (RULE.replace('"like"', '"likes"'), None, "Did you mean like"),
        (RULE + "when = { a = {} , b = { is_not = 1 } }\n", None, "Did you mean"),
        (RULE + "when = {}\n", None, "says nothing"),
        (RULE + "when = { a = 1.5 }\n", None, "Use text"),
        (RULE + 'when = { a = "{}" }\n', None, "cannot be compared"),
        (RULE + 'each = "a"\n', None, "is no list"),
        (RULE + 'post = "@.x"\n', None, "there is no `each`"),
        (RULE + 'post = { from = "a", value = "b" }\n', None, "one of from, value and template"),
        (RULE + 'post = { from = "a", split = "/" }\n', None, "belong together"),
        (RULE + 'post = { from = "a", split = "/", part = 0 }\n', None, "counted from 1"),
        (RULE + 'post = { template = "x" }\n', None, "names no path"),
        (RULE + 'post = { template = "{a}}" }\n', None, "names no path"),
        (RULE + 'post = { from = "a", form = "s" }\n', None, "only times"),
        (RULE.replace('time = "t"', 'time = { from = "t", form = "hours" }'), None, "form is 'hours'"),
        (RULE.replace('time = "t"', 'time = { from = "t", lower = 1 }'), None, "Say true or false"),
        (RULE, 'network = "forum"\nzone = "Mars/Base"\n', "no time zone"),
        (RULE, 'network = "forum"\ndelimiter = "ab"\n', "one character"),
        (RULE, 'network = "forum"\nformat = "xml"\n', "It is one of jsonl"),
        (RULE, "network = \n", "not valid TOML"),
        (RULE, 'network = "forum"\n[leave_out]\nprivate = 1.5\n', "leave_out.private"),
    ],
)
def test_a_wrong_mapping_is_refused_with_what_and_where(rule, head, said):
    with pytest.raises(MappingError) as raised:
        mapping(rule, 'network = "forum"\n' if head is None else head)
    assert said in str(raised.value)
    assert "m.toml" in raised.value.message


def test_a_mapping_that_is_not_there_names_those_that_are():
    with pytest.raises(MappingError, match=r"Did you mean jetstream.*\n.*tweets-v1"):
        read_mapping("jetstraem")


def test_a_mapping_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "m.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MappingError, match="UTF-8"):
        read_mapping(str(path))


def test_defaults_hold_where_a_rule_says_nothing():
    head = 'network = "forum"\n[defaults]\nid = "x"\npost = "p"\n'
    (rule,) = mapping(RULE + 'post = "q"\n', head).rules
    assert rule.fields["id"].paths[0].steps == ("x",)
    assert rule.fields["post"].paths[0].steps == ("q",)


def test_shipped_mappings_are_valid_and_fill_what_they_say():
    assert set(shipped_mappings()) == {"jetstream", "tweets-v1"}
    for name in shipped_mappings():
        assert all(set(rule.fields) <= set(TABLE_FIELDS[rule.table]) for rule in read_mapping(name).rules)
