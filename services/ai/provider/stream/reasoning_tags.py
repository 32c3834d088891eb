"""The tags that models write around their reasoning and around their answer."""

from typing import Final

REASONING_TAGS: Final[dict[str, str]] = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<reason>": "</reason>",
    "<reasoning>": "</reasoning>",
    "<thought>": "</thought>",
    "<seed:think>": "</seed:think>",
    "<longcat_think>": "</longcat_think>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|think:start|>": "<|think:end|>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
    "<|channel>thought": "<channel|>",
    "[THINK]": "[/THINK]",
    "[unused16]": "[unused17]",
    "◁think▷": "◁/think▷",
}
"""Around reasoning: DeepSeek's and most others'; Seed-OSS, LongCat, Sky-T1, Solar, Command A,
Apertus, Gemma 4, Magistral, Pangu and Kimi write their own."""
AMBIGUOUS_TAGS: Final[dict[str, str]] = {
    "Here is my thought process:": "Here is my response:",
    "Here's my thought process:": "Here's my response:",
    "analysis": "assistantfinal",
}
"""Words around reasoning that may as well begin an answer: only the closing ones decide. Of
Granite, and of Harmony where a server leaves out the marks and not the words."""
ANSWER_TAGS: Final[dict[str, str]] = {
    "<answer>": "</answer>",
    "<response>": "</response>",
    "<|begin_of_solution|>": "<|end_of_solution|>",
    "<|START_RESPONSE|>": "<|END_RESPONSE|>",
}
"""Around the answer that follows reasoning: of Hunyuan, Ernie, Sky-T1 and Command A."""
