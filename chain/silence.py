"""Causes of a node's silence: nobody there, no such name, or a certificate that is refused."""

import socket
import ssl
from collections.abc import Iterator

from chain.errors import NodeUnreachable

# Codes of OpenSSL: their sentences hold the address, and that may hold a key.
_ANOTHER_NAME = frozenset({62, 64})


def unreachable(said: str, error: BaseException) -> NodeUnreachable:
    """Return the error to raise, from None: the library's sentence holds the node's address.

    Args:
        said: what the node did not do, without a full stop.
        error: of the library that asked it.
    """
    for one in _causes(error):
        if isinstance(one, socket.gaierror):
            return NodeUnreachable(
                f"{said}: its name is not found. See to this machine's resolver "
                "(/etc/resolv.conf), or correct BILUM_CHAIN_URL."
            )
        if isinstance(one, ssl.SSLCertVerificationError):
            why = "of another name" if one.verify_code in _ANOTHER_NAME else one.verify_message
            return NodeUnreachable(
                f"{said}: its certificate is refused ({why}). Whoever runs the node must renew it."
            )
    return NodeUnreachable(f"{said}.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those below it; the libraries hand one on as an argument, too."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            below = (one.__cause__, one.__context__, *one.args)
            waiting += [each for each in below if isinstance(each, BaseException)]
