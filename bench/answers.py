"""Past answers: ours against plain TF-IDF cosine, on any file of messages with replies.

A message is asked for, its reply hidden: does a reply of the same cluster come first, or among the first three?
Replies that are equal in the common spelling are one cluster.  Where (nearly) all replies are distinct, they are
clustered by their words: k-means (seeded) over TF-IDF of the replies reduced to 50 dimensions, as many clusters as the
square root of their number; the figure ``clusters_from`` says which.  Without ``--test`` a fifth of the rows, drawn
with ``--seed``, is asked.

"ours" is :mod:`engine.text.retrieval`: its similarity, and the votes of the nearest neighbours for their reply.
``nearest_alone`` is the same without the votes.  The baseline is scikit-learn's TF-IDF of words with cosine;
``baseline_letters`` that of words, pairs of words and letter groups.

Time is that of single queries, reading the message included, at 10,000 and 100,000 past answers.  Where the file holds
fewer, rows are repeated with noise: a third of their words replaced by words of other rows; said as ``replicated``.
"""

import os

for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_pool] = "1"  # before numpy, as in a worker

import resource  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402

from .engine import load_engine  # noqa: E402
from .errors import UsageError  # noqa: E402
from .labelled import read_labelled  # noqa: E402
from .options import check_writable, parse_sizes, say, write_figures  # noqa: E402

load_engine()
from leather_engine.text.normalise import normalise  # noqa: E402
from leather_engine.text.retrieval import AnswerIndex, rank_replies, read  # noqa: E402

SIZES = (10_000, 100_000)
TEST_SHARE = 0.2
DISTINCT = 0.8  # share of distinct replies above which they are clustered by their words
NEIGHBOURS = 60
ASKED = 1_000  # queries timed
NOISE = 1 / 3
DIMENSIONS = 50


def add_arguments(parser):
    parser.add_argument("--csv", required=True, metavar="FILE", help="CSV, JSONL, or JSON of splits as FILE#split")
    parser.add_argument("--test", metavar="FILE", help="the messages to ask, in the same form (default: a fifth)")
    parser.add_argument("--text", default="text", metavar="COL", help="column of the message (default text)")
    parser.add_argument("--reply", default="reply", metavar="COL", help="column of the reply (default reply)")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), metavar="N,N…", help="past answers to time")
    parser.add_argument("--json", metavar="OUT", help="also write the figures to this file")
    parser.add_argument("--seed", type=int, default=0, help="of the split and the noise (default 0)")


def main(arguments):
    check_writable(arguments.json)
    sizes = parse_sizes("--sizes", arguments.sizes)
    data = read_data(arguments)
    say(f"{len(data.texts)} past messages, {len(data.asked)} asked, {data.clusters} replies ({data.clusters_from})")
    figures = {"past": len(data.texts), "asked": len(data.asked), "clusters": data.clusters}
    figures["clusters_from"] = data.clusters_from
    figures.update(measure_ours(data))
    figures["baseline"] = measure_baseline(data, letters=False)
    figures["baseline_letters"] = measure_baseline(data, letters=True)
    figures["speed"] = {str(size): measure_speed(data, size, arguments.seed) for size in sizes}
    print(render(figures))
    write_figures(arguments.json, figures)
    return 0


class Data:
    """Past messages with the clusters of their replies, and those that are asked."""

    def __init__(self, texts, truth, asked, asked_truth, clusters_from):
        self.texts, self.truth = texts, np.array(truth)
        self.asked, self.asked_truth = asked, np.array(asked_truth)
        self.clusters_from = clusters_from
        self.clusters = len(set(truth))


def read_data(arguments):
    texts, replies = read_labelled(arguments.csv, arguments.text, arguments.reply)
    asked, wanted = read_labelled(arguments.test, arguments.text, arguments.reply) if arguments.test else ([], [])
    clusters, clusters_from = cluster([*replies, *wanted], arguments.seed)
    if arguments.test:
        return Data(texts, clusters[: len(texts)], asked, clusters[len(texts) :], clusters_from)
    rows = np.random.default_rng(arguments.seed).permutation(len(texts))
    cut = max(1, round(TEST_SHARE * len(texts)))
    if len(texts) - cut < 2:
        raise UsageError(f"{arguments.csv} holds {len(texts)} rows; at least 3 are needed")
    past, test = np.sort(rows[cut:]), np.sort(rows[:cut])
    return Data(
        [texts[row] for row in past],
        [clusters[row] for row in past],
        [texts[row] for row in test],
        [clusters[row] for row in test],
        clusters_from,
    )


def cluster(replies, seed):
    """``(cluster of each reply, how they were found)``."""
    spelled = [normalise(reply) or reply for reply in replies]
    numbers = {words: number for number, words in enumerate(dict.fromkeys(spelled))}
    if len(numbers) <= DISTINCT * len(replies) or len(numbers) < 10:
        return [numbers[words] for words in spelled], "equal replies"
    return cluster_words(spelled, seed), "k-means over the replies' words"


def cluster_words(spelled, seed):
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    rows = TfidfVectorizer(token_pattern=r"\S+", sublinear_tf=True).fit_transform(spelled)
    if rows.shape[1] > DIMENSIONS:
        rows = normalize(TruncatedSVD(DIMENSIONS, random_state=seed).fit_transform(rows))
    count = max(2, round(len(spelled) ** 0.5))
    return MiniBatchKMeans(count, random_state=seed, n_init=3).fit_predict(rows).tolist()


