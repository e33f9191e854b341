"""How many SMS parts a text takes: GSM 03.38 where every character is in it, else UCS-2."""

import re
from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"  # each travels as an escape and a second character
_IS_GSM = re.compile(f"[{re.escape(_BASIC + _EXTENSION)}]*")
_LEAD = "\ud800"  # stands for the first half of a pair; no text that can be stored has it


@dataclass(frozen=True, slots=True)
class Alphabet:
    name: str
    alone: int  # units in a text of one part
    joined: int  # units in each part of several, beside the header that joins them
    pairs: re.Pattern[str]  # characters of two units, which stay in one part


GSM = Alphabet("GSM-7", 160, 153, re.compile(f"[{re.escape(_EXTENSION)}]"))
UCS2 = Alphabet("UCS-2", 70, 67, re.compile("[\U00010000-\U0010ffff]"))


@dataclass(frozen=True, slots=True)
class Segments:
    """`characters` are counted as the carrier does (a pair is two), `left` is the room in the last part."""

    alphabet: str
    characters: int
    parts: int
    left: int


def count(text: str) -> Segments:
    """Return the parts that `text` takes as SMS; an empty text is one empty part."""
    alphabet = GSM if _IS_GSM.fullmatch(text) else UCS2
    units = alphabet.pairs.sub(f"{_LEAD}.", text)
    if len(units) <= alphabet.alone:
        return Segments(alphabet.name, len(units), 1, alphabet.alone - len(units))
    parts, start, end = 0, 0, 0
    while end < len(units):
        parts, start, end = parts + 1, end, end + alphabet.joined
        if end < len(units) and units[end - 1] == _LEAD:
            end -= 1
    return Segments(alphabet.name, len(units), parts, alphabet.joined - (len(units) - start))
