import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import made_leads

from leather_engine.features import Feature, FeatureError, FeatureTable


def assert_same_table(left, right):
    assert left.features == right.features
    assert len(left) == len(right)
    for name, column in left.columns.items():
        np.testing.assert_array_equal(column, right.columns[name], err_msg=name)


def test_table_survives_saving(tmp_path):
    table, _ = made_leads(50)
    table.save(tmp_path)
    assert_same_table(FeatureTable.load(tmp_path), table)


@given(st.lists(st.tuples(st.none() | st.text(min_size=1), st.lists(st.text(min_size=1)), st.text(), st.floats())))
def test_any_values_survive_saving(tmp_path_factory, rows):
    features = [Feature("a", "category"), Feature("b", "tags"), Feature("c", "text"), Feature("d", "number")]
    values = {feature.name: [row[i] for row in rows] for i, feature in enumerate(features)}
    table = FeatureTable.from_columns(features, values)
    directory = tmp_path_factory.mktemp("table")
    table.save(directory)
    assert_same_table(FeatureTable.load(directory), table)


def test_blank_is_one_thing():
    features = [Feature("a", "category"), Feature("b", "tags"), Feature("c", "text")]
    columns = {"a": ["", False, None], "b": [(), None, False], "c": [None, "", False]}
    table = FeatureTable.from_columns(features, columns)
    assert list(table.columns["a"]) == [None] * 3
    assert list(table.columns["b"]) == [()] * 3
    assert list(table.columns["c"]) == [""] * 3


def test_take_and_select():
    table, _ = made_leads(20)
    assert list(table.take([3, 1]).columns["source"]) == [table.columns["source"][3], table.columns["source"][1]]
    assert len(table.take(np.arange(20) < 5)) == 5
    assert table.select(["tags", "source"]).names == ("tags", "source")


@pytest.mark.parametrize(
    ("features", "columns", "message"),
    [
        ([("a", "colour")], {"a": []}, "unknown kind"),
        ([("a", "number"), ("a", "number")], {"a": []}, "repeated: a"),
        ([("a", "number")], {}, "no column for: a"),
        ([("a", "number"), ("b", "number")], {"a": [1], "b": [1, 2]}, "unequal length"),
        ([("a", "category")], {"a": [3]}, "expected str or None"),
        ([("a", "number")], {"a": ["x"]}, "number 'a'"),
        ([("a", "number")], {"a": [[1, 2]]}, "one value a row"),
        ([("a", "tags")], {"a": ["vip"]}, "tuples of str"),
        ([("a", "tags")], {"a": [(1,)]}, "tuples of str"),
        ([("a", "text")], {"a": [b"x"]}, "expected str"),
    ],
)
def test_wrong_columns_are_named(features, columns, message):
    with pytest.raises(FeatureError, match=message):
        FeatureTable.from_columns(features, columns)


def test_selecting_what_is_not_there():
    with pytest.raises(FeatureError, match="no feature: ghost"):
        made_leads(5)[0].select(["ghost"])


@pytest.mark.parametrize("name", ["features.json", "columns.npz"])
@pytest.mark.parametrize("content", [None, b"", b"garbage", b"{}", b"[1]"])
def test_damaged_files_are_refused(tmp_path, name, content):
    made_leads(5)[0].save(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(FeatureError):
        FeatureTable.load(tmp_path)
