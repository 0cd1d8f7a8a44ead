"""Looks for a way out of a function that keeps what the function acquired.

    find_leak.py [FOLDER]    ->  FILE LINE VARIABLE FUNCTION REASON    (exit 1 when there is none)

It follows each path through each function: `x = pool.acquire()` takes, `….release(x)` gives back, also in a `finally`; a
`raise` or `return` in between leaks.
"""

import ast
import pathlib
import sys


def called(node, name):
    """Whether an expression calls a method of this name."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name


def released(statements):
    """The variables that statements give back, wherever in them."""
    calls = (node for statement in statements for node in ast.walk(statement) if called(node, "release"))
    return {argument.id for call in calls for argument in call.args if isinstance(argument, ast.Name)}


def follow(statements, held, leaks):
    """Goes through a block; what is held behind it, or `None` when nothing comes behind it."""
    for statement in statements:
        if isinstance(statement, ast.Assign) and called(statement.value, "acquire"):
            held = held | {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.Expr):
            held = held - released([statement])
        elif isinstance(statement, (ast.Raise, ast.Return)):
            leaks.extend((statement, name) for name in sorted(held))
            return None
        elif isinstance(statement, ast.If):
            ways = [follow(body, held, leaks) for body in (statement.body, statement.orelse)]
            open_ways = [way for way in ways if way is not None]
            if not open_ways:
                return None
            held = frozenset().union(*open_ways)
        elif isinstance(statement, ast.Try):
            safe = released(statement.finalbody)
            if follow(statement.body, held - safe, leaks) is None and not statement.handlers:
                return None
            held = held - safe
        elif isinstance(statement, (ast.With, ast.For, ast.While)):
            after = follow(statement.body, held, leaks)
            if isinstance(statement, ast.With):
                if after is None:
                    return None
                held = after
    return held


def reason(statement):
    """The word that a `raise` gives as its reason."""
    arguments = statement.exc.args if isinstance(statement, ast.Raise) and isinstance(statement.exc, ast.Call) else []
    return arguments[0].value if arguments and isinstance(arguments[0], ast.Constant) else "-"


def main():
    """Prints each leak of the package."""
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = False
    for file in sorted(folder.glob("auth/**/*.py")):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                leaks = []
                follow(function.body, frozenset(), leaks)
                for statement, name in leaks:
                    found = True
                    print(file.relative_to(folder), statement.lineno, name, function.name, reason(statement))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
