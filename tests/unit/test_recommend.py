"""Recommendations: what is ranked first, why, and what may never happen."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import load_engine

load_engine()
from leather_engine.recommend import REASONS, Recommender  # noqa: E402
from leather_engine.recommend.lines import Lines  # noqa: E402
from leather_engine.recommend.products import MIN_TOGETHER, Products  # noqa: E402
from leather_engine.recommend.ranking import FAVOURABLE, NAMES, fit_worth  # noqa: E402

TODAY = 720
BOOTS, SHOES, LACES, POLISH, RARE = 10, 20, 30, 40, 50


def made(seed=0, customers=160):
    """Two years of two kinds of customers: some buy boots with laces, the others shoes with polish, each in their own
    rhythm; a few products besides, by chance. New customers come all the time."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        kind = customer % 2
        rhythm = rng.integers(25, 60)
        for day in range(int(rng.integers(0, TODAY - 30)), TODAY, int(rhythm)):
            rows.append((customer, (BOOTS, SHOES)[kind], day))
            if rng.random() < 0.6:
                rows.append((customer, (LACES, POLISH)[kind], day))
            if rng.random() < 0.3:
                rows.append((customer, int(rng.integers(100, 115)), day))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


@pytest.fixture(scope="module")
def orders():
    return made()


@pytest.fixture(scope="module")
def model(orders):
    return Recommender().fit(*orders, today=TODAY)


def first(recommendations):
    return [one.product for one in recommendations]


# ------------------------------------------------------------
# What comes first, and why
# ------------------------------------------------------------


def test_what_is_bought_every_month_comes_first(model):
    assert all(model.learned_.values())
    best = model.recommend([BOOTS] * 6, range(TODAY - 200, TODAY - 20, 30), today=TODAY)[0]
    assert (best.product, best.reason) == (BOOTS, "again")
    assert best.detail == {"times": 6, "days": 50, "rhythm": pytest.approx(42, abs=15)}
    assert best.score > 0.5


def test_similar_customers_point_to_what_is_missing(model):
    for own, missing in ((BOOTS, LACES), (SHOES, POLISH)):
        best = model.recommend([own] * 3, [TODAY - 90, TODAY - 60, TODAY - 30], today=TODAY, known=False)[0]
        assert (best.product, best.reason) == (missing, "similar")
        assert best.detail["product"] == own
        assert best.detail["share"] > 0.9


def test_what_goes_with_the_quotation(model):
    best = model.recommend([], [], today=TODAY, basket=[SHOES])[0]
    assert (best.product, best.reason) == (POLISH, "goes_with")
    assert best.detail["product"] == SHOES
    assert best.detail["share"] == pytest.approx(0.6, abs=0.05)


def test_unknown_customers_get_what_the_others_buy(model, orders):
    offered = model.recommend([], [], today=TODAY)
    assert {one.reason for one in offered} == {"popular"}
    _customer, product, day = orders
    names, count = np.unique(product[day > TODAY - 60], return_counts=True)
    assert set(first(offered)[:2]) == set(names[np.argsort(-count)[:2]])
    assert offered == model.recommend([9999], [TODAY - 5], today=TODAY)  # nothing known of what they bought


def test_own_rhythm_outweighs_what_is_merely_popular(orders):
    rare = ([500] * 4, [RARE] * 4, [TODAY - 200, TODAY - 140, TODAY - 80, TODAY - 20])
    model = Recommender().fit(*(np.append(a, b) for a, b in zip(orders, rare, strict=True)), today=TODAY)
    assert first(model.recommend(rare[1], rare[2], today=TODAY))[0] == RARE


def test_the_future_is_not_looked_at(orders):
    late = [np.append(column, value) for column, value in zip(orders, (3, 999, TODAY + 1), strict=True)]
    model = Recommender().fit(*late, today=TODAY)
    assert 999 not in model.ids_
    assert first(model.recommend([SHOES], [TODAY + 3], today=TODAY)) == first(model.recommend([], [], today=TODAY))


