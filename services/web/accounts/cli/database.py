"""A command's connection to the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from services.shared.process.command_line import REFUSED, CommandError
from services.shared.process.data_folder import DataFolder
from services.shared.process.setting_files import SettingFileError
from services.shared.process.settings import EnvironmentSettings
from services.web.db.migrate import pending
from services.web.db.pool import Connection, open_pool, transaction
from services.web.errors import DatabaseAwayError
from services.web.settings import PASSWORD_CHARS

FILE_NAME = "database.env"
NO_ADDRESS = (
    f"DATABASE_URL is not set, and no `make run` wrote {FILE_NAME} in .natter or NATTER_DATA_DIR"
)


class AccountSettings(EnvironmentSettings):
    """What the commands need of web's settings."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: SecretStr = Field(validation_alias="DATABASE_URL")
    password_min_chars: int = Field(
        PASSWORD_CHARS, validation_alias="NATTER_WEB_PASSWORD_MIN_CHARS"
    )
    base_path: str = Field("/", validation_alias="NATTER_WEB_BASE_PATH")

    @classmethod
    def find(cls) -> "AccountSettings":
        """Read the environment, then the file in the data folder; raises `CommandError`."""
        try:
            return cls(_env_file=DataFolder.file(FILE_NAME))
        except SettingFileError as error:
            raise CommandError(str(error), REFUSED) from error
        except ValidationError as error:
            variable = error.errors()[0]["loc"][0]
            text = NO_ADDRESS if variable == "DATABASE_URL" else f"{variable} is no number"
            raise CommandError(text, REFUSED) from error


@asynccontextmanager
async def database(settings: AccountSettings) -> AsyncIterator[Connection]:
    """Give a transaction on the database; raises `CommandError`."""
    try:
        async with (
            open_pool(settings.database_url.get_secret_value(), size=1) as pool,
            transaction(pool) as db,
        ):
            if await pending(db):
                raise CommandError("the database is older than this command: start Natter first")
            yield db
    except DatabaseAwayError as error:
        raise CommandError("no answer from PostgreSQL: is the stack running?") from error
