"""`make soak`: looks for code that takes more than linear time over what strangers write.

`ARGS="--seconds 600 --seed 7 title refusal"` says for how long in all, from which seed on, and
which targets. The exit status is 1 where something was found.
"""

import argparse
import math
import secrets
import sys
import time
from typing import Final

from tests.soak.growth import Point, exponent
from tests.soak.recipe import Recipe
from tests.soak.search import Finding, Search, search
from tests.soak.targets import TARGETS

SECONDS: Final = 180.0
LEAST_SECONDS: Final = 1.0
SEEDS: Final = 1_000_000
FOUND: Final = 1


def main() -> int:
    """Search, and say what was found."""
    options = _options()
    names = options.targets or list(TARGETS)
    _say(f"seed {options.seed}, {options.seconds:g} s for {len(names)} targets")
    end = time.monotonic() + options.seconds
    found = False
    for place, name in enumerate(names):
        share = max(LEAST_SECONDS, (end - time.monotonic()) / (len(names) - place))
        looked = search(TARGETS[name], f"{options.seed} {name}", share)
        found = found or bool(looked.findings)
        _report(name, looked)
    return FOUND if found else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(SEEDS))
    parser.add_argument("targets", nargs="*", metavar="target", choices=[[], *TARGETS])
    return parser.parse_args()


def _report(name: str, looked: Search) -> None:
    worst = _worst(*looked.worst) if looked.worst else "nothing was tried"
    _say(f"{name}: {looked.tried} recipes; {worst}")
    for finding in looked.findings:
        _say(f"  FOUND {_described(finding.recipe)}")
        _say(f"    {_curve(finding)}")


def _worst(point: Point, recipe: Recipe) -> str:
    return f"the slowest took {_written(point)}: {_described(recipe)}"


def _curve(finding: Finding) -> str:
    points = [point for point in finding.points if math.isfinite(point.seconds)][-4:]
    power = f"; grows with the power {exponent(points):.1f}" if len(points) > 1 else ""
    return ", ".join(map(_written, finding.points[-5:])) + power


def _described(recipe: Recipe) -> str:
    parts = {name: "".join(getattr(recipe, name)) for name in Recipe.__match_args__}
    return " ".join(f"{name}={text!r}" for name, text in parts.items() if text)


def _written(point: Point) -> str:
    seconds = point.seconds
    took = "for ever" if math.isinf(seconds) else f"{1000 * seconds:.1f} ms"
    return f"{took} at {point.length:,}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
