"""The search for super-linear code: it finds what was planted, and nothing else."""

import math
from random import Random

from tests.soak.child import running
from tests.soak.growth import Point, curve, exponent, grows_too_fast, measure
from tests.soak.recipe import NUMBER, Recipe, random_recipe
from tests.soak.registry import Target
from tests.soak.search import search

PLANTED = "tests.soak.planted"
FRAGMENTS = ("a", "b", "ab", "[", "]", ";", " ")
SECONDS = 60.0
LONGEST = 200_000


def planted(name: str) -> Target:
    return Target(name, PLANTED, FRAGMENTS, LONGEST)


def test_a_quadratic_function_is_found_with_the_smallest_input() -> None:
    (finding,) = search(planted("quadratic"), "7", SECONDS, most_findings=1).findings
    assert finding.recipe == Recipe((), ("[",))
    assert exponent(finding.points[-3:]) > 1.7


def test_one_that_never_ends_is_found_and_the_search_goes_on() -> None:
    target = planted("exponential")
    found = search(target, "7", SECONDS, most_findings=1, cpu_seconds=0.3)
    (finding,) = found.findings
    assert math.isinf(finding.points[-1].seconds)
    assert finding.points[-1].length < 200


def test_in_a_linear_one_nothing_is_found() -> None:
    found = search(planted("linear"), "7", 2.0)
    assert found.tried > 10
    assert found.findings == ()
    assert found.worst is not None


def test_an_input_that_ends_the_process_counts_as_endless() -> None:
    with running(planted("fatal")) as child:
        assert math.isinf(measure(child, Recipe((), ("!",)), 1).seconds)
        assert math.isfinite(measure(child, Recipe((), ("?",)), 1).seconds)


def test_the_same_seed_makes_the_same_recipes() -> None:
    random, again = Random("8 title"), Random("8 title")  # noqa: S311 - that is what is tested
    recipes = [random_recipe(random, FRAGMENTS) for _ in range(50)]
    assert recipes == [random_recipe(again, FRAGMENTS) for _ in range(50)]
    assert any(recipe.closing for recipe in recipes)
    assert all(recipe.unit for recipe in recipes)


def test_a_curve_ends_at_the_longest_text_that_can_come() -> None:
    with running(planted("linear")) as child:
        points = curve(child, Recipe((), ("a",)), 1000)
    lengths = [point.length for point in points]
    assert len(lengths) == 7
    assert 990 <= lengths[-1] <= 1000


def test_growth_is_judged_where_it_is_noticed() -> None:
    line = [Point(2**power, 1e-6 * 2**power) for power in range(8, 18)]
    square = [Point(2**power, 1e-9 * 4**power) for power in range(8, 18)]
    assert not grows_too_fast(line)
    assert grows_too_fast(square)
    assert not grows_too_fast(square[:5])
    assert grows_too_fast([*line, Point(2**18, math.inf)])
    assert round(exponent(square), 3) == 2


def test_a_recipe_makes_texts_of_every_size() -> None:
    recipe = Recipe(("<",), ("(", NUMBER), ("x",), (")",), (">",))
    assert recipe.text(3) == "<(0(1(2x)))>"
    assert recipe.count_for(2) == 1
    assert 15_000 <= len(recipe.text(recipe.count_for(16_384))) <= 16_384
    assert len(Recipe((), ("ab",)).text(Recipe((), ("ab",)).count_for(1000))) == 1000
    assert Recipe((), ("a", "b")) not in set(Recipe((), ("a", "b")).smaller())
    assert set(Recipe((), ("a", "b"), ("c",)).smaller()) == {
        Recipe((), ("a", "b")),
        Recipe((), ("a",), ("c",)),
        Recipe((), ("b",), ("c",)),
    }


def test_fragments_are_taken_from_the_patterns_of_a_module() -> None:
    target = Target("title", PLANTED, ("a",), 1, modules=("services.ai.titles.lines",))
    assert {"a", "sure", "<", "title"} <= set(target.alphabet())
