"""Safe files for fitted models: no pickle, nothing loaded before it is verified, nothing larger than announced.

An artifact is a deflated zip:

====================  ===============================================================================================
``metadata.json``     format version, task, library versions, features, data window
``scoring.json``      the numpy scorer's document, see its method ``state``; ``kind`` says which scorer
``arrays/NAME.npy``   its arrays, read with ``allow_pickle=False``
``model.skops``       the fitted scikit-learn estimators, for auditors and for refitting; scoring never opens it
====================  ===============================================================================================

Two readers: :func:`load_scorer` needs numpy alone, :func:`load_estimators` needs skops and scikit-learn of the minor
version that wrote the file.  Call :func:`verify` first with what the database remembers of the file.
"""

import hashlib
import hmac
import io
import json
import re
import zipfile
import zlib

import numpy as np

from .scoring import CompiledScorer

FORMAT_VERSION = 1
MAX_PACKED = 64 * 2**20  # bytes of the artifact itself
MAX_UNPACKED = 256 * 2**20  # bytes of all members together
FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # same model, same bytes

# What a fitted scorer holds beyond the plain scikit-learn estimators and arrays that skops itself trusts.  skops
# refuses to build anything else.
ALLOWED_TYPES = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)


# What skops calls its nodes and files: id() of an object, so long that no number of a model looks like it.
_ADDRESS = re.compile(r"(?<![\d.])\d{12,}(?=\.npy|\.npz|[,\s}\]\"])")


# What zipfile may raise while it reads a member of a damaged file.
_DAMAGE = (
    KeyError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError
)  # fmt: skip


class ArtifactError(Exception):
    """An artifact that must not be used."""


class TamperedArtifact(ArtifactError):
    """The bytes or the metadata are not those that were signed."""


class WrongVersion(ArtifactError):
    """Written by another format or another minor version of scikit-learn: train again."""


class ForbiddenType(ArtifactError):
    """The estimators hold a type outside the allow-list."""


class TooLarge(ArtifactError):
    """The file, or what it unpacks to, is larger than any model of ours."""


class UnreadableArtifact(ArtifactError):
    """Not an artifact, or a damaged one."""


def pack(*, scorer, estimators, metadata):
    """Bytes of an artifact; the same input gives the same bytes.

    :param scorer: :class:`.scoring.CompiledScorer` or :class:`.text.scorer.CompiledText`.
    :param estimators: {name: fitted scikit-learn estimator}.
    :param metadata: JSON-safe mapping; versions are added.
    """
    import sklearn
    import skops.io

    document, arrays = scorer.state()
    versions = {"format": FORMAT_VERSION, "sklearn": _minor(sklearn.__version__), "numpy": _minor(np.__version__)}
    members = {
        "metadata.json": canonical_json({**metadata, **versions}),
        "scoring.json": canonical_json(document),
        **{f"arrays/{name}.npy": _npy(arrays[name]) for name in sorted(arrays)},
        "model.skops": _same_bytes(skops.io.dumps(estimators)),
    }
    return _zip(members)


def load_metadata(data):
    """The metadata written by :func:`pack`.

    :raises ArtifactError: see :func:`load_scorer`.
    """
    return _checked_metadata(_open(data))


def load_scorer(data):
    """The scorer, with numpy alone: :class:`.scoring.CompiledScorer` of leads or :class:`.text.scorer.CompiledText`,
    as ``kind`` in ``scoring.json`` says.

    :raises TooLarge, WrongVersion, UnreadableArtifact:
    """
    archive = _open(data)
    _checked_metadata(archive)
    try:
        document = json.loads(_read(archive, "scoring.json"))
        names = [name for name in archive.namelist() if name.startswith("arrays/") and name.endswith(".npy")]
        arrays = {name[7:-4]: np.load(io.BytesIO(_read(archive, name)), allow_pickle=False) for name in names}
        return _scorer_class(document).from_state(document, arrays)
    except ArtifactError:
        raise
    except Exception as error:  # whatever a damaged document trips over, the caller needs one kind of answer
        raise UnreadableArtifact(f"the scorer cannot be read: {error}") from error


def _scorer_class(document):
    if document.get("kind") == "text":
        from .text.scorer import CompiledText

        return CompiledText
    return CompiledScorer


