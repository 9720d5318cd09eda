"""Which goodwill gestures to suggest for a case: a pure function of the case and the catalogue."""

from config.policy import Gesture, Gestures


def suggest(
    catalogue: Gestures,
    category: str,
    anger: int,
    severity: int,
    risks: list[str],
) -> list[Gesture]:
    """Up to `at_most` gestures that fit, the best first.

    A gesture made for the category comes before a general one; among those, the angrier the
    customer the more it may be worth, the calmer the cheaper comes first (the first euros do
    most, Gelbrich). None where a risk puts the case into people's hands.
    """
    if set(risks) & set(catalogue.never_with_risks):
        return []
    fitting = [
        gesture for gesture in catalogue.gesture if _fits(gesture, category, anger, severity)
    ]
    upward = anger >= 2
    fitting.sort(
        key=lambda gesture: (
            category not in gesture.categories,
            -gesture.min_anger if upward else gesture.cost,
            gesture.cost,
        )
    )
    return fitting[: catalogue.at_most]


def _fits(gesture: Gesture, category: str, anger: int, severity: int) -> bool:
    return (
        (not gesture.categories or category in gesture.categories)
        and gesture.min_anger <= anger <= gesture.max_anger
        and severity >= gesture.min_severity
    )
