"""Command line of `python -m chain`."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path


def parser(description: str | None) -> ArgumentParser:
    """Return the parser of the command's arguments; `description`: what `verify --help` says."""
    whole = ArgumentParser(prog="python -m chain", description="Check proofs of the ledger.")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="check a proof file", description=description)
    verify.add_argument("file", metavar="FILE", type=Path)
    older = "the same of the older checkpoint, in a proof of consistency"
    verify.add_argument("--root", metavar="HEX", type=_hash, help="the ledger's root")
    verify.add_argument("--size", metavar="N", type=_count, help="records below that root")
    verify.add_argument("--older-root", metavar="HEX", type=_hash, help=older)
    verify.add_argument("--older-size", metavar="N", type=_count, help=older)
    verify.add_argument("--node", metavar="URL", help="read what the chain can tell from a node")
    verify.add_argument("--chain-id", metavar="N", type=_count, help="the EIP-155 chain id")
    verify.add_argument("--genesis", metavar="HEX", type=_hash, help="hash of block 0")
    verify.add_argument(
        "--contract", metavar="ADDRESS", type=_address, help="the ledger's contract"
    )
    verify.add_argument(
        "--tag", metavar="TAG", type=_tag, help="the animal of which every record must be"
    )
    return whole


def _hash(text: str) -> bytes:
    digits = text.lower().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ArgumentTypeError("expected 64 hexadecimal digits")
    return bytes.fromhex(digits)


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,16}", text):
        raise ArgumentTypeError("expected a whole number")
    return int(text)


def _address(text: str) -> str:
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise ArgumentTypeError("expected 0x and 40 hexadecimal digits")
    return text


def _tag(text: str) -> str:
    number = "".join(text.split())
    if not number or not number.isprintable():
        raise ArgumentTypeError("expected the number of an animal")
    return number
