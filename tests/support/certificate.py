"""A self-signed certificate for `localhost`, valid from 2020 to 2120.

It is for tests alone: its key is known to everybody who reads this.
"""

from pathlib import Path
from typing import Final

_KEY: Final = """
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOpP4iX2Kp4/CydshZztr+wTwDJ7w
UNMasXVZ3qofTS2hRANCAAQ8a+ORJYI6dujG64Rd6980NsEh7g7iIL0dUnOiGY063dvTtOYpFupc
riMO4AtUvd8vJMJRoZVdw5jkeAKFt6+K
"""
_CERTIFICATE: Final = """
MIIBRzCB7qADAgECAgEBMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDG5hdHRlciB0ZXN0czAgFw0y
MDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFzEVMBMGA1UEAwwMbmF0dGVyIHRlc3RzMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPGvjkSWCOnboxuuEXevfNDbBIe4O4iC9HVJzohmNOt3b
07TmKRbqXK4jDuALVL3fLyTCUaGVXcOY5HgChbeviqMpMCcwDwYDVR0TAQH/BAUwAwEB/zAUBgNV
HREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwIDSAAwRQIgU57HoM/5ctJoQr0xzktNaJVWWatE
PP2dkKpFLTOZ3jwCIQDEBDsSjKvgGd5XfqET05ZCLmgzWw4+kqRUaguO1WvzqQ==
"""


def write_certificate(folder: Path) -> Path:
    """Write the key and the certificate into one file, as `ssl` reads them."""
    file = folder / "localhost.pem"
    file.write_text(_in_pem("PRIVATE KEY", _KEY) + _in_pem("CERTIFICATE", _CERTIFICATE))
    return file


def _in_pem(kind: str, content: str) -> str:
    return f"-----BEGIN {kind}-----{content}-----END {kind}-----\n"
