"""Dates as cells hold them: days since the end of 1899, in the 1900 date system."""

from __future__ import annotations

from datetime import datetime


def serial(moment: datetime) -> float:
    """Return a moment as a serial number; a time zone is left aside, since cells have none.

    Examples
    --------
    >>> serial(datetime(2018, 2, 9, 12))
    43140.5
    """
    since = moment.replace(tzinfo=None) - datetime(1899, 12, 30)  # noqa: DTZ001  cells have no time zone
    return since.days + (since.seconds + since.microseconds / 1e6) / 86400
