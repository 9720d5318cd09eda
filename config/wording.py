"""Says in plain words what is wrong with a value, without repeating it: it may be a secret."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

# pydantic's own sentences are for programmers. `{...}` are the fields of its error's context.
_WORDS = {
    "int_parsing": "it must be a whole number",
    "int_type": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_parsing": "it must be a number",
    "float_type": "it must be a number",
    "finite_number": "it must be a finite number",
    "bool_parsing": "it must be true or false",
    "bool_type": "it must be true or false",
    "string_type": "it must be text in quotes",
    "string_too_short": "it must not be empty",
    "tuple_type": "it must be a list in [brackets]",
    "dict_type": "it must be a table of its own",
    "model_type": "it must be a table of its own",
    "greater_than": "it must be more than {gt:.9g}",
    "greater_than_equal": "it must be {ge:.9g} or more",
    "less_than": "it must be less than {lt:.9g}",
    "less_than_equal": "it must be {le:.9g} or less",
    "literal_error": "it must be {expected}",
    "missing": "it is missing",
    "too_short": "it must not be empty",
}


def reason(error: Mapping[str, Any], model: type[BaseModel]) -> str:
    """What is wrong, of one of pydantic's errors on `model`, as half a sentence.

    A field whose form is a pattern says in its description what would be right.
    """
    kind = error["type"]
    if kind == "extra_forbidden":
        *parents, name = error["loc"]
        owner = _model_at(model, parents)
        known = sorted(owner.model_fields) if owner else []
        return f"it is not known{suggestion(str(name), known)}"
    if kind == "string_pattern_mismatch":
        description = _description(model, error["loc"])
        if description:
            return f"it must be {description}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    found = _WORDS.get(kind)
    if found is None:
        message = str(error["msg"])
        return message[0].lower() + message[1:]
    return found.format_map(error.get("ctx", {}))


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or the known names, or nothing where there are none."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known are {', '.join(names)}" if names else ""


def stopped(sentence: str) -> str:
    """The sentence with its full stop, where it does not end as a question."""
    return sentence if sentence.endswith("?") else f"{sentence}."


def _model_at(model: type[BaseModel], location: Iterable[Any]) -> type[BaseModel] | None:
    found: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int):
            continue
        if found is None or part not in found.model_fields:
            return None
        found = _inner_model(found.model_fields[part].annotation)
    return found


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _description(model: type[BaseModel], location: tuple[Any, ...]) -> str | None:
    owner = _model_at(model, location[:-1])
    field = owner.model_fields.get(str(location[-1])) if owner else None
    return field.description if field else None
