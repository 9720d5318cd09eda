"""The draft of a reply: a pure function of the case and the words in `config/drafts.toml`."""

from config.policy import Drafts


def draft(
    words: Drafts,
    signature: str,
    handle: str,
    category: str,
    risks: list[str],
    language: str,
    again: bool,
) -> str | None:
    """A draft for a person to change and send, or None where no words may be suggested.

    `again` is true when the brand has answered in this case before.
    """
    if set(risks) & set(words.never_with_risks) or language not in words.languages:
        return None
    issue = words.issues.get(category, words.issues.get("other", "this happened"))
    opening = words.again if again else words.opening
    text = opening.replace("{handle}", handle).replace("{issue}", issue)
    return " ".join(part for part in (text, words.ask, signature) if part)


def lane_note(words: Drafts, risks: list[str], language: str) -> str | None:
    """Why there is no draft, as a sentence for the agent; None where there is one."""
    grave = [risk for risk in risks if risk in words.never_with_risks]
    if "selfharm" in grave:
        return (
            "This person may be at risk of harming themselves. No template fits: a trained person "
            "answers, with a second one reading along, and nothing is offered."
        )
    if grave:
        return (
            f"This touches {', '.join(grave)}. No gesture and no draft are suggested: "
            "a person writes, and a lead reads along."
        )
    if language not in words.languages:
        return f"Written in another language ({language}), so there is no draft."
    return None
