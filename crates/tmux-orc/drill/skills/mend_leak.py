"""Gives a connection back in front of the line that leaves with it.

    mend_leak.py FILE LINE VARIABLE
"""

import sys


def main():
    """Inserts one line, indented as the one that it stands in front of."""
    path, number, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    way_out = lines[number - 1]
    indent = way_out[: len(way_out) - len(way_out.lstrip())]
    lines.insert(number - 1, f"{indent}pool.release({name})\n")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main()
