"""Columnar tables of features: what the ORM hands over, what the learners read.

A table has one array per feature, all of one length.  Four kinds of features exist:

===========  ==============================================  ===========================
kind         values of the column                            blank
===========  ==============================================  ===========================
``category`` object array of ``str``                         ``None``
``number``   ``float64``                                     ``NaN``
``tags``     object array of tuples of ``str``               empty tuple
``text``     object array of ``str``                         empty string
===========  ==============================================  ===========================

Blank is a value of its own: learners give it its own level, they never fill it in.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

KINDS = ("category", "tags", "number", "text")


class FeatureError(ValueError):
    """A table or a column is not what its feature declares."""


@dataclass(frozen=True)
class Feature:
    """A named input of a model.

    :param name: technical name, unique in a table.
    :param kind: one of :data:`KINDS`.
    """

    name: str
    kind: str

    def __post_init__(self):
        if self.kind not in KINDS:
            raise FeatureError(f"feature {self.name!r}: unknown kind {self.kind!r}, expected one of {KINDS}")


class FeatureTable:
    """Columns of equal length, one per feature.  Build one with :meth:`from_columns`."""

    def __init__(self, features, columns, length):
        self.features = tuple(features)
        self.columns = columns
        self._length = length

    @classmethod
    def from_columns(cls, features, columns):
        """Check the columns and make them arrays.

        :param features: iterable of :class:`Feature` (or ``(name, kind)`` pairs).
        :param columns: mapping of feature name to a sequence of values, see the table above.
            In object columns ``None``, ``False`` and ``""`` all mean blank.
        :raises FeatureError: duplicate or missing names, wrong kinds of values, unequal lengths.
        """
        features = tuple(f if isinstance(f, Feature) else Feature(*f) for f in features)
        names = [feature.name for feature in features]
        if len(set(names)) != len(names):
            repeated = sorted({name for name in names if names.count(name) > 1})
            raise FeatureError(f"feature names must be unique, repeated: {', '.join(repeated)}")
        missing = [name for name in names if name not in columns]
        if missing:
            raise FeatureError(f"no column for: {', '.join(missing)}")
        arrays = {f.name: _CONVERTERS[f.kind](f.name, columns[f.name]) for f in features}
        lengths = {name: len(array) for name, array in arrays.items()}
        if len(set(lengths.values())) > 1:
            raise FeatureError(f"columns of unequal length: {lengths}")
        return cls(features, arrays, next(iter(lengths.values()), 0))

    def __len__(self):
        return self._length

    def __repr__(self):
        return f"FeatureTable({len(self)} rows, {len(self.features)} features)"

    @property
    def names(self):
        return tuple(feature.name for feature in self.features)

    def take(self, index):
        """The rows at ``index`` (integers, a slice or a boolean mask), in that order."""
        columns = {name: column[index] for name, column in self.columns.items()}
        length = len(np.arange(len(self))[index])
        return FeatureTable(self.features, columns, length)

    def select(self, names):
        """The named features only, in the order of ``names``."""
        by_name = {feature.name: feature for feature in self.features}
        unknown = [name for name in names if name not in by_name]
        if unknown:
            raise FeatureError(f"the table has no feature: {', '.join(unknown)}")
        return FeatureTable([by_name[n] for n in names], {n: self.columns[n] for n in names}, len(self))

    def save(self, directory):
        """Write ``features.json`` and ``columns.npz`` into ``directory``, without pickle.

        Object columns are stored as one UTF-8 blob of concatenated JSON plus offsets, so that reading them back
        runs no code and costs one decoding per distinct value.
        """
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        arrays = {}
        for position, feature in enumerate(self.features):
            column = self.columns[feature.name]
            if feature.kind == "number":
                arrays[f"c{position}"] = column
            else:
                arrays[f"c{position}"], arrays[f"v{position}"] = _pack_objects(column)
        np.savez(directory / "columns.npz", **arrays)
        header = {"length": len(self), "features": [asdict(feature) for feature in self.features]}
        (directory / "features.json").write_text(json.dumps(header, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory):
        """Read what :meth:`save` wrote.

        :raises FeatureError: files are missing or do not fit together.
        """
        directory = Path(directory)
        try:
            header = json.loads((directory / "features.json").read_text(encoding="utf-8"))
            features = [Feature(**feature) for feature in header["features"]]
            columns = {}
            with np.load(directory / "columns.npz", allow_pickle=False) as arrays:
                for position, feature in enumerate(features):
                    values = arrays[f"c{position}"]
                    if feature.kind != "number":
                        values = _unpack_objects(values, arrays[f"v{position}"], tags=feature.kind == "tags")
                    columns[feature.name] = values
            length = int(header["length"])
        except FeatureError:
            raise
        except (OSError, KeyError, TypeError, ValueError, IndexError, AttributeError, EOFError) as error:
            raise FeatureError(f"{directory} holds no readable feature table: {error}") from error
        table = cls.from_columns(features, columns)
        if features and len(table) != length:
            raise FeatureError(f"{directory}: {len(table)} rows found, {length} announced")
        return cls(table.features, table.columns, length)


def _objects(values):
    """A 1-D object array, also when the values are tuples (numpy would make a matrix of them)."""
    return np.fromiter(values, dtype=object, count=len(values))


def _category(name, values):
    if not _all(values, lambda value: value is None or (isinstance(value, str) and value)):
        values = [value if value else None for value in values]
        wrong = next((value for value in values if value is not None and not isinstance(value, str)), None)
        if wrong is not None:
            raise FeatureError(f"category {name!r}: expected str or None, got {wrong!r}")
    return _objects(values)


def _number(name, values):
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise FeatureError(f"number {name!r}: {error}") from error
    if array.ndim != 1:
        raise FeatureError(f"number {name!r}: expected one value a row, got shape {array.shape}")
    array[np.isinf(array)] = np.nan
    return array


def _tags(name, values):
    if not _all(values, _is_tags):
        values = [_clean_tags(name, value) for value in values]
    return _objects(values)


def _clean_tags(name, value):
    tags = tuple(value) if value and not isinstance(value, str) else value or ()
    if not _is_tags(tags):
        raise FeatureError(f"tags {name!r}: expected tuples of str, got {value!r}")
    return tags


def _is_tags(value):
    return isinstance(value, tuple) and all(isinstance(tag, str) and tag for tag in value)


def _text(name, values):
    if set(map(type, values)) != {str}:
        values = [value or "" for value in values]
        wrong = next((value for value in values if not isinstance(value, str)), None)
        if wrong is not None:
            raise FeatureError(f"text {name!r}: expected str, got {wrong!r}")
    return _objects(values)


def _all(values, is_fine):
    """Whether all are fine as they are. Looks at each distinct value once: columns of thousands have few."""
    try:
        return all(map(is_fine, set(values)))
    except TypeError:  # lists, which have no hash
        return False


_CONVERTERS = {"category": _category, "number": _number, "tags": _tags, "text": _text}


def _pack_objects(column):
    """``(codes, blob)``: position in the list of distinct values, and that list as JSON in UTF-8 bytes."""
    distinct = {}
    codes = np.fromiter((distinct.setdefault(v, len(distinct)) for v in column), dtype=np.int64, count=len(column))
    blob = json.dumps(list(distinct), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return codes, np.frombuffer(blob, dtype=np.uint8)


def _unpack_objects(codes, blob, *, tags):
    distinct = json.loads(blob.tobytes().decode("utf-8", "surrogatepass"))
    if tags:
        distinct = [tuple(value) for value in distinct]
    values = np.empty(len(distinct), dtype=object)
    for position, value in enumerate(distinct):
        values[position] = value
    if len(codes) and (codes.min() < 0 or codes.max() >= len(distinct)):
        raise FeatureError("a code points to no value")
    return values[codes]
