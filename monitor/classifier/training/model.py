"""The encoder with its heads."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from monitor.classifier.training.base import base_folder
from monitor.classifier.training.data import CLASSES, MULTI


class MultiHead(nn.Module):  # type: ignore[misc]  # torch is absent where types are checked
    """A BERT encoder, mean pooling, and one linear head for each task."""

    def __init__(self, dropout: float = 0.1, attention: str = "sdpa") -> None:
        super().__init__()
        # No dropout inside: two passes do not overfit, and on a CPU it costs a seventh of the time.
        self.encoder = BertModel.from_pretrained(
            base_folder(), add_pooling_layer=False, attn_implementation=attention,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        width = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        sizes = {task: len(names) for task, names in (CLASSES | MULTI).items()}
        self.heads = nn.ModuleDict(
            {task: nn.Linear(2 * width, size) for task, size in sizes.items()}
        )

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, 2 * width): the mean and the maximum of the last layer over real tokens."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).float()
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        maximum = (hidden + (mask - 1.0) * 1e4).amax(1)
        return torch.cat([mean, maximum], dim=-1)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, tasks: Sequence[str]
    ) -> dict[str, Tensor]:
        """Logits of the named tasks, each (batch, classes)."""
        pooled = self.dropout(self.pooled(input_ids, attention_mask))
        return {task: self.heads[task](pooled) for task in tasks}


def masked_loss(
    logits: Mapping[str, Tensor], targets: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> Tensor:
    """Summed loss of the heads; a row of -1 in the targets is missing and counts nothing.

    ``targets[task]`` is (batch, classes): weighted one-hot rows, or means of them, for
    the multi heads 0..1 per label. Each head's loss is divided by the whole batch, so that a
    head with one labelled row in it does not shout.
    """
    total = next(iter(logits.values())).new_zeros(())
    for task, score in logits.items():
        gold = targets[task]
        present = gold[:, 0] >= 0
        if task in MULTI:
            loss = functional.binary_cross_entropy_with_logits(
                score[present], gold[present], pos_weight=weights.get(task), reduction="sum"
            )
        else:
            loss = -(gold[present] * score[present].log_softmax(-1)).sum()
        total = total + loss / len(gold)
    return total
