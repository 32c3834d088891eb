"""Rings: which publications they hold, from where on they are complete, and their size."""

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.realtime.rooms.publication import Publication, memory, stamp
from services.realtime.rooms.ring import Ring, Rings
from services.shared.bus.subjects import Group, check_group
from tests.support.sockets import element

GROUPS = [check_group(f"chat_{number}") for number in range(3)]
PLENTY = 1_000_000
ONE = 100
"""Characters of a publication's text; the whole publication takes `COST` bytes."""


def publication(sequence: int, length: int = ONE) -> Publication:
    return stamp("0f3a99c1", sequence, element("x" * length).encode())


COST = memory(publication(1))


def filled(*sequences: int, floor: int = 0) -> Ring:
    ring = Ring(floor)
    for sequence in sequences:
        ring.append(publication(sequence))
    return ring


def numbers(ring: Ring, after: int) -> list[int]:
    return [held.sequence for held in ring.after(after)]


def test_a_message_of_which_nothing_is_kept_counts_as_known() -> None:
    ring = filled(5)
    ring.skip(8)
    assert (ring.floor, ring.last) == (0, 8)
    assert numbers(ring, 0) == [5]
    ring.append(publication(9))
    assert numbers(ring, 5) == numbers(ring, 8) == [9]


def test_trimming_leaves_at_most_half_and_raises_the_floor_to_what_is_gone() -> None:
    ring = filled(1, 3, 5, 7)
    assert ring.trim(4 * COST) == 0
    ring.append(publication(9))
    assert ring.trim(4 * COST) == 3 * COST
    assert (ring.floor, ring.last, ring.size) == (5, 9, 2 * COST)
    assert numbers(ring, ring.floor) == [7, 9]


def test_what_is_larger_than_the_limit_is_let_go_and_the_floor_tells_of_it() -> None:
    ring = filled(5)
    assert ring.trim(COST - 1) == COST
    assert (ring.floor, ring.last, ring.size, len(ring)) == (5, 5, 0, 0)
    assert ring.after(5) == []


def test_what_was_published_least_recently_makes_room() -> None:
    rings, one, other = Rings(3 * COST, PLENTY), Ring(0), Ring(0)
    for sequence, group, ring in ((1, 0, one), (2, 1, other), (3, 0, one)):
        rings.append(GROUPS[group], ring, publication(sequence))
    assert (rings.size, rings.evicted_up_to, rings.publications()) == (3 * COST, 0, 3)
    rings.append(GROUPS[0], one, publication(4))
    assert rings.find(GROUPS[0]) is one
    assert rings.find(GROUPS[1]) is None
    assert (rings.size, rings.evicted_up_to, rings.publications()) == (3 * COST, 2, 3)
    assert (other.floor, other.last, len(other)) == (2, 2, 0)


def test_rings_without_room_for_one_publication_take_no_memory() -> None:
    """Neither bytes nor the names of groups: a gateway without rings may run for years."""
    for limit in (0, COST - 1):
        rings = Rings(limit, PLENTY)
        for sequence, group in enumerate(GROUPS * 3, start=1):
            rings.append(group, Ring(0), publication(sequence))
            assert (rings.size, rings.publications(), rings.find(group)) == (0, 0, None)
            assert rings.evicted_up_to == sequence


def test_older_ones_are_kept_only_where_they_fit() -> None:
    rings, ring = Rings(4 * COST, 3 * COST), filled(8, floor=7)
    rings.size = ring.size
    rings.extend_back(GROUPS[0], ring, 3, [publication(number) for number in (4, 5, 6)])
    assert (ring.floor, rings.size, rings.find(GROUPS[0])) == (7, COST, None)
    rings.extend_back(GROUPS[0], ring, 3, [publication(4), publication(5)])
    assert (ring.floor, rings.size, rings.find(GROUPS[0])) == (3, 3 * COST, ring)
    rings.extend_back(GROUPS[1], other := Ring(9), 3, [publication(4), publication(5)])
    assert (other.floor, rings.size, rings.find(GROUPS[1])) == (9, 3 * COST, None)


class Model(RuleBasedStateMachine):
    """Rings beside plain lists of all that was ever published in each group."""

    @initialize(limit=st.integers(0, 12), each=st.integers(0, 12))
    def start(self, limit: int, each: int) -> None:
        self.rings = Rings(limit * COST, each * COST)
        self.published: dict[Group, list[int]] = {group: [] for group in GROUPS}
        self.open = {group: Ring(0) for group in GROUPS}
        self.sequence = 0

    @rule(group=st.sampled_from(GROUPS), length=st.integers(0, 4 * ONE), gap=st.integers(1, 3))
    def publish(self, group: Group, length: int, gap: int) -> None:
        self.sequence += gap
        self.published[group].append(self.sequence)
        self.rings.append(group, self.open[group], publication(self.sequence, length))

    @rule(group=st.sampled_from(GROUPS))
    def refuse(self, group: Group) -> None:
        """It is not kept, so it must not be returned."""
        self.sequence += 1
        self.open[group].skip(self.sequence)

    @rule(limit=st.integers(0, 6))
    def shrink(self, limit: int) -> None:
        self.rings.shrink(limit * COST)
        assert self.rings.size <= limit * COST

    @rule(group=st.sampled_from(GROUPS))
    def start_over(self, group: Group) -> None:
        self.rings.reset(group, self.open[group], self.sequence)

    @rule(group=st.sampled_from(GROUPS), share=st.floats(0, 1))
    def read_back(self, group: Group, share: float) -> None:
        ring = self.open[group]
        floor = int(ring.floor * share)
        older = [number for number in self.published[group] if floor < number <= ring.floor]
        self.rings.extend_back(group, ring, floor, [publication(number) for number in older])

    @invariant()
    def what_is_held_is_all_after_the_floor(self) -> None:
        for group, ring in self.open.items():
            for after in range(ring.floor, self.sequence + 2):
                expected = [number for number in self.published[group] if number > after]
                assert numbers(ring, after) == expected

    @invariant()
    def sizes_are_right_and_within_the_limits(self) -> None:
        held = [ring for group in GROUPS if (ring := self.rings.find(group)) is not None]
        assert self.rings.size == sum(ring.size for ring in self.open.values())
        assert self.rings.size == sum(ring.size for ring in held)
        assert self.rings.publications() == sum(len(ring) for ring in self.open.values())
        assert self.rings.size <= self.rings.limit
        assert all(0 < ring.size <= self.rings.limit_each for ring in held)


test_rings_hold_what_plain_lists_hold = Model.TestCase
test_rings_hold_what_plain_lists_hold.settings = hypothesis_settings(
    max_examples=50, stateful_step_count=30, deadline=None
)


@given(st.lists(st.integers(0, 300), max_size=20), st.integers(0, 5000))
def test_a_ring_never_grows_past_its_limit(lengths: list[int], limit: int) -> None:
    ring = Ring(0)
    for sequence, length in enumerate(lengths, start=1):
        ring.append(publication(sequence, length))
        ring.trim(limit)
        assert 0 <= ring.size <= limit
        assert ring.size == sum(memory(held) for held in ring.after(ring.floor))
