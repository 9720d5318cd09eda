"""What Slack's refusals mean for a message that has to leave, and what a person can do about it.

Error codes: https://docs.slack.dev/reference/methods/chat.postMessage and chat.update.
"""

from datetime import timedelta
from http.client import HTTPException
from socket import gaierror
from ssl import SSLCertVerificationError
from urllib.error import URLError

from slack_sdk.errors import SlackApiError

from recovery.outbox import OutcomeUnknown, SendError, SendRefused

# What a call of the Web API can raise; the SDK hands the errors of urllib on.
FAILURES = (SlackApiError, OSError, HTTPException)

# Long enough not to hammer Slack while somebody looks for a new token.
WAIT_FOR_PERSON = timedelta(minutes=5)
DEFAULT_RATE_WAIT = 30

_TOKEN = "Slack refuses the bot token ({code}); put a valid one into AMENDS_SLACK__BOT_TOKEN."  # noqa: S105 - a sentence
_STEPS = {
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "account_inactive": _TOKEN,
    "not_allowed_token_type": _TOKEN,
    "channel_not_found": "Slack does not know the channel ({code}); set AMENDS_SLACK__CHANNEL to "
    "its id, and invite the app where the channel is private.",
    "not_in_channel": "The app is not in the channel ({code}); write /invite and the app's name "
    "there, or set AMENDS_SLACK__CHANNEL to another one.",
    "is_archived": "The channel is archived ({code}); unarchive it in Slack, or set "
    "AMENDS_SLACK__CHANNEL to another one.",
    "missing_scope": "The app may not do this ({code}); give it {needed} under OAuth & "
    "Permissions, reinstall it, and put the new token into AMENDS_SLACK__BOT_TOKEN.",
    "restricted_action": "The workspace does not let the app post there ({code}); ask its "
    "administrator, or set AMENDS_SLACK__CHANNEL to another channel.",
}
_UNKNOWN = frozenset(
    {"internal_error", "service_unavailable", "fatal_error", "request_timeout", "team_added_to_org"}
)
_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_GONE = frozenset({"message_not_found", "thread_not_found", "cant_update_message"})
_SHAPE = frozenset({"msg_too_long", "msg_blocks_too_long", "invalid_blocks", "no_text"})


def understood(error: Exception) -> SendError | SendRefused:
    """The error as the outbox knows it, with a sentence for the person who runs amends."""
    if isinstance(error, SlackApiError):
        return _answered(error)
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ConnectionRefusedError | gaierror | SSLCertVerificationError):
        return SendError(
            "Slack cannot be reached; check the network and AMENDS_SLACK__BASE_URL. "
            f"The message waits ({type(reason).__name__})."
        )
    return OutcomeUnknown(
        f"The connection to Slack broke ({type(reason).__name__}); amends will look whether the "
        "message arrived before it sends it again."
    )


def _answered(error: SlackApiError) -> SendError | SendRefused:
    status = int(getattr(error.response, "status_code", 200))
    code = str(error.response.get("error") or "no reason given")
    if status == 429 or code in _BUSY:
        seconds = _seconds(getattr(error.response, "headers", None) or {})
        return SendError(
            f"Slack asks for a pause of {seconds} seconds.", timedelta(seconds=seconds)
        )
    if status >= 500 or code in _UNKNOWN or code.startswith("Received a response"):
        return OutcomeUnknown(
            f"Slack had trouble of its own (HTTP {status}); amends will look whether the message "
            "arrived before it sends it again."
        )
    if code in _STEPS:
        needed = str(error.response.get("needed") or "the missing scope")
        return SendError(_STEPS[code].format(code=code, needed=needed), WAIT_FOR_PERSON)
    if code in _GONE:
        return SendRefused(f"The alert is no longer in Slack ({code}); the case goes on without.")
    if code in _SHAPE:
        details = (error.response.get("response_metadata") or {}).get("messages") or []
        return SendRefused(
            f"Slack refuses the form of the message ({code}{': ' if details else ''}"
            f"{'; '.join(map(str, details))[:500]}); please report this."
        )
    return SendError(f"Slack refuses the message ({code[:200]}); it waits and is tried again.")


def _seconds(headers: dict[str, str]) -> int:
    lower = {name.lower(): value for name, value in headers.items()}
    asked = str(lower.get("retry-after", ""))
    return max(1, int(asked)) if asked.isdecimal() else DEFAULT_RATE_WAIT
