"""Numbers as words, and tables as Markdown."""

import statistics

NONE = "–"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def count(value):
    """Three figures, thousands set apart."""
    digits = len(str(int(value)))
    return f"{round(value, 3 - digits):,.0f}"


def spread(values):
    """The median and the range."""
    return f"{count(statistics.median(values))} ({count(min(values))}–{count(max(values))})" if values else NONE


def times(ratios, goal=None):
    """The median ratio, its range over the rounds, and the goal."""
    return ratio(ratios), f"{goal:g}×" if goal else NONE


def ratio(ratios, digits=1):
    """The median ratio and its range."""
    if not ratios:
        return NONE
    median = statistics.median(ratios)
    text = f"{median:.{digits}f}×" if median < 10 else f"{median:.0f}×"
    return text + f" ({min(ratios):.{digits}f}–{max(ratios):.{digits}f})"


def percent(shares, goal=None):
    return f"{100 * statistics.median(shares):.0f}%", f"{100 * goal:.0f}%" if goal else NONE


def replace(page, name, text):
    """The page with the part between a name's markers replaced."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"The page must have each of '{begin}' and '{end}' once.")
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"
