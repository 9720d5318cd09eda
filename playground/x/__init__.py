"""A small X: the parts of API v2 that the desk uses, on loopback, in X's own wire format."""

from playground.x.app import x_app
from playground.x.network import Credentials, Fault, Tweet, XNetwork

__all__ = ["Credentials", "Fault", "Tweet", "XNetwork", "x_app"]
