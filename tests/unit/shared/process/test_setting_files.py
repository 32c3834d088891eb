"""`NAME_FILE` in the place of `NAME`: every setting, every fault in a sentence, no value shown."""

import fcntl
import os
import signal
from pathlib import Path

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.ai.settings import AiSettings
from services.realtime.settings import RealtimeSettings
from services.shared.bus.command_settings import BusAddress, OperatorSettings, PublisherSettings
from services.shared.process.setting_files import MOST_BYTES, SettingFileError, read_files
from services.shared.process.settings import ServiceSettings, unknown_names
from services.web.settings import WebSettings
from tests.integration.local.surroundings import steer
from tests.support.settings_tables import SETTINGS, variables

SECRET = "hunter2-secret"
KEYS = '["a-new-key-0123456789abcdefghijklmnop", "an-old-key-0123456789abcdefghijklmno"]'


class PartSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="NATTER_PART_")

    port: int = Field(9000, ge=0, le=65535)
    hosts: tuple[str, ...] = ()
    greeting: str = "hello"
    password: SecretStr = Field(validation_alias="PART_PASSWORD")


def complaint(settings: type[ServiceSettings]) -> list[str]:
    with pytest.raises(SystemExit) as ended:
        settings.load()
    heading, *faults = str(ended.value).splitlines()
    assert heading == "The settings are wrong:"
    assert SECRET not in str(ended.value)
    return [fault.strip() for fault in faults]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "password"
    steer(monkeypatch, PART_PASSWORD_FILE=str(path))
    return path


def test_a_file_is_read_without_its_final_line_end(file: Path) -> None:
    for written, value in (
        ("hunter2-secret", SECRET),
        ("hunter2-secret\n", SECRET),
        ("hunter2-secret\r\n", SECRET),
        ("\ufeffhunter2-secret\r\n", SECRET),
        (" two words \n", " two words"),
        ("hunter2-secret  ", SECRET),
        ("hunter2-secret \t\r\n \n", SECRET),
        ("a line \nand another \n", "a line \nand another "),
        ("a line\nand another\n\n", "a line\nand another"),
        ("Grüße", "Grüße"),
    ):
        file.write_text(written, encoding="utf-8", newline="")
        assert PartSettings.load().password.get_secret_value() == value


def test_every_kind_of_setting_may_stand_in_a_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"PORT": "9001\n", "HOSTS": '["a", "b"]\n', "GREETING": "good day\n"}
    file.write_text(SECRET)
    for name, value in values.items():
        (file.parent / name).write_text(value)
        monkeypatch.setenv(f"NATTER_PART_{name}_FILE", str(file.parent / name))
    (file.parent / "level").write_text("debug\n")
    monkeypatch.setenv("NATTER_LOG_LEVEL_FILE", str(file.parent / "level"))
    settings = PartSettings.load()
    assert (settings.port, settings.hosts, settings.greeting) == (9001, ("a", "b"), "good day")
    assert settings.log_level == "debug"


def test_json_settings_of_the_services_are_read_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys").write_text(KEYS + "\n")
    (tmp_path / "url").write_text(f"nats://realtime:{SECRET}@127.0.0.1:4222\n")
    (tmp_path / "connections").write_text('{"local": {"base_url": "http://127.0.0.1:1/v1"}}\n')
    steer(
        monkeypatch,
        NATTER_STREAM_KEYS_FILE=str(tmp_path / "keys"),
        NATS_URL_FILE=str(tmp_path / "url"),
        NATTER_AI_CONNECTIONS_FILE=str(tmp_path / "connections"),
    )
    realtime = RealtimeSettings.load()
    assert [key.get_secret_value()[:5] for key in realtime.stream_keys] == ["a-new", "an-ol"]
    assert SECRET in realtime.nats_url.get_secret_value()
    assert AiSettings.load().default == "local"