def test_it_beats_popularity_in_a_later_window():
    """Which two products a customer buys next, most often boots and laces or shoes and polish."""
    customer, product, day = made(seed=5)
    cut, hits = TODAY - 90, {"ours": 0, "popular": 0}
    model = Recommender().fit(customer[day <= cut], product[day <= cut], day[day <= cut], today=cut)
    popular = first(model.recommend([], [], today=cut, limit=1))
    for one in range(160):
        past, next_ = (customer == one) & (day <= cut), product[(customer == one) & (day > cut)]
        hits["ours"] += first(model.recommend(product[past], day[past], today=cut, limit=1))[0] in next_
        hits["popular"] += popular[0] in next_
    assert hits["ours"] > 150
    assert hits["ours"] > 1.5 * hits["popular"]


# ------------------------------------------------------------
# What holds always
# ------------------------------------------------------------

ids = st.sampled_from([BOOTS, SHOES, LACES, POLISH, 100, 101, 105, 9999])
histories = st.lists(st.tuples(ids, st.integers(0, TODAY + 10)), max_size=12)


@given(history=histories, basket=st.lists(ids, max_size=4), barred=st.sets(ids), limit=st.integers(0, 30))
def test_nothing_twice_nothing_barred_nothing_that_is_there(model, history, basket, barred, limit):
    product, day = zip(*history, strict=True) if history else ((), ())
    offered = model.recommend(product, day, today=TODAY, basket=basket, barred=barred, limit=limit)
    names = first(offered)
    assert len(names) == len(set(names)) == min(limit, len(set(model.ids_) - barred - set(basket)))
    assert not set(names) & (barred | set(basket))
    assert [one.score for one in offered] == sorted((one.score for one in offered), reverse=True)
    assert all(0 < one.score < 1 and one.reason in REASONS for one in offered)
    bought = {one for one, when in history if when <= TODAY}
    for one in offered:
        assert one.reason != "again" or one.product in bought
        assert one.reason != "similar" or (one.product not in bought and one.detail["product"] in bought)
        assert one.reason != "goes_with" or one.detail["product"] in basket
    json.dumps([vars(one) for one in offered])


@given(history=histories.filter(bool), seed=st.integers(0, 99))
def test_the_order_of_lines_and_repeats_in_an_order_change_nothing(model, history, seed):
    shuffled = [history[place] for place in np.random.default_rng(seed).permutation(len(history))] + history[:1]
    one, other = (model.recommend(*zip(*lines, strict=True), today=TODAY) for lines in (history, shuffled))
    assert one == other


@pytest.mark.parametrize("seed", [0, 1])
def test_numbering_customers_otherwise_changes_nothing(orders, model, seed):
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(orders[0]))
    customer, product, day = (column[rows] for column in orders)
    other = Recommender().fit(rng.permutation(1000)[customer], product, day, today=TODAY)
    assert_same_state(model, other)


def test_same_orders_same_model(orders, model):
    assert_same_state(model, Recommender().fit(*orders, today=TODAY))


def test_kept_and_read_again(model):
    document, arrays = model.state()
    again = Recommender.from_state(json.loads(json.dumps(document)), arrays)
    asked = {"today": TODAY, "basket": [LACES]}
    assert again.recommend([BOOTS], [TODAY - 9], **asked) == model.recommend([BOOTS], [TODAY - 9], **asked)
    assert_same_state(model, again)
    with pytest.raises(ValueError, match="train again"):
        Recommender.from_state({**document, "columns": ["other"]}, arrays)


def test_nothing_of_a_single_customer_is_kept(model, orders):
    _document, arrays = model.state()
    customers = len(np.unique(orders[0]))
    assert all(customers not in values.shape for values in arrays.values())


def assert_same_state(one, other):
    (document, arrays), (other_document, other_arrays) = one.state(), other.state()
    assert document == other_document
    assert arrays.keys() == other_arrays.keys()
    for name, values in arrays.items():
        assert np.array_equal(values, other_arrays[name]), name


# ------------------------------------------------------------
# Little data
# ------------------------------------------------------------


def test_no_orders_no_recommendations():
    model = Recommender().fit([], [], [], today=TODAY)
    assert model.recommend([1], [5], today=TODAY, basket=[2], barred=[3]) == []
    assert Recommender.from_state(*model.state()).recommend([], [], today=TODAY) == []


def test_one_order_line():
    model = Recommender().fit([1], [BOOTS], [TODAY - 40], today=TODAY)
    assert not any(model.learned_.values())
    assert [(one.product, one.reason) for one in model.recommend([BOOTS], [TODAY - 40], today=TODAY)] == [
        (BOOTS, "again")
    ]
    assert model.recommend([], [], today=TODAY, basket=[BOOTS]) == []