def measure_ours(data):
    started = time.process_time()
    index = AnswerIndex()
    index.add(range(len(data.texts)), [read(text) for text in data.texts])
    seconds = time.process_time() - started
    voted, nearest = [], []
    for text in data.asked:
        keys, similarities = index.search(read(text), limit=NEIGHBOURS)
        replies = data.truth[keys].tolist()
        voted.append([reply for reply, _score in rank_replies(replies, similarities)])
        nearest.append(list(dict.fromkeys(replies)))
    return {**recall(voted, data), "nearest_alone": recall(nearest, data), "build_cpu_s": seconds}


def measure_baseline(data, letters):
    """The nearest neighbours by cosine of all, the textbook's way."""
    index = Cosine(letters).fit(data.texts)
    ranked, durations = [], []
    for text in data.asked:
        started = time.perf_counter()
        found = index.search(text)
        durations.append(time.perf_counter() - started)
        ranked.append(list(dict.fromkeys(data.truth[found].tolist())))
    return {**recall(ranked, data), **percentiles(durations)}


class Cosine:
    def __init__(self, letters):
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.parts = [TfidfVectorizer(ngram_range=(1, 2 if letters else 1), sublinear_tf=True)]
        if letters:
            self.parts.append(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2))

    def fit(self, texts):
        from scipy import sparse

        self.stack = sparse.hstack
        self.rows = self.stack([part.fit_transform(texts) for part in self.parts]).tocsr()
        return self

    def search(self, text):
        query = self.stack([part.transform([text]) for part in self.parts]).tocsr()
        similarities = (self.rows @ query.T).toarray().ravel()
        return np.argsort(-similarities, kind="stable")[:NEIGHBOURS]


def recall(ranked, data):
    first = [replies[:1] == [truth] for replies, truth in zip(ranked, data.asked_truth.tolist(), strict=True)]
    three = [truth in replies[:3] for replies, truth in zip(ranked, data.asked_truth.tolist(), strict=True)]
    return {"recall_at_1": float(np.mean(first)), "recall_at_3": float(np.mean(three))}


def measure_speed(data, size, seed):
    """Ours and the baseline with letters at so many past answers, one query after the other."""
    texts, replicated = replicate(data.texts, size, seed)
    asked = (data.asked * (ASKED // len(data.asked) + 1))[:ASKED]
    index, started = AnswerIndex(), time.process_time()
    rows = [read(text) for text in texts]
    read_s, started = time.process_time() - started, time.process_time()
    index.add(range(size), rows)
    figures = {"replicated": replicated, "read_cpu_s": read_s, "build_cpu_s": time.process_time() - started}
    figures.update(percentiles([timed(ask_ours, index, text) for text in asked]))
    figures["memory_mb"] = index.nbytes / 1e6
    figures["features"] = float(np.mean([len(row) for row in rows]))
    del index, rows
    rival = Cosine(letters=False).fit(texts)
    figures["baseline"] = percentiles([timed(Cosine.search, rival, text) for text in asked[: ASKED // 4]])
    figures["baseline"]["memory_mb"] = (rival.rows.data.nbytes + rival.rows.indices.nbytes) / 1e6
    figures["process_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return figures


def ask_ours(index, text):
    return index.search(read(text), limit=NEIGHBOURS)


def timed(answer, index, text):
    started = time.perf_counter()
    answer(index, text)
    return time.perf_counter() - started


def replicate(texts, size, seed):
    """``(size texts, share that was made)``: rows again, a third of their words replaced by words of other rows."""
    if len(texts) >= size:
        return texts[:size], 0.0
    rng = np.random.default_rng(seed)
    words = np.array(sorted({word for text in texts for word in text.split()}), dtype=object)
    made = list(texts)
    while len(made) < size:
        own = np.array(texts[len(made) % len(texts)].split(), dtype=object)
        strange = rng.random(len(own)) < NOISE
        own[strange] = words[rng.integers(len(words), size=strange.sum())]
        made.append(" ".join(own))
    return made, 1.0 - len(texts) / size


def percentiles(durations):
    p50, p95 = np.percentile(durations, [50, 95])
    return {"p50_ms": float(1000 * p50), "p95_ms": float(1000 * p95)}


def render(figures):
    """The table for people."""
    contenders = {
        "ours": figures,
        "ours, nearest alone": figures["nearest_alone"],
        "TF-IDF words": figures["baseline"],
        "TF-IDF words, letters": figures["baseline_letters"],
    }
    lines = [f"{'':24}{'recall@1':>10}{'recall@3':>10}"]
    lines += [f"{name:24}{one['recall_at_1']:10.4f}{one['recall_at_3']:10.4f}" for name, one in contenders.items()]
    lines += ["", f"{'past answers':14}{'p50 ms':>9}{'p95 ms':>9}{'MB':>8}   TF-IDF words: p50, p95 ms, MB"]
    for size, one in figures["speed"].items():
        rival = one["baseline"]
        lines.append(
            f"{size:14}{one['p50_ms']:9.2f}{one['p95_ms']:9.2f}{one['memory_mb']:8.1f}   "
            f"{rival['p50_ms']:.2f}, {rival['p95_ms']:.2f}, {rival['memory_mb']:.1f}"
            + (f"   ({one['replicated']:.0%} made with noise)" if one["replicated"] else "")
        )
    return "\n".join(lines)
