"""What the model has read."""

from typing import Final

ANSWERS: Final = """\
The sea is salt because the rain takes a little of the rock with it on the way to the sea.
The rain is soft, and the rock is hard, but the rain has all the time of the world.

A river takes the salt to the sea and the sun takes the water back to the sky.
So the salt stays in the water, and there is a little more of it with every river.

- The rain and the river bring the salt of the land.
- The sun and the wind take the water but not the salt.
- The sea has no way out, so all of it stays in the sea.

In a lake with a way out the water is sweet, for the river takes the salt to the next lake.
In a lake without a way out the sun takes the water and the salt stays.
Some of the salt is in the rock at the ground of the sea, and some of it is in the wind.
The wind takes a little of the water to the land, and with it a little of the salt.

- A lake with a river is sweet.
- A lake without a river is salt.
- The sea is the last lake of every river.

So the sea is a lake without a way out, and the salt of all the land is in it.
Every drop of rain has been in the sea, and every drop will be there again.
"""
"""Words with spaces before them or at the start of a line, and marks behind them."""

THOUGHTS: Final = (
    " I should explain this first; They ask about oceans; I believe they ask about minerals;"
    " Maybe I should mention clouds first; Clouds carry nothing; I believe minerals dissolve;"
    " They believe oceans dissolve minerals; I should mention erosion; Maybe I may explain oceans;"
    " I may mention erosion first; I should believe clouds carry minerals; They may dissolve;"
)
"""None of its words or marks is in an answer: the last one tells what the model is about."""
