"""Which language a post is written in, well enough to know when not to judge it.

Scripts decide most languages of the world. Latin-script ones are told apart by frequent words
(of some twenty languages) and by letter trigrams (of six). A post stays English unless the
evidence against it is clear: names, slang and typing errors look foreign to trigrams.
"""

import json
import math
import re
import unicodedata
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Any

ENGLISH = "en"
UNKNOWN = "und"
MARGIN = 4.0  # log-odds that another language needs over English
NO_FREQUENTWORD = 4.0  # what a language loses of which no frequent word was found
UNTRAINED_WEIGHT = 4.0  # of a frequent word where there are no trigrams

NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|__\w+__|&\w+;|\d+")
WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {
    "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "ARABIC": "ar",
    "DEVANAGARI": "hi", "CYRILLIC": "ru", "GREEK": "el", "HEBREW": "he", "THAI": "th",
    "BENGALI": "bn", "TAMIL": "ta", "TELUGU": "te", "GUJARATI": "gu", "GURMUKHI": "pa",
    "KANNADA": "kn", "MALAYALAM": "ml", "GEORGIAN": "ka", "ARMENIAN": "hy", "SINHALA": "si",
    "KHMER": "km", "LAO": "lo", "MYANMAR": "my", "ETHIOPIC": "am",
}  # fmt: skip
_UKRAINIAN = frozenset("іїєґ")


def detect(text: str) -> str:
    """An ISO 639-1 code, or ``und`` where the text has no words that it can tell."""
    text = unicodedata.normalize("NFKC", NOISE.sub(" ", text[:1000]))
    script = _script(text)
    if script:
        return script
    words = [word.lower() for word in WORD.findall(text)]
    if not words:
        return UNKNOWN
    scores = _scores(words)
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] - scores[ENGLISH] >= MARGIN else ENGLISH


def trigrams(words: list[str]) -> Counter[str]:
    """Letter trigrams with word edges."""
    padded = (f" {word} " for word in words)
    return Counter(p[i : i + 3] for p in padded for i in range(len(p) - 2))


def _script(text: str) -> str | None:
    """The language of the script that most letters have, unless it is Latin."""
    counts: Counter[str] = Counter()
    for char in text:
        if char.isalpha():
            counts["LATIN" if char.isascii() else unicodedata.name(char, "?").split(" ")[0]] += 1
    if not counts:
        return None
    if counts["HIRAGANA"] + counts["KATAKANA"] > 0.2 * counts.total():
        return "ja"
    top, number = counts.most_common(1)[0]
    if top == "LATIN" or number <= 0.4 * counts.total():
        return None
    if top == "CYRILLIC" and not _UKRAINIAN.isdisjoint(text.lower()):
        return "uk"
    return _SCRIPTS.get(top, UNKNOWN)


def _scores(words: list[str]) -> dict[str, float]:
    profile = _profile()
    floor: float = profile["floor"]
    found = trigrams(words)
    scores: dict[str, float] = {}
    for language, table in profile["trigrams"].items():
        scores[language] = 0.5 * sum(n * table.get(gram, floor) for gram, n in found.items())
    # Languages without trigrams are carried by their frequent words alone.
    average = max(scores.values())
    for language, listed in profile["words"].items():
        hits = sum(word in listed for word in words)
        if language in scores:
            scores[language] += profile["word_weight"] * hits - (NO_FREQUENTWORD if not hits else 0)
        elif hits >= 2:
            scores[language] = average - 2.0 * math.sqrt(len(words)) + UNTRAINED_WEIGHT * hits
    return scores


@cache
def _profile() -> dict[str, Any]:
    source = files("monitor.classifier").joinpath("language_profile.json")
    profile: dict[str, Any] = json.loads(source.read_text("utf-8"))
    profile["words"] = {name: frozenset(line.split()) for name, line in profile["words"].items()}
    return profile