def test_few_orders_take_the_usual_worth_and_still_rank():
    customer, product, day = made(customers=6)
    model = Recommender().fit(customer, product, day, today=TODAY)
    assert not all(model.learned_.values())
    assert first(model.recommend([SHOES] * 3, [600, 640, 690], today=TODAY))[0] == SHOES


# ------------------------------------------------------------
# Parts
# ------------------------------------------------------------


def test_lines_are_orders_with_each_product_once():
    lines = Lines.from_rows(np.array([7, 7, 7, 7]), np.array([0, 0, 1, 1]), np.array([3, 3, 3, 5]))
    assert len(lines) == 3
    assert (lines.customers, lines.orders) == (1, 2)
    told = Lines.from_rows(np.array([7, 7]), np.array([0, 0]), np.array([3, 3]), np.array([1, 2]))
    assert (len(told), told.orders) == (2, 2)


def test_similarity_is_the_published_closed_form():
    """EASE by its definition: ridge regression of each product on the others, one at a time."""
    customer, product, _day = made(customers=40)
    _names, number = np.unique(product, return_inverse=True)
    lines = Lines.from_rows(customer, number, np.zeros(len(number), int))
    count = number.max() + 1
    links = Products.learn(lines, count, 1).similar
    dense = np.zeros((40, count))
    dense[customer, number] = 1.0
    penalty = 3.0 * dense.sum() / count
    for target in range(count):
        others = np.delete(np.arange(count), target)
        held = dense[:, others]
        wanted = np.linalg.solve(held.T @ held + penalty * np.eye(count - 1), held.T @ dense[:, target])
        ours = np.zeros(count)
        for source in others:
            rows = slice(links.start[source], links.start[source + 1])
            ours[source] = links.weight[rows][links.target[rows] == target].sum()
        assert ours[others] == pytest.approx(wanted, abs=1e-5)


def test_rules_need_enough_orders():
    few = [(n, product, 10 * n) for n in range(MIN_TOGETHER - 1) for product in (0, 1)]
    rest = [(50 + n, 2, n) for n in range(60)]
    customer, product, day = (np.array(column) for column in zip(*few, *rest, strict=True))
    assert len(Products.learn(Lines.from_rows(customer, product, day), 3, 700).together.target) == 0
    enough = Lines.from_rows(np.append(customer, [40, 40]), np.append(product, [0, 1]), np.append(day, [99, 99]))
    links = Products.learn(enough, 3, 700).together
    assert sorted(links.target.tolist()) == [0, 1]
    usual = 3 / 63
    assert links.share == pytest.approx([(3 + 5 * usual) / 8] * 2)
    assert links.weight == pytest.approx([np.log((3 + 5 * usual) / 8 / usual)] * 2)


def test_the_rhythm_of_a_product_is_drawn_to_that_of_all():
    customer = np.repeat(np.arange(40), 10)
    day = np.tile(np.arange(10) * 30, 40)
    lines = Lines.from_rows(np.append(customer, [99, 99]), np.append(customer * 0, [1, 1]), np.append(day, [0, 200]))
    fast, slow = Products.learn(lines, 2, 400).rhythm
    assert fast == pytest.approx(30)
    assert 30 < slow < 60


def test_worth_is_that_of_scikit_learn_with_nothing_against_its_sense():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    values = rng.normal(size=(400, len(NAMES))) * np.linspace(0.1, 3, len(NAMES))
    values[:, 4] = 7.0  # never varies
    against = NAMES.index("similar")  # which should speak for a product
    taken = rng.random(400) < 1 / (1 + np.exp(1 - values[:, 0] * 5 + values[:, against]))
    weight = rng.uniform(0.2, 1, 400)
    ours = fit_worth(values, taken, weight)
    assert ours[4] == ours[against] == 0.0
    assert (ours[:-1][FAVOURABLE] >= 0).all()
    used = np.flatnonzero(ours[:-1])
    spread = values[:, used].std(axis=0)
    scaled = (values[:, used] - values[:, used].mean(axis=0)) / spread
    theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(scaled, taken, sample_weight=weight)
    assert ours[used] == pytest.approx(theirs.coef_[0] / spread, abs=1e-3)
