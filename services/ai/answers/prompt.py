"""The prompt of an answer: the newest turns that fit, and the text to continue."""

from dataclasses import dataclass, field
from typing import Final

from services.ai.answers.context_window import (
    Calibration,
    Window,
    estimate_tokens,
    estimate_turns,
    fit,
)
from services.ai.provider.ask import Ask, prefill_of
from services.ai.provider.connection import Connection
from services.shared.bus.messages import AnswerJob, Turn
from services.shared.markdown import without_data_images

CONTINUE_REQUEST: Final = (
    "Your last message was cut off. Go on with it from exactly where it ends, without repeating"
    " anything of it and without any word about this."
)
# Kept free in a model's window for the answer, unless the answer has a limit of its own.
ANSWER_TOKENS: Final = 1024
# For an endpoint that refuses a prompt without naming its limit.
SHORTER: Final = 0.7


@dataclass(slots=True)
class Prompt:
    """The prompt of one answer; `limit` is the model's window in tokens, None where unknown.

    `longest` is how many tokens the answer may have, None for no limit of ours.
    """

    job: AnswerJob
    system: str
    model: str | None
    limit: int | None
    longest: int | None
    calibration: Calibration
    window: Window = field(init=False)
    _begun: str = field(default="", init=False)
    """The begun text of the last request: its tokens count as well."""

    def __post_init__(self) -> None:
        self.window = self._fit()

    def ask(self, text: str, thoughts: str, *, prefills: bool) -> Ask:
        """Ask for what follows `text`: as the same message, or by a request to continue it.

        `thoughts` came before the text. Images are reduced to their words: no endpoint continues or
        repeats their base64.
        """
        self._begun = begun = without_data_images(text)
        turns = self.window.turns
        if begun.strip() and not prefills:
            said = Turn(role="assistant", content=prefill_of(begun))
            turns = (*turns, said, Turn(role="user", content=CONTINUE_REQUEST))
        return Ask(
            turns,
            begun,
            thoughts,
            prefills=prefills,
            model=self.job.model,
            max_tokens=self.longest,
            temperature=self.job.temperature,
            top_p=self.job.top_p,
        )

    def shorten(self, limit: int | None) -> bool:
        """Leave out more turns after a refusal that may name a limit; False if none is left."""
        left_out = self.window.left_out
        if limit is None:
            self.limit = int(self.tokens * SHORTER)
        else:
            self.limit = limit
            self.calibration.learn_refusal(self.model, estimated=self._estimated, limit=limit)
        self.window = self._fit()
        return self.window.left_out > left_out

    def learn(self, reported: int | None) -> None:
        """Learn from the number of tokens that the endpoint counted in this prompt."""
        self.calibration.learn_usage(self.model, estimated=self._estimated, reported=reported or 0)

    @property
    def tokens(self) -> int:
        """The estimated tokens of the prompt."""
        return int(self._estimated * self.calibration.ratio(self.model))

    @property
    def _reserve(self) -> int:
        return ANSWER_TOKENS if self.longest is None else self.longest

    @property
    def _estimated(self) -> int:
        return estimate_turns(self.window.turns) + estimate_tokens(self._begun)

    def _fit(self) -> Window:
        begun = self._begun or without_data_images(self.job.begun)
        return fit(
            self.job.turns,
            system=self.system,
            limit=self.limit,
            reserve=self._reserve + estimate_tokens(begun),
            ratio=self.calibration.ratio(self.model),
        )


async def prompt_for(
    job: AnswerJob, connection: Connection, system: str, calibration: Calibration
) -> Prompt:
    """Choose how much of the chat the connection's model gets.

    `system` is said to chats without a system prompt of their own. A chat may only shorten the
    longest answer of the connection.
    """
    limit = await connection.knowledge.context_tokens(job.model)
    limits = [most for most in (job.max_tokens, connection.settings.max_tokens) if most]
    model = f"{connection.name}/{job.model or connection.settings.model or ''}"
    said = system if job.system_prompt is None else job.system_prompt
    return Prompt(job, said.strip(), model, limit, min(limits, default=None), calibration)
