"""X's search language, as far as a desk needs it.

Words and "phrases" match whole words in any case; `@name`, `#tag`, `from:`, `to:`, `lang:`,
`conversation_id:`, `is:retweet|reply|quote`; a space means and, `OR` binds weaker, `-` negates,
parentheses group.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

Test = Callable[["Searched"], bool]
MAX_LENGTH = 4096
TOKEN = re.compile(r'\s*(-?\(|\)|-?"[^"]*"|[^\s()"]+)')
OPERATORS = ("from", "to", "lang", "conversation_id", "is")
FLAGS = ("retweet", "reply", "quote")
# X refuses a query that has none but these: it would match nearly everything.
NEED_COMPANY = ("lang", "is")


@dataclass(frozen=True, slots=True)
class Searched:
    """What a query looks at. Handles are lower-case, without the sign."""

    text: str
    author: str
    author_id: str
    to: str | None
    mentions: frozenset[str]
    lang: str
    conversation_id: str
    flags: frozenset[str]


class QueryError(ValueError):
    """The query cannot be understood; the text is for the answer's `message`."""


def parse(query: str) -> Test:
    """Compile a query. Raises QueryError for anything outside the language above."""
    if not query.strip():
        raise QueryError("Rules must contain a non-empty rule")
    if len(query) > MAX_LENGTH:
        raise QueryError(f"Rule length of {len(query)} is greater than {MAX_LENGTH}")
    parser = _Parser(_tokens(query))
    test = parser.either()
    if parser.rest:
        raise QueryError(f"no viable alternative at input '{parser.rest[0]}'")
    if not parser.stands:
        raise QueryError("Rules must contain at least one positive, non-lone clause")
    return test


def _tokens(query: str) -> list[str]:
    tokens, position, query = [], 0, query.strip()
    while position < len(query):
        match = TOKEN.match(query, position)
        if match is None:
            raise QueryError(f"no viable alternative at character '{query[position]}'")
        tokens.append(match[1])
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens
        self.stands = False

    def either(self) -> Test:
        options = [self.every()]
        while self.rest and self.rest[0] == "OR":
            self.rest.pop(0)
            options.append(self.every())
        return lambda searched: any(option(searched) for option in options)

    def every(self) -> Test:
        clauses: list[Test] = []
        while self.rest and self.rest[0] not in ("OR", ")"):
            clauses.append(self.clause())
        if not clauses:
            raise QueryError("missing clause: an operator, a word or a phrase belongs here")
        return lambda searched: all(clause(searched) for clause in clauses)

    def clause(self) -> Test:
        word = self.rest.pop(0)
        negated = word.startswith("-")
        word = word.removeprefix("-")
        if word == "(":
            stood = self.stands
            test = self.either()
            if not self.rest or self.rest.pop(0) != ")":
                raise QueryError("missing ')' at the end of a group")
            if negated:
                self.stands = stood
        else:
            test = _term(word)
            name = word.partition(":")[0]
            self.stands = self.stands or not (negated or name in NEED_COMPANY)
        if negated:
            return lambda searched: not test(searched)
        return test


def _term(word: str) -> Test:
    if word.startswith('"'):
        return _words(word.strip('"'))
    if re.fullmatch(r"@\w{1,15}", word):
        name = word[1:].lower()
        return lambda searched: name in searched.mentions
    if re.fullmatch(r"#\w+", word):
        tag = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        return lambda searched: tag.search(searched.text) is not None
    name, colon, value = word.partition(":")
    if colon and re.fullmatch(r"[a-z_]+", name):
        if name not in OPERATORS:
            raise QueryError(f"Reference to invalid operator '{name}'.")
        if not value:
            raise QueryError(f"Reference to operator '{name}' without a value.")
        return _operator(name, value.lower())
    return _words(word)


def _operator(name: str, value: str) -> Test:
    if name == "is" and value not in FLAGS:
        raise QueryError(f"Reference to invalid field 'is:{value}'.")
    value = value.removeprefix("@")
    if name == "from":
        return lambda searched: value in (searched.author, searched.author_id)
    if name == "to":
        return lambda searched: value == searched.to
    if name == "lang":
        return lambda searched: value == searched.lang.lower()
    if name == "conversation_id":
        return lambda searched: value == searched.conversation_id
    return lambda searched: value in searched.flags


def _words(phrase: str) -> Test:
    words = re.findall(r"\w+", phrase)
    if not words:
        raise QueryError(f"no viable alternative at input '{phrase}'")
    pattern = re.compile(r"(?<!\w)" + r"\W+".join(words) + r"(?!\w)", re.IGNORECASE)
    return lambda searched: pattern.search(searched.text) is not None
