# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
"""What `tools/bench/search` shows: a table in text, plots as SVG, and one page of HTML with both, nothing fetched."""

import html
import math
import statistics

import plots

COLOURS = {"Box Office": "#2f6fde", "Box Office over TCP": "#7fa8ea", "PostgreSQL pg_trgm": "#3c9a5f",
           "SQLite FTS5 trigram": "#d9822b", "tantivy 3-grams": "#8d6a9f"}
NAMES = {"Box Office": "ours, in process", "Box Office over TCP": "ours, over TCP"}


def sides(figures):
    """The sides of a size, in the order in which they were measured."""
    found = []
    for told in figures["classes"].values():
        found += [side for side in told if side not in found]
    return found


def share(told, key):
    return f"{100 * told[key]:.1f}" if told.get(key) is not None else ""


def at_least(told):
    """Whether ours is the first right at least as often as every peer, each over the questions that it was asked."""
    peers = [side for side in told.values() if side.get("oursFirst") is not None]
    return all(side["oursFirst"] >= side["first"] for side in peers) if peers else None


def text(figures):
    """A table for a terminal: a line for each class and side."""
    lines = [f"{figures['events']:,} events".ljust(26) + "side".ljust(24)
             + "asked     p50 µs      p99 µs  recall@10 %  first %  p50, times ours  ours first %"]
    for kind, told in figures["classes"].items():
        for place, (side, one) in enumerate(told.items()):
            ratio = f"{one['ratio']:,.0f}" if "ratio" in one else ""
            lines.append(
                (kind if place == 0 else "").ljust(26) + NAMES.get(side, side).ljust(24)
                + f"{one['asked']:5}{one['p50']:11,.0f}{one['p99']:12,.0f}{share(one, 'recall'):>13}"
                + f"{share(one, 'first'):>9}{ratio:>17}{share(one, 'oursFirst'):>14}".rstrip())
        if at_least(told) is False:
            lines.append(" " * 26 + "a peer has more often the right one first")
    return "\n".join(lines)


def medians(figures):
    """By side, the median over classes of the median time."""
    return {side: statistics.median(told[side]["p50"] for told in figures["classes"].values() if side in told)
            for side in sides(figures)}


def chart(left, title, under, series, places):
    """A chart: `series` by side as lists of (place, microseconds); places evenly spaced, times by powers of ten."""
    most = max((cost for points in series.values() for _, cost in points), default=1)
    powers = max(1, math.ceil(math.log10(max(10, most))))
    x = lambda place: left + 70 + 300 * places.index(place) / max(1, len(places) - 1)  # noqa: E731
    y = lambda cost: 340 - 280 * math.log10(max(1, cost)) / powers  # noqa: E731
    parts = [f'<text x="{left + 70}" y="24" font-weight="600">{html.escape(title)}</text>']
    for power in range(powers + 1):
        parts.append(f'<path class="axis" d="M{left + 70} {y(10**power):.0f}h300" fill="none"/><text class="faint" '
                     f'x="{left + 62}" y="{y(10**power) + 4:.0f}" text-anchor="end">{10**power:,}</text>')
    parts += [f'<text class="faint" x="{x(p):.0f}" y="362" text-anchor="middle">{p:,}</text>' for p in places]
    parts.append(f'<text class="faint" x="{left + 220}" y="382" text-anchor="middle">{html.escape(under)}</text>')
    for side, points in series.items():
        colour = COLOURS.get(side, "#777777")
        line = " ".join(f"{x(place):.0f},{y(cost):.0f}" for place, cost in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(p):.0f}" cy="{y(c):.0f}" r="4" fill="{colour}"><title>{html.escape(side)}: {c:,.0f} µs'
                  '</title></circle>' for p, c in points]
    return parts


def drawing(results):
    """Both plots: what a question costs by the number of events, and by the letters typed, of the largest size."""
    by_size, by_letters = {}, {}
    for figures in results:
        for side, cost in medians(figures).items():
            by_size.setdefault(side, []).append((figures["events"], cost))
    largest = max(results, key=lambda figures: figures["events"])
    for letters, told in largest["letters"].items():
        for side, one in told.items():
            by_letters.setdefault(side, []).append((int(letters), one["p50"]))
    lengths = sorted({letters for points in by_letters.values() for letters, _ in points})
    parts = chart(0, "Microseconds a question, by events", "events; the median of all classes' medians", by_size,
                  [figures["events"] for figures in results])
    parts += chart(430, f"By letters typed, of {largest['events']:,} events", "letters of a name; medians", by_letters,
                   lengths)
    for place, side in enumerate(by_size):
        at = 70 + 165 * place
        parts.append(f'<rect x="{at}" y="402" width="12" height="12" fill="{COLOURS.get(side, "#777777")}"/>'
                     f'<text x="{at + 18}" y="413">{html.escape(NAMES.get(side, side))}</text>')
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 425" width="900" font-family="sans-serif" '
            'font-size="13"><style>.axis{stroke:#8885}.faint{fill:#888}text{fill:currentColor}</style>'
            + "".join(parts) + "</svg>")


def table(figures):
    rows = []
    for kind, told in figures["classes"].items():
        for place, (side, one) in enumerate(told.items()):
            mark = ""
            if place == 0 and at_least(told) is not None:
                mark = "yes" if at_least(told) else "no"
            rows.append(
                f"<tr><td>{html.escape(kind) if place == 0 else ''}</td><td>{html.escape(NAMES.get(side, side))}</td>"
                f"<td>{one['asked']:,}</td><td>{one['p50']:,.0f}</td><td>{one['p99']:,.0f}</td>"
                f"<td>{share(one, 'recall')}</td><td>{share(one, 'first')}</td>"
                f"<td>{format(one['ratio'], ',.0f') if 'ratio' in one else ''}</td>"
                f"<td class=faint>{share(one, 'oursFirst')}</td><td>{mark}</td></tr>")
    heads = ("", "", "asked", "p50 µs", "p99 µs", "recall at 10 %", "first right %", "p50, times ours",
             "ours first, of the same", "ours at least every peer's")
    return "<table><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>" + "".join(rows) + "</table>"


def page(facts, results):
    """The whole page. `facts` are sentences about the machine and the run."""
    sections = "".join(f"<section><h2>{figures['events']:,} events</h2>{table(figures)}</section>"
                       for figures in reversed(results))
    title = "The search of Box Office beside its peers"
    return (f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{title}</title><style>{plots.STYLE}</style><h1>{title}</h1>"
            f"<p>{html.escape(' '.join(facts))}</p>{drawing(results)}{sections}</html>\n")
