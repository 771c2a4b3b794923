"""A certificate in one line, as a workbook carries it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from dealmodel.errors import DealModelError

if TYPE_CHECKING:
    from pathlib import Path


class CertificateError(DealModelError, ValueError):
    """A file that is no certificate, or one of hosts that differ."""


def stamp(path: Path) -> str:
    """Return what a workbook says of a certificate: its date, what agreed, and the hash of the file.

    Raises
    ------
    CertificateError
        If it is none, or says that the hosts differ.
    """
    try:
        data = path.read_bytes()
        certificate: dict[str, Any] = json.loads(data)
        made, count, agreed = certificate["made"], certificate["cases"]["count"], certificate["agreed"]
        hosts = ", ".join(f"{host['host']} ({host['version']})" for host in certificate["hosts"] if host["present"])
    except OSError as error:
        raise CertificateError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise CertificateError(f"{path} is not a certificate; `dealmodel certify` writes one") from None
    if not agreed:
        raise CertificateError(f"{path} says that the hosts differ; a workbook cannot carry it")
    return (
        f"dealmodel {certificate.get('dealmodel')}, {made}: {count:,} published cases agree in {hosts}."
        f" SHA-256 of the certificate: {hashlib.sha256(data).hexdigest()}"
    )
