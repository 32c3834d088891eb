"""Judges the examples of Hypothesis by their outcome, not by their time."""

from hypothesis import HealthCheck, settings


def judge_examples_by_their_outcome() -> None:
    """Let none fail for the time that it or its making took: a busy machine is no fault."""
    name = "natter"
    settings.register_profile(
        name, settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile(name)
