"""Drops from an answer what repeats the begun part of it: text and thoughts."""

from services.ai.provider.stream.echo import EchoFilter
from services.ai.provider.stream.pieces import NO_SHARE, Share


class ThoughtFilter:
    """Takes the thoughts that come with the rest of an answer, and drops those that come again.

    Thoughts that differ, even in the last word, are new: an endpoint may think once more and
    continue all the same.
    """

    def __init__(self, begun: str) -> None:
        self._begun = begun.strip()
        self._length = 0

    def feed(self, thoughts: str) -> str:
        """Return what of `thoughts`, and of what was held back, is new."""
        begun, before = self._begun, self._length
        if before == len(begun):
            return thoughts
        thoughts = thoughts if before else thoughts.lstrip()
        again = begun[before : before + len(thoughts)]
        if thoughts.startswith(again):
            self._length += len(again)
            return thoughts[len(again) :]
        self._length = len(begun)
        return begun[:before] + thoughts


class RepeatFilter:
    """Takes the shares that follow `begun`, and the `thoughts` before it, in their order.

    Its methods raise ContinuationRefusedError as those of `EchoFilter` do.
    """

    def __init__(self, begun: str, thoughts: str) -> None:
        self._begun = begun
        self._is_idle = not (begun or thoughts)
        self._text = EchoFilter(begun)
        self._thoughts = ThoughtFilter(thoughts)

    def feed(self, share: Share) -> Share:
        """Return what of `share`, and of what was held back, is new."""
        if self._is_idle or share is NO_SHARE:
            return share
        reasoning = self._thoughts.feed(share.reasoning)
        if share.recast:
            # The held text was reasoning, too.
            reasoning = self._text.held + reasoning
            self._text = EchoFilter(self._begun)
        return share._replace(text=self._text.feed(share.text), reasoning=reasoning)

    def finish(self, share: Share, *, is_whole: bool) -> Share:
        """Return what of the last share, and of what was held back, is new."""
        share = self.feed(share)
        return share._replace(text=share.text + self._text.finish(is_whole=is_whole))
