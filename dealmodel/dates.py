"""Dates as cells hold them: days since the end of 1899, or since the begin of 1904 in workbooks of that system."""

from __future__ import annotations

from datetime import datetime, time, timedelta

DAYS_TO_1904 = 1462
"""Days by which the two date systems differ."""


def serial(moment: datetime, *, date1904: bool = False) -> float:
    """Return a moment as a serial number; a time zone is left aside, since cells have none.

    Examples
    --------
    >>> serial(datetime(2018, 2, 9, 12)), serial(datetime(2018, 2, 9), date1904=True)
    (43140.5, 41678.0)
    """
    since = moment.replace(tzinfo=None) - datetime(1899, 12, 30)  # noqa: DTZ001  cells have no time zone
    days = since.days - (DAYS_TO_1904 if date1904 else 0)
    return days + (since.seconds + since.microseconds / 1e6) / 86400


def iso_serial(text: str, *, date1904: bool = False) -> float:
    """Return a date, a time or both, as ISO 8601 writes them, as a serial number.

    Raises
    ------
    ValueError
        If the text is none of them.

    Examples
    --------
    >>> iso_serial("2018-02-09"), iso_serial("2018-02-09T12:00:00Z"), iso_serial("18:00:00")
    (43140.0, 43140.5, 0.75)
    """
    try:
        return serial(datetime.fromisoformat(text), date1904=date1904)
    except ValueError:
        at = time.fromisoformat(text)
        return (at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6) / 86400


def day(number: float, *, date1904: bool = False) -> str:
    """Return the day of a serial number as people write it, or the number where it is no day.

    Examples
    --------
    >>> day(43140.5), day(-1.0)
    ('2018-02-09', '-1')
    """
    try:
        moment = datetime(1899, 12, 30) + timedelta(days=number + (DAYS_TO_1904 if date1904 else 0))  # noqa: DTZ001
    except (OverflowError, ValueError):
        return f"{number:.15g}"
    return f"{moment:%Y-%m-%d}" if number > 0 else f"{number:.15g}"