def test_an_empty_file_leaves_a_setting_unset(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for empty in ("", "\n", "\r\n\n", " \t\n"):
        file.write_text(empty)
        assert complaint(PartSettings) == [f"PART_PASSWORD_FILE ({file}): must be set"]
        monkeypatch.setenv("NATTER_PART_GREETING_FILE", str(file))
    monkeypatch.setenv("PART_PASSWORD_FILE", "")
    monkeypatch.setenv("PART_PASSWORD", SECRET)
    assert PartSettings.load().greeting == "hello"


def test_of_a_variable_and_its_file_an_empty_one_does_not_count(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(SECRET)
    monkeypatch.setenv("PART_PASSWORD", "")
    assert PartSettings.load().password.get_secret_value() == SECRET
    file.write_text("\n")
    monkeypatch.setenv("PART_PASSWORD", SECRET)
    assert PartSettings.load().password.get_secret_value() == SECRET
    monkeypatch.setenv("NATTER_PART_GREETING_FILE", str(file))
    monkeypatch.setenv("NATTER_PART_GREETING", "")
    assert PartSettings.load().greeting == "hello"


def test_a_variable_and_its_file_cannot_both_count(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(SECRET)
    monkeypatch.setenv("PART_PASSWORD", SECRET)
    assert complaint(PartSettings) == [
        "PART_PASSWORD_FILE: PART_PASSWORD is set, too: only one of them can count"
    ]


def test_a_file_that_cannot_be_read_is_named_with_the_reason(file: Path) -> None:
    assert complaint(PartSettings) == [
        f"PART_PASSWORD_FILE: {file} cannot be read (No such file or directory)"
    ]
    file.mkdir()
    (fault,) = complaint(PartSettings)
    assert fault == f"PART_PASSWORD_FILE: {file} is no regular file"
    file.rmdir()
    os.mkfifo(file)
    assert complaint(PartSettings) == [fault]


def test_a_file_that_has_nothing_to_read_yet_is_not_waited_for(file: Path) -> None:
    ignored = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        with file.open("w") as leased:
            fcntl.fcntl(leased, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            (fault,) = complaint(PartSettings)
    finally:
        signal.signal(signal.SIGIO, ignored)
    assert fault == (
        f"PART_PASSWORD_FILE: {file} cannot be read (Resource temporarily unavailable)"
    )


def test_a_file_that_is_not_text_is_refused_and_not_shown(file: Path) -> None:
    for data in (b"\xff\xfes\0", SECRET.encode("utf-16"), b"hunter2-secret\0"):
        file.write_bytes(data)
        assert complaint(PartSettings) == [f"PART_PASSWORD_FILE: {file} is no text in UTF-8"]


def test_a_file_may_have_a_megabyte_and_no_more(file: Path) -> None:
    file.write_bytes(b"x" * MOST_BYTES)
    assert len(PartSettings.load().password.get_secret_value()) == MOST_BYTES
    file.write_bytes(b"x" * (MOST_BYTES + 1))
    assert complaint(PartSettings) == [f"PART_PASSWORD_FILE: {file} is larger than 1 MB"]


def test_all_files_that_cannot_be_read_are_named_at_once(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATTER_PART_PORT_FILE", "/nowhere/port")
    monkeypatch.setenv("NATTER_PART_PROT_FILE", "/nowhere/prot")
    faults = complaint(PartSettings)
    assert [fault.partition(":")[0] for fault in faults] == [
        "NATTER_PART_PROT_FILE",
        "NATTER_PART_PORT_FILE",
        "PART_PASSWORD_FILE",
    ]
    assert str(file) in faults[-1]


def test_a_wrong_value_is_reported_with_its_variable_and_its_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(SECRET)
    path = file.parent / "value"
    for name, written, said in (
        ("NATTER_PART_PORT", SECRET, "must be a valid integer, unable to parse"),
        ("NATTER_PART_PORT", "70000", "must be less than or equal to 65535"),
        ("NATTER_PART_HOSTS", SECRET, "must be JSON: Expecting value at character 1"),
        ("NATTER_LOG_LEVEL", SECRET, "must be 'debug'"),
    ):
        path.write_text(written)
        with monkeypatch.context() as patch:
            patch.setenv(f"{name}_FILE", str(path))
            (fault,) = complaint(PartSettings)
        assert fault.startswith(f"{name}_FILE ({path}): {said}")


def test_a_secret_in_the_place_of_its_path_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    unreadable = "the path it holds cannot be read"
    for pasted, shown in (
        ("sk-hunter2-secret-1234567890", unreadable),
        ("nats://web:hunter2-secret@127.0.0.1", unreadable),
        (f'["{SECRET}-0123456789abcdefghij"]', unreadable),
        ("hunter2", unreadable),
        ("hunter2/pass", unreadable),
        ("hunter2\nsecond", unreadable),
        ("/sk-hunter2-secret-1234567890", "***"),
        ("..", ".. is no regular file"),
    ):
        steer(monkeypatch, PART_PASSWORD_FILE=pasted)
        (fault,) = complaint(PartSettings)
        assert shown in fault
        assert "hunter2" not in fault


def test_an_existing_path_is_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.setenv("PART_PASSWORD_FILE", "password")
    file.write_bytes(b"\xff")
    assert complaint(PartSettings) == ["PART_PASSWORD_FILE: password is no text in UTF-8"]


def test_a_path_with_a_nul_is_reported_in_a_sentence() -> None:
    with pytest.raises(SettingFileError, match=r"^PART_PASSWORD_FILE: .+ has a NUL"):
        read_files(["PART_PASSWORD"], {"PART_PASSWORD_FILE": f"{SECRET}\0"})


def test_a_secret_is_read_again_from_its_file_and_stays_while_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "url"
    file.write_text("nats://a:first@h\n")
    steer(monkeypatch, NATS_URL_FILE=str(file), NATTER_STREAM_KEYS=KEYS)
    url = RealtimeSettings.load().renewed("nats_url")
    assert url() == "nats://a:first@h"
    file.write_text("nats://a:second@h\n")
    assert url() == "nats://a:second@h"
    file.write_text("")
    assert url() == "nats://a:first@h"
    file.unlink()
    assert url() == "nats://a:first@h"
    steer(monkeypatch, NATS_URL="nats://a:given@h", NATTER_STREAM_KEYS=KEYS)
    assert RealtimeSettings.load().renewed("nats_url")() == "nats://a:given@h"


def test_the_file_of_every_setting_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    steer(monkeypatch, NATTER_WEB_PORT_FILE="/x", NATTER_WEB_PROT_FILE="/x")
    assert unknown_names(WebSettings) == {"NATTER_WEB_PROT_FILE"}


def test_no_setting_has_the_name_of_anothers_file() -> None:
    names = {name for name, _ in variables(SETTINGS)}
    assert not names & {f"{name}_FILE" for name in names}


def test_commands_find_nats_by_a_file_of_the_environment_before_their_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text("nats://a:given@h\n")
    commands: tuple[type[BusAddress], ...] = (PublisherSettings, OperatorSettings)
    for settings in commands:
        (tmp_path / settings.file_name).write_text("NATS_URL=nats://a:noted@h\n")
        steer(monkeypatch, NATTER_DATA_DIR=str(tmp_path))
        assert settings.load().nats_url.get_secret_value() == "nats://a:noted@h"
        monkeypatch.setenv("NATS_URL_FILE", str(tmp_path / "url"))
        assert settings.load().nats_url.get_secret_value() == "nats://a:given@h"
        monkeypatch.setenv("NATS_URL_FILE", "/nowhere/url")
        with pytest.raises(SettingFileError, match=r"^NATS_URL_FILE: /nowhere/url cannot be read"):
            settings.load()
