"""Amounts of money in Thai words.

References
----------
.. [1] Microsoft, documentation of BAHTTEXT: a number as Thai text, with the suffix Baht.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.digits import exact, rounded
from dealmodel.hosts.supplements.values import each, number

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_DIGITS = ("", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า")
_POWERS = ((100_000, "แสน"), (10_000, "หมื่น"), (1_000, "พัน"), (100, "ร้อย"))
_ZERO, _TEN, _TWENTY, _ONE_AFTER_TENS, _MILLION = "ศูนย์", "สิบ", "ยี่", "เอ็ด", "ล้าน"
_BAHT, _SATANG, _EVEN, _MINUS = "บาท", "สตางค์", "ถ้วน", "ลบ"


@each
def bahttext(value: EngineValue) -> str:
    """Amount in baht and satang in Thai words (BAHTTEXT)."""
    amount = number(value)
    hundredths = int(rounded(exact(abs(amount)), 2) * Decimal(100))
    baht, satang = divmod(hundredths, 100)
    text = _words(baht) + _BAHT if baht else "" if satang else _ZERO + _BAHT
    text += _below_million(satang) + _SATANG if satang else _EVEN
    return _MINUS + text if amount < 0 < hundredths else text


def _words(number_: int) -> str:
    millions, rest = divmod(number_, 1_000_000)
    return (_words(millions) + _MILLION if millions else "") + _below_million(rest)


def _below_million(number_: int) -> str:
    text = ""
    for size, name in _POWERS:
        digit, number_ = divmod(number_, size)
        text += _DIGITS[digit] + name if digit else ""
    tens, ones = divmod(number_, 10)
    if tens:
        text += ("", "", _TWENTY, *_DIGITS[3:])[tens] + _TEN
    return text + (_ONE_AFTER_TENS if tens and ones == 1 else _DIGITS[ones])
