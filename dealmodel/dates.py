"""Dates as cells hold them: days since the end of 1899, or since the begin of 1904 in workbooks of that system."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime, time, timedelta

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
    found = _moment(number, date1904=date1904)
    return f"{number:.15g}" if found is None else f"{found:%Y-%m-%d}"


def day_and_time(number: float, *, date1904: bool = False) -> str:
    """Return the day of a serial number with its time, if it has one, or the number where it is no day.

    Examples
    --------
    >>> day_and_time(43140.5), day_and_time(43140.0), day_and_time(-1.0)
    ('2018-02-09 12:00:00', '2018-02-09', '-1')
    """
    found = _moment(number, date1904=date1904)
    return day(number, date1904=date1904) if found is None or not number % 1 else f"{found:%Y-%m-%d %H:%M:%S}"


def years_on(number: float, years: int, *, date1904: bool = False) -> float:
    """Return the serial number of the same day in another year, of the 28th where that has no 29 February.

    Examples
    --------
    >>> years_on(43890.0, 1) - 43890.0, years_on(43890.0, -4) - 43890.0  # from 2020-02-29
    (365.0, -1461.0)
    """
    found = _moment(number, date1904=date1904)
    year = 0 if found is None else found.year + years
    if found is None or not MINYEAR <= year <= MAXYEAR:
        return number + 365.25 * years
    from calendar import monthrange  # noqa: PLC0415  with `locale` behind it, which regenerating never needs

    days = monthrange(year, found.month)[1]
    return serial(found.replace(year=year, day=min(found.day, days)), date1904=date1904)


def _moment(number: float, *, date1904: bool = False) -> datetime | None:
    """Return the moment of a serial number, to the second, or None where it is none."""
    try:
        days = number + (DAYS_TO_1904 if date1904 else 0)
        found = datetime(1899, 12, 30) + timedelta(seconds=round(days * 86400))  # noqa: DTZ001
    except (OverflowError, ValueError):
        return None
    return found if number > 0 else None
