"""The servers, and what is known of each: whether it can go on, and what it refuses."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.faults.service_process import ServiceProcess
from tests.models.installing import Say, install_litellm, install_llama, install_transformers
from tests.models.places import llama_server, program
from tests.models.tiny.making import make_folder, make_gguf
from tests.support.ports import free_port

KEY: Final = "sk-key-of-the-test"
MODEL: Final = "tiny"


@dataclass(frozen=True, slots=True)
class Served:
    """A running server as a connection sees it."""

    process: ServiceProcess
    """The one that holds the model."""
    base_url: str
    model: str = MODEL
    key: str = KEY

    def connection(self, **members: object) -> dict[str, str]:
        """Describe it to a worker, greedy; `members` are other settings of the connection."""
        described = {
            "base_url": self.base_url,
            "api_key": self.key,
            "model": self.model,
            "temperature": 0,
            **members,
        }
        return {"connections": json.dumps({"default": described}), "system_prompt": " "}


@dataclass(frozen=True, slots=True)
class Server:
    """One kind of server."""

    install: Callable[[Say], None]
    run: Callable[[Path, ExitStack], Served]
    goes_on: bool = True
    """It goes on with an answer that was begun, to the same text."""
    thinks: bool = False
    takeover: str = "auto"
    wants_key: bool = True
    wants_model: bool = True


def _run_llama(folder: Path, stack: ExitStack, *, thinks: bool = False) -> Served:
    port = free_port()
    command = [
        *(str(llama_server()), "--model", str(make_gguf(folder, thinks=thinks))),
        *("--alias", MODEL, "--api-key", KEY, "--host", "127.0.0.1", "--port", str(port)),
        *("--threads", "1", "--parallel", "2", "--ctx-size", "8192"),
    ]
    return _begun(stack, _process("llama.cpp", command, {}, port, folder))


def _run_thinking(folder: Path, stack: ExitStack) -> Served:
    return _run_llama(folder, stack, thinks=True)


def _run_litellm(folder: Path, stack: ExitStack) -> Served:
    behind, port = _run_llama(folder, stack), free_port()
    parameters = {"model": f"openai/{MODEL}", "api_base": behind.base_url, "api_key": KEY}
    settings = {
        "model_list": [{"model_name": MODEL, "litellm_params": parameters}],
        "general_settings": {"master_key": KEY},
    }
    written = folder / "litellm.yaml"
    written.write_text(json.dumps(settings))
    command = [str(program("litellm", "litellm")), "--config", str(written)]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    alone = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    path = "/health/liveliness"
    proxy = _begun(stack, _process("litellm", command, alone, port, folder, path))
    return replace(proxy, process=behind.process)


def _run_transformers(folder: Path, stack: ExitStack) -> Served:
    port, model = free_port(), str(make_folder(folder))
    command = [str(program("transformers", "transformers")), "serve", model]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    alone = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub"), "OMP_NUM_THREADS": "1"}
    served = _begun(stack, _process("transformers", command, alone, port, folder))
    return replace(served, model=model)


SERVERS: Final[dict[str, Server]] = {
    # It serves the one model that it has, whatever it is asked for.
    "llama.cpp": Server(install_llama, _run_llama, wants_model=False),
    "llama.cpp-thinking": Server(install_llama, _run_thinking, thinks=True, wants_model=False),
    "litellm": Server(install_litellm, _run_litellm, goes_on=False),
    "litellm-prefill": Server(install_litellm, _run_litellm, takeover="prefill"),
    "transformers": Server(install_transformers, _run_transformers, goes_on=False, wants_key=False),
}
NEEDS: Final = {"litellm": install_llama, "litellm-prefill": install_llama}
"""What has to be installed besides."""


@contextmanager
def running_server(name: str, folder: Path) -> Iterator[Served]:
    """Run the server until the body ends; it is not ready at once."""
    with ExitStack() as stack:
        yield SERVERS[name].run(folder, stack)


def _process(
    name: str,
    command: list[str],
    environment: Mapping[str, str],
    port: int,
    folder: Path,
    ready_path: str = "/health",
) -> ServiceProcess:
    variables = {"HOME": str(folder), **environment}
    log = folder / f"{name}-{port}.log"
    return ServiceProcess(name, variables, port, log, ready_path, command=command)


def _begun(stack: ExitStack, process: ServiceProcess) -> Served:
    process.begin()
    stack.callback(process.kill)
    return Served(process, f"{process.origin}/v1")
