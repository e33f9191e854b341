"""What must be known before the settings load: the data folder and the secret key in it."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def choose_data_folder(argv: Sequence[str]) -> None:
    """Let `--data DIR` of any command decide `GATEWAY_DATA_DIR`, for this process and its children."""
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        if word == "--data" and following:
            os.environ["GATEWAY_DATA_DIR"] = str(Path(following).resolve())
        elif word.startswith("--data="):
            os.environ["GATEWAY_DATA_DIR"] = str(Path(word.removeprefix("--data=")).resolve())


def read_secret_key(folder: Path) -> str:
    """Return the data folder's secret key, or "" where there is none yet."""
    try:
        return (folder / "secret_key").read_text().strip()
    except OSError:
        return ""


def ensure_secret_key(folder: Path) -> str:
    """Return the data folder's secret key, made on first use and readable by its owner alone.

    Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(folder / "secret_key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_secret_key(folder)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return read_secret_key(folder)
