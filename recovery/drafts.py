"""The draft of a reply: a pure function of the case and the words in `config/drafts.toml`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from config.policy import Drafts

LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "zh": "Chinese",
}  # fmt: skip
# ISO 639-2 for a text whose language cannot be told: a picture, a link, a sigh.
WORDLESS = "und"
SELFHARM = (
    "This person may be at risk of harming themselves. No template fits: a trained person answers, "
    "with a second one reading along, and nothing is offered."
)
GRAVE = (
    "Nothing is suggested here, no words and no gesture: a person writes, and a lead reads along."
)


class Turn(StrEnum):
    """Where the conversation stands when the reply is written."""

    FIRST = "first"
    AGAIN = "again"
    CONTENT = "content"
    OURS = "ours"


def draft(
    words: Drafts,
    signature: str,
    handle: str,
    category: str,
    risks: list[str],
    language: str,
    turn: Turn,
    number: int,
) -> str | None:
    """A draft for a person to change and send, or None where no words may be suggested.

    `number` chooses among the variants: two cases in a row read differently, one case always the
    same. Nothing is suggested while the brand had the last word (`Turn.OURS`).
    """
    if set(risks) & set(words.never_with_risks) or language not in words.languages:
        return None
    if turn is Turn.OURS:
        return None
    if turn is Turn.FIRST:
        text = _first(words, category, number)
    else:
        later = words.content if turn is Turn.CONTENT else words.again
        text = later[number % len(later)]
    return " ".join(part for part in (text.replace("{handle}", handle), signature) if part)


def lane_note(words: Drafts, risks: list[str], language: str, judged: bool) -> str | None:
    """Why there is no draft, as a sentence for the agent; None where there is one.

    `judged` is false where the classifier did not dare to.
    """
    grave = [risk for risk in risks if risk in words.never_with_risks]
    foreign = language not in words.languages
    if language == WORDLESS and not grave:
        return "It says too little to judge or to draft from; the post itself may show more."
    name = LANGUAGES.get(language)
    written = f"It seems to be written in {name}." if name else "It is in another language."
    if grave:
        note = SELFHARM if "selfharm" in grave else GRAVE
        return f"{note} {written}" if foreign and language != WORDLESS else note
    if foreign:
        missing = "there is no draft" if judged else "amends has not judged it and has no draft"
        return f"{written} Somebody who reads it must look: {missing}."
    return None


def _first(words: Drafts, category: str, number: int) -> str:
    """Every combination comes once before any comes again."""
    issues, asks = _of(words.issues, category), _of(words.asks, category)
    rest, opening = divmod(number, len(words.opening))
    rest, issue = divmod(rest + opening, len(issues))
    text = words.opening[opening].replace("{issue}", issues[issue])
    return f"{text} {asks[(opening + issue + rest) % len(asks)]}"


def _of(table: Mapping[Any, tuple[str, ...]], category: str) -> tuple[str, ...]:
    return table.get(category, table["other"])
