"""The shape that the contract fixes."""

from models.labels import Category, Risk, Sentiment, Urgency
from monitor.classifier import Verdict


def test_the_contract_shape() -> None:
    verdict = Verdict(
        complaint=0.987654,
        sentiment=Sentiment.NEG,
        sentiment_p={"neg": 0.9, "neu": 0.08, "pos": 0.02},
        anger=2,
        urgency=Urgency.HIGH,
        urgency_p={"critical": 0.1, "high": 0.6, "normal": 0.2, "low": 0.06, "none": 0.04},
        category=Category.DELAY,
        category_p=0.77777,
        risks=(Risk.CHURN,),
        risk_nets={"churn": "both"},
        severity=3,
        language="en",
        abstain=False,
    )
    line = verdict.as_contract("7")
    assert list(line)[:10] == [
        "id", "complaint", "sentiment", "anger", "urgency", "category", "risks", "severity",
        "language", "abstain",
    ]  # fmt: skip
    assert line["id"] == "7"
    assert line["complaint"] == 0.9877
    assert line["sentiment"] == {"label": "neg", "neg": 0.9, "neu": 0.08, "pos": 0.02}
    assert list(line["urgency"]) == ["label", "critical", "high", "normal", "low", "none"]
    assert line["category"] == {"label": "delay", "p": 0.7778}
    assert line["risks"] == ["churn"]
    assert line["risk_nets"] == {"churn": "both"}