def load_estimators(data):
    """{name: fitted estimator}; for the trainer and for auditors.

    :raises ForbiddenType: a type outside :data:`ALLOWED_TYPES`.
    :raises TooLarge, WrongVersion, UnreadableArtifact:
    """
    import sklearn
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    archive = _open(data)
    written_by = _checked_metadata(archive).get("sklearn")
    if written_by != _minor(sklearn.__version__):
        raise WrongVersion(f"trained with scikit-learn {written_by}, this is {sklearn.__version__}")
    blob = _read(archive, "model.skops")
    _open(blob)  # the inner zip obeys the same caps
    try:
        return skops.io.loads(blob, trusted=list(ALLOWED_TYPES))
    except (UntrustedTypesFoundException, TypeError) as error:
        raise ForbiddenType(str(error)) from error
    except Exception as error:
        raise UnreadableArtifact(f"the estimators cannot be read: {error}") from error


def sign(data, metadata, key):
    """``(sha256 of data, hmac)`` as hex; the HMAC-SHA256 covers data and metadata.

    :param metadata: JSON-safe mapping that must not change either (task, company, version…).
    :param key: secret bytes.
    """
    digest = hashlib.sha256(data).hexdigest()
    message = digest.encode() + b"\n" + canonical_json(metadata)
    return digest, hmac.new(key, message, hashlib.sha256).hexdigest()


def verify(data, metadata, sha256, signature, key):
    """Check :func:`sign`'s answer.

    :raises TamperedArtifact: one bit of data or metadata differs, or the key does.
    """
    digest, expected = sign(data, metadata, key)
    same_bytes = hmac.compare_digest(digest.encode(), str(sha256).encode())
    same_signature = hmac.compare_digest(expected.encode(), str(signature).encode())
    if not (same_bytes and same_signature):
        raise TamperedArtifact("the stored model is not the one that was signed")


def canonical_json(document):
    """UTF-8 JSON with sorted keys and no spaces, the same bytes for equal documents; NaN is refused."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def _open(data):
    if len(data) > MAX_PACKED:
        raise TooLarge(f"{len(data)} bytes, at most {MAX_PACKED} are accepted")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
        raise UnreadableArtifact(f"not an artifact: {error}") from error
    announced = sum(info.file_size for info in archive.infolist())
    if announced > MAX_UNPACKED:
        raise TooLarge(f"unpacks to {announced} bytes, at most {MAX_UNPACKED} are accepted")
    return archive


def _read(archive, name):
    """Bytes of a member, never more than it announced (a zip header may lie)."""
    try:
        info = archive.getinfo(name)
        with archive.open(info) as member:
            content = member.read(info.file_size + 1)
    except _DAMAGE as error:
        raise UnreadableArtifact(f"{name}: {error}") from error
    if len(content) > info.file_size:
        raise TooLarge(f"{name} unpacks to more than it announces")
    return content


def _checked_metadata(archive):
    try:
        metadata = json.loads(_read(archive, "metadata.json"))
        version = metadata["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableArtifact(f"metadata.json: {error}") from error
    if version != FORMAT_VERSION:
        raise WrongVersion(f"artifact format {version}, this engine reads {FORMAT_VERSION}")
    return metadata


def _zip(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in members.items():
            archive.writestr(_entry(name), content)
    return buffer.getvalue()


def _entry(name):
    info = zipfile.ZipInfo(name, date_time=FIXED_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _same_bytes(blob):
    """The skops file again, the same for the same model: skops names what it writes after addresses in memory, here
    they are numbered in the order of their appearance, and the files have one fixed time."""
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        schema = archive.read("schema.json").decode("utf-8")
        numbers = {}
        for address in _ADDRESS.findall(schema):
            numbers.setdefault(address, str(len(numbers) + 1))
        members = {"schema.json": _ADDRESS.sub(lambda match: numbers[match[0]], schema).encode("utf-8")}
        for name in archive.namelist():
            if name != "schema.json":
                stem, _dot, ending = name.rpartition(".")
                members[f"{numbers.get(stem, stem)}.{ending}"] = archive.read(name)
    return _zip(dict(sorted(members.items())))


def _npy(array):
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def _minor(version):
    return ".".join(version.split(".")[:2])
