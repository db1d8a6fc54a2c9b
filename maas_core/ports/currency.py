"""Currencies: their letters, their numbers on the ledger, and how many digits their minor unit has.

From ISO 4217 list one as published on 2026-01-01; what has no minor unit there (gold, testing) is left out.
"""

from dataclasses import dataclass
from functools import cache

from maas_core.errors import UsageError

_BY_DIGITS = {
    0: (
        "BIF108 CLP152 DJF262 GNF324 ISK352 JPY392 KMF174 KRW410 PYG600 RWF646 UGX800 UYI940 VND704 VUV548 "
        "XAF950 XOF952 XPF953"
    ),
    2: (
        "AED784 AFN971 ALL008 AMD051 AOA973 ARS032 AUD036 AWG533 AZN944 BAM977 BBD052 BDT050 BMD060 BND096 "
        "BOB068 BOV984 BRL986 BSD044 BTN064 BWP072 BYN933 BZD084 CAD124 CDF976 CHE947 CHF756 CHW948 CNY156 "
        "COP170 COU970 CRC188 CUP192 CVE132 CZK203 DKK208 DOP214 DZD012 EGP818 ERN232 ETB230 EUR978 FJD242 "
        "FKP238 GBP826 GEL981 GHS936 GIP292 GMD270 GTQ320 GYD328 HKD344 HNL340 HTG332 HUF348 IDR360 ILS376 "
        "INR356 IRR364 JMD388 KES404 KGS417 KHR116 KPW408 KYD136 KZT398 LAK418 LBP422 LKR144 LRD430 LSL426 "
        "MAD504 MDL498 MGA969 MKD807 MMK104 MNT496 MOP446 MRU929 MUR480 MVR462 MWK454 MXN484 MXV979 MYR458 "
        "MZN943 NAD516 NGN566 NIO558 NOK578 NPR524 NZD554 PAB590 PEN604 PGK598 PHP608 PKR586 PLN985 QAR634 "
        "RON946 RSD941 RUB643 SAR682 SBD090 SCR690 SDG938 SEK752 SGD702 SHP654 SLE925 SOS706 SRD968 SSP728 "
        "STN930 SVC222 SYP760 SZL748 THB764 TJS972 TMT934 TOP776 TRY949 TTD780 TWD901 TZS834 UAH980 USD840 "
        "USN997 UYU858 UZS860 VED926 VES928 WST882 XAD396 XCD951 XCG532 YER886 ZAR710 ZMW967 ZWG924"
    ),
    3: ("BHD048 IQD368 JOD400 KWD414 LYD434 OMR512 TND788"),
    4: ("CLF990 UYW927"),
}
"""Digits of the minor unit: code and number of each currency."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency."""

    code: str
    """Three letters."""
    number: int
    """As on the ledger, 1 to 999."""
    digits: int
    """An amount of 1 in minor units is 10 to the power of minus this."""

    def decimal(self, amount: int) -> str:
        """An amount in minor units, not negative, in the way of a decimal number, e.g. "12.30"."""
        if not self.digits:
            return str(amount)
        whole, part = divmod(amount, 10**self.digits)
        return f"{whole}.{part:0{self.digits}d}"


@cache
def _all() -> dict[str, Currency]:
    return {
        word[:3]: Currency(word[:3], int(word[3:]), digits)
        for digits, words in _BY_DIGITS.items()
        for word in words.split()
    }


@cache
def _numbers() -> dict[int, Currency]:
    return {one.number: one for one in _all().values()}


def by_code(code: str) -> Currency:
    """A currency by its letters. Raises `UsageError`."""
    if code not in _all():
        raise UsageError(f"{code!r} is no currency with a minor unit; accepted: the codes of ISO 4217, e.g. EUR")
    return _all()[code]


def by_number(number: int) -> Currency:
    """A currency by its number. Raises `UsageError`."""
    if number not in _numbers():
        raise UsageError(f"{number} is no currency with a minor unit; accepted: the numbers of ISO 4217, e.g. 978")
    return _numbers()[number]
