"""What LibreOffice calls our functions and their arguments.

UNO knows no underscores in a method's name, and Calc binds a formula in a file only to the upper-case name of the
method with its service: `ORG.DEALMODEL.CALCADDIN.DMSTEPVALUATION`. The name a user types and sees is the worksheet
name, from the configuration.
"""

from __future__ import annotations

EXTENSION = "org.dealmodel.calc"
"""Identifier of the extension."""
SERVICE = "org.dealmodel.CalcAddIn"
"""The service that holds the functions."""
INTERFACE = "org.dealmodel.XCalcAddIn"
"""The interface whose methods they are."""
REBIND = "org.dealmodel.Rebind"
"""The service that gives canonical names their functions when a document is opened."""

_RESERVED = """
any attribute boolean bound byte char const constants constrained context default double enum exception false float
get getraises hyper in inout interface long maybeambiguous maybedefault maybevoid module needs object observes oneway
optional out property published raises readonly removable sequence service set setraises short singleton string struct
transient true type typedef union unsigned void wchar wstring
"""
UNO_WORDS = frozenset(_RESERVED.split())
"""Words that UNO's interface language reserves."""


def method_name(name: str) -> str:
    """Return the method of a worksheet function.

    Examples
    --------
    >>> method_name("DM_STEP_VALUATION")
    'dmStepValuation'
    """
    first, *rest = name.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def argument_name(name: str) -> str:
    """Return the name of an argument in the interface; a word that UNO reserves gets a word after it.

    Examples
    --------
    >>> argument_name("stake_before"), argument_name("default")
    ('stakeBefore', 'defaultValue')
    """
    camel = method_name(name)
    return f"{camel}Value" if camel.lower() in UNO_WORDS else camel


def calc_name(name: str) -> str:
    """Return a worksheet function as it stands in a formula of a file that Calc is to bind.

    Examples
    --------
    >>> calc_name("DM_STEP_VALUATION")
    'ORG.DEALMODEL.CALCADDIN.DMSTEPVALUATION'
    """
    return f"{SERVICE}.{method_name(name)}".upper()
