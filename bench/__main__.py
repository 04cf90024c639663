"""``python -m bench COMMAND``: run a benchmark."""

import argparse
import importlib
import importlib.util
import sys

from . import COMMANDS
from .errors import UsageError


def available():
    """{command: module path} of the commands whose module is there."""
    return {name: path for name, path in COMMANDS.items() if importlib.util.find_spec(path)}


def build_parser(chosen=None):
    """The parser; only the chosen command's module is imported, so that help stays fast."""
    parser = argparse.ArgumentParser(prog="script/bench", description="Measure our models against their rivals.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, path in available().items():
        if chosen in (None, name) or chosen.startswith("-"):
            module = importlib.import_module(path)
            summary = (module.__doc__ or "").strip().partition("\n")[0]
            command = commands.add_parser(name, help=summary, description=summary)
            module.add_arguments(command)
            command.set_defaults(main=module.main)
        else:
            commands.add_parser(name)
    return parser


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    parsed = build_parser(arguments[0] if arguments else None).parse_args(arguments)
    try:
        return parsed.main(parsed)
    except UsageError as error:
        print(f"script/bench {parsed.command}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
