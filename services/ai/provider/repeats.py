"""Leaves out of an answer's shares what repeats the part of it that was begun."""

from services.ai.provider.echo import EchoFilter, ThoughtFilter
from services.ai.provider.shares import NOTHING, Share


class RepeatFilter:
    """Takes the shares of what follows `begun`, and the `thoughts` before it, in their order.

    Its methods raise ContinuationRefusedError as those of `EchoFilter` do.
    """

    def __init__(self, begun: str, thoughts: str) -> None:
        self._begun = begun
        self._is_idle = not (begun or thoughts)
        self._text = EchoFilter(begun)
        self._thoughts = ThoughtFilter(thoughts)

    def feed(self, share: Share) -> Share:
        """Return what of `share`, and of what was held back, is new."""
        if self._is_idle or share is NOTHING:
            return share
        reasoning = self._thoughts.feed(share.reasoning)
        if share.recast:
            # What was held back was thought, too.
            reasoning = self._text.held + reasoning
            self._text = EchoFilter(self._begun)
        return share._replace(text=self._text.feed(share.text), reasoning=reasoning)

    def finish(self, share: Share, *, is_whole: bool) -> Share:
        """Return what is left when nothing more comes than `share`, and the answer `is_whole`."""
        share = self.feed(share)
        return share._replace(text=share.text + self._text.finish(is_whole=is_whole))
