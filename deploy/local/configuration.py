"""The settings of every part, checked before anything is started."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from deploy.local.exposure import exposure_faults
from deploy.local.service_settings import read_service
from deploy.local.services import (
    Backends,
    ai_environment,
    demo_environment,
    realtime_environment,
    web_environment,
)
from deploy.local.settings import LocalSettings, inherited_environment
from services.ai.settings import AiSettings
from services.demo.settings import DemoSettings
from services.realtime.settings import RealtimeSettings
from services.shared.process.settings import given_variable
from services.web.settings import WebSettings

# Placeholders for values that are known only once PostgreSQL and NATS run.
_STAND_INS = Backends(
    "postgresql://",
    dict.fromkeys(("web", "realtime", "ai"), "nats://127.0.0.1"),
    '["' + 32 * "-" + '"]',
    setup_code=16 * "x",
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The launcher's settings, the ai service's, and the environment that both come from.

    With `watch` the services start again when their code changes.
    """

    settings: LocalSettings
    ai: AiSettings
    inherited: Mapping[str, str]
    has_accounts: bool = False
    watch: bool = False


def load_configuration() -> Configuration:
    """Read the environment for every part; end the process with a line per wrong variable."""
    settings, faults = LocalSettings.read()
    inherited = inherited_environment()
    backends = _backends(settings)
    web, of_web = read_service(WebSettings, web_environment(settings, inherited, backends))
    _, of_realtime = read_service(
        RealtimeSettings, realtime_environment(settings, inherited, backends)
    )
    ai, of_ai = read_service(AiSettings, ai_environment(settings, inherited, backends))
    _, of_demo = read_service(DemoSettings, demo_environment(settings, inherited))
    # The services get the keys from the launcher, which may have read them from a file.
    given = given_variable(LocalSettings, "stream_keys")
    of_keys = (fault.replace("NATTER_STREAM_KEYS", given, 1) for fault in (*of_web, *of_realtime))
    faults += [*of_keys, *of_ai, *of_demo]
    if web is not None:
        faults += exposure_faults(settings, web)
    if faults or web is None or ai is None:
        sys.exit("The settings are wrong:\n  " + "\n  ".join(_one_per_variable(faults)))
    return Configuration(settings, ai, inherited, has_accounts=not web.single_user)


def _one_per_variable(faults: Iterable[str]) -> Iterable[str]:
    # The launcher and a service may both read a variable, and report the same fault.
    first: dict[str, str] = {}
    for fault in faults:
        first.setdefault(fault.partition(":")[0], fault)
    return first.values()


def _backends(settings: LocalSettings) -> Backends:
    if settings.stream_keys is None:
        return _STAND_INS
    return replace(_STAND_INS, stream_keys=settings.stream_keys.get_secret_value())
