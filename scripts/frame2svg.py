"""Turns a captured terminal frame (tmux capture-pane -e) into an SVG. Usage: frame2svg.py COLUMNS FILE"""

import html
import re
import sys
import unicodedata

PALETTE = [
    "#1d1f21", "#d0312d", "#5fa845", "#e0b000", "#4a8fd4", "#b074c0", "#33a6a6", "#c5c8c6",
    "#707880", "#ff6b60", "#8fd573", "#ffd84d", "#7ab8f5", "#d7a0e6", "#62d0d0", "#ffffff",
]
INK, PAPER, DIM = "#d8dcd9", "#16181a", "#8b9298"
CELL, ROW, SIZE = 8.4, 18, 14


def colour(codes):
    """The colour that `38;5;N` or `38;2;R;G;B` names."""
    if codes[0] == 5:
        number = codes[1]
        return PALETTE[number] if number < 16 else INK
    return "#%02x%02x%02x" % tuple(codes[1:4])


def apply(style, codes):
    """A style after the codes of one SGR sequence."""
    style = dict(style)
    at = 0
    while at < len(codes):
        code = codes[at]
        if code == 0:
            style = {}
        elif code == 1:
            style["bold"] = True
        elif code == 2:
            style["dim"] = True
        elif code == 7:
            style["reverse"] = True
        elif code == 22:
            style.pop("bold", None), style.pop("dim", None)
        elif code == 27:
            style.pop("reverse", None)
        elif code in (38, 48):
            length = 2 if codes[at + 1] == 5 else 4
            style["ink" if code == 38 else "paper"] = colour(codes[at + 1 : at + 1 + length])
            at += length
        elif code in (39, 49):
            style.pop("ink" if code == 39 else "paper", None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style["ink"] = PALETTE[code - 30 if code < 90 else code - 82]
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style["paper"] = PALETTE[code - 40 if code < 100 else code - 92]
        at += 1
    return style


def cells(text):
    """Columns that a text takes."""
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return wide - sum(1 for c in text if unicodedata.combining(c))


def runs(line):
    """The pieces of a line with the style of each."""
    style, at = {}, 0
    for found in re.finditer(r"\x1b\[([0-9;]*)m", line):
        if found.start() > at:
            yield line[at : found.start()], style
        style = apply(style, [int(code or 0) for code in found.group(1).split(";")])
        at = found.end()
    if at < len(line):
        yield line[at:], style


def main():
    columns, path = int(sys.argv[1]), sys.argv[2]
    lines = open(path, encoding="utf-8").read().split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    width, height = columns * CELL + 24, len(lines) * ROW + 24
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}">')
    print(f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>')
    print(f'<g font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="{SIZE}">')
    for row, line in enumerate(lines):
        x, y = 12.0, 12 + row * ROW
        for text, style in runs(line):
            wide = cells(text) * CELL
            ink, paper = style.get("ink", DIM if style.get("dim") else INK), style.get("paper")
            if style.get("reverse"):
                ink, paper = paper or PAPER, ink
            if paper:
                print(f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{ROW}" fill="{paper}"/>')
            weight = ' font-weight="bold"' if style.get("bold") else ""
            # Each word stands in its own columns: spaces in SVG are not to be relied on.
            for word in re.finditer(r"\S+", text):
                left, room = x + cells(text[: word.start()]) * CELL, cells(word.group()) * CELL
                print(
                    f'<text x="{left:.1f}" y="{y + 13.5}" fill="{ink}"{weight} textLength="{room:.1f}"'
                    f' lengthAdjust="spacingAndGlyphs">{html.escape(word.group())}</text>'
                )
            x += wide
    print("</g></svg>")


main()
