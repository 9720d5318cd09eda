"""Makes the bundled weights: ``python -m monitor.classifier.train --shared DIR --out DIR``.

Needs the extra ``train``. ``--shared`` is the folder with ``annotation/`` and ``data/``. Every step
leaves a file in ``--work``; the same command goes on where a run stopped, in the middle of the
first stage too. Without ``--without-noncommercial`` the weights see text under CC BY-NC-SA.
``--folds-only 0 2`` trains these folds and stops, so that two processes can share the work.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the steps that have not been done yet; prints the metrics."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "weights")
    parser.add_argument("--work", type=Path, default=Path("runs/train"))
    parser.add_argument("--without-noncommercial", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folds-only", type=int, nargs="*")
    parser.add_argument("--name", default="amends-bge-0.7")
    options = parser.parse_args(argv)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # a busy core must not stall the other

    import torch

    from monitor.classifier.training import recipe as steps
    from monitor.classifier.training.claim import OtherRecipe, claim
    from monitor.classifier.training.finish import finish
    from monitor.classifier.training.folds import RUNS

    torch.set_num_threads(options.threads)
    recipe = steps.Recipe(
        options.shared, options.work, noncommercial=not options.without_noncommercial,
        log=lambda line: print(line, file=sys.stderr, flush=True),  # noqa: T201 - a command
    )  # fmt: skip
    try:
        claim(recipe.work, recipe.settings())
    except OtherRecipe as error:
        sys.stderr.write(f"{error}\n")
        return 2
    numbers = options.folds_only if options.folds_only is not None else range(RUNS)
    for number in numbers:
        steps.fold(recipe, number)
    if options.folds_only is None:
        metrics = finish(recipe, options.out, options.name)
        sys.stdout.write(json.dumps(metrics, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
