"""How a chat is written for the model."""

from typing import Final

PLAIN: Final = (
    "{%- for message in messages -%}"
    "<|start|>{{ message.role }}<|answer|>{{ message.content | trim }}<|end|>"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|start|>assistant<|answer|>{%- endif -%}"
)
"""It trims every message, as Llama 3's does."""

THINKING: Final = (
    "{%- for message in messages -%}"
    "<|start|>{{ message.role }}<|answer|>"
    "{%- if message.role == 'assistant' and message.reasoning_content -%}"
    "<think>{{ message.reasoning_content }}</think>"
    "{%- endif -%}"
    "{{ message.content | trim }}<|end|>"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|start|>assistant<|answer|><think>{%- endif -%}"
)
"""Every answer begins with thoughts."""
