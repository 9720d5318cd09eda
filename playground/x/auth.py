"""Who asks: a bearer token, or OAuth 1.0a with its signature verified."""

# ruff: noqa: ARG002  oauthlib hands every question the whole request
import secrets
from enum import Enum

# oauthlib has no type hints; its two names are used here only.
from oauthlib.oauth1 import RequestValidator, ResourceEndpoint  # type: ignore[import-untyped]
from starlette.requests import Request

from playground.x.network import XNetwork


class Caller(Enum):
    """In which context a request is made."""

    APP = "app"
    USER = "user"


# The base class has no types.
class _Keys(RequestValidator):  # type: ignore[misc]
    """The brand's keys, as oauthlib asks for them."""

    enforce_ssl = False
    allowed_signature_methods = ("HMAC-SHA1",)
    dummy_client = "nobody"
    dummy_access_token = "nobody"  # noqa: S105  a placeholder against timing attacks, no secret

    def __init__(self, state: XNetwork) -> None:
        super().__init__()
        self._state = state
        self._keys = state.credentials

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def check_access_token(self, request_token: str) -> bool:
        return bool(request_token)

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)

    def validate_client_key(self, client_key: str, request: object) -> bool:
        return secrets.compare_digest(client_key, self._keys.consumer_key)

    def validate_access_token(self, client_key: str, token: str, request: object) -> bool:
        return secrets.compare_digest(token, self._keys.access_token)

    def validate_timestamp_and_nonce(
        self, client_key: str, timestamp: str, nonce: str, request: object, **_: object
    ) -> bool:
        # oauthlib has checked by then that the timestamp is ten minutes old at most.
        return self._state.new_nonce(timestamp, nonce)

    def validate_realms(self, client_key: str, token: str, request: object, **_: object) -> bool:
        return True

    def get_client_secret(self, client_key: str, request: object) -> str:
        return self._keys.consumer_secret

    def get_access_token_secret(self, client_key: str, token: str, request: object) -> str:
        return self._keys.access_token_secret


def caller(state: XNetwork, request: Request) -> Caller | None:
    """Who makes this request; None when the token or the signature is wrong."""
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer":
        good = secrets.compare_digest(token.encode(), state.credentials.bearer_token.encode())
        return Caller.APP if good else None
    if scheme.lower() != "oauth":
        return None
    valid, _ = ResourceEndpoint(_Keys(state)).validate_protected_resource_request(
        str(request.url), request.method, None, {"Authorization": header}
    )
    return Caller.USER if valid else None
