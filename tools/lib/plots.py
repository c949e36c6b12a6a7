# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
"""One page of HTML with the results of `turns`: a picture and a table for each group, and nothing fetched from anywhere."""

import html
import math

BAR, GAP, CASE_GAP, LEFT, WIDTH, RIGHT = 18, 4, 16, 270, 470, 190

RATIOS = (" A ratio is the first bar of a case divided by the one that it stands at, and in the table that of the single rounds "
          "beside it.")
STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --faint: #6b7885; --line: #d9dee3; --paper: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --faint: #93a1ae; --line: #37424d; --paper: #14191f; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 960px;
       margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.1em; margin-top: 2.2em; }
p.note, td.faint { color: var(--faint); }
svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg text.faint { fill: var(--faint); }
.side0 { fill: #2f6fde; } .side1 { fill: #d9822b; } .side2 { fill: #7a8793; } .side3 { fill: #3c9a5f; }
.spread { stroke: var(--ink); stroke-width: 1.5; }
.axis { stroke: var(--line); } .curve { fill: none; stroke: #2f6fde; stroke-width: 2; }
.floor { stroke: #d9822b; stroke-dasharray: 5 4; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin-top: .6em; }
th, td { text-align: right; padding: .15em .7em; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
th { font-weight: 600; }
"""


def picture(group):
    """Bars of the medians, case by case; a line from the lowest round to the highest. Each case has a scale of its own."""
    parts, y = [], 6
    colours = {}
    for case in group["cases"]:
        sides = case["sides"]
        most = max(value["highest"] for value in sides.values()) or 1
        parts.append(f'<text x="0" y="{y + 14}" font-weight="600">{html.escape(case["label"])}</text>')
        for side, value in sides.items():
            colour = colours.setdefault(side, min(len(colours), 3))
            width, low, high = (WIDTH * value[key] / most for key in ("median", "lowest", "highest"))
            middle = y + BAR / 2
            ratio = case["ratios"].get(side)
            unit = "/s" if case["key"] == "perSecond" else f"µs at {case['key']}"
            told = f"{value['median']:,.0f} {unit}" + (f" · ratio {ratio['ratio']:.2f}" if ratio else "")
            parts.append(
                f'<text class="faint" x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{html.escape(side)}</text>'
                f'<rect class="side{colour}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2">'
                f'<title>{html.escape(side)}: {value["lowest"]:,.0f} to {value["highest"]:,.0f} {unit}</title></rect>'
                f'<line class="spread" x1="{LEFT + low:.1f}" x2="{LEFT + high:.1f}" y1="{middle}" y2="{middle}"/>'
                f'<text x="{LEFT + high + 8:.1f}" y="{y + 14}">{told}</text>')
            y += BAR + GAP
        y += CASE_GAP
    total = LEFT + WIDTH + RIGHT
    axis = f'<line class="axis" x1="{LEFT - .5}" x2="{LEFT - .5}" y1="0" y2="{y - CASE_GAP}"/>'
    return (f'<svg viewBox="0 0 {total} {y}" width="{total}" role="img" aria-label="{html.escape(group["title"])}">'
            f'{axis}{"".join(parts)}</svg>')


def table(group):
    rows = []
    for case in group["cases"]:
        for index, (side, value) in enumerate(case["sides"].items()):
            ratio = case["ratios"].get(side)
            told = f"{ratio['ratio']:.2f} [{ratio['lowest']:.2f} – {ratio['highest']:.2f}]" if ratio else ""
            rows.append(
                f"<tr><td>{html.escape(case['label']) if index == 0 else ''}</td><td>{html.escape(side)}</td>"
                f"<td>{value['median']:,.0f}</td><td class=faint>{value['lowest']:,.0f} – {value['highest']:,.0f}</td>"
                f"<td>{value['p50']:,.0f}</td><td>{value['p99']:,.0f}</td><td>{told}</td></tr>")
    what = "a second" if group["cases"][0]["key"] == "perSecond" else f"{group['cases'][0]['key']} µs"
    return (f"<table><tr><th></th><th></th><th>{what}, median</th><th>lowest – highest</th><th>p50 µs</th><th>p99 µs</th>"
            "<th>ratio [rounds]</th></tr>" + "".join(rows) + "</table>")


def curve(group):
    """Medians over what grows, on a scale of powers of ten; a line at each from its lowest round to its highest, and the
    floor that none should be below."""
    points, floor = group["curve"]["points"], group["curve"]["floor"]
    high, top, bottom = 260, 14, 40
    most = max(point["highest"] for point in points) or 1
    first, last = (math.log10(points[end]["x"]) for end in (0, -1))
    across = lambda x: LEFT / 3 + (WIDTH + RIGHT) * (math.log10(x) - first) / ((last - first) or 1)  # noqa: E731
    up = lambda value: top + high * (1 - value / most)  # noqa: E731
    path = " ".join(f"{across(point['x']):.1f},{up(point['median']):.1f}" for point in points)
    right = LEFT / 3 + WIDTH + RIGHT
    parts = [f'<line class="axis" x1="{LEFT / 3}" x2="{right}" y1="{up(0)}" y2="{up(0)}"/>',
             f'<line class="floor" x1="{LEFT / 3}" x2="{right}" y1="{up(floor):.1f}" y2="{up(floor):.1f}"/>',
             f'<text class="faint" x="0" y="{up(floor) + 4:.1f}">80 % of best</text>',
             f'<polyline class="curve" points="{path}"/>']
    for point in points:
        x = across(point["x"])
        parts.append(
            f'<line class="spread" x1="{x:.1f}" x2="{x:.1f}" y1="{up(point["lowest"]):.1f}" y2="{up(point["highest"]):.1f}"/>'
            f'<circle class="side0" cx="{x:.1f}" cy="{up(point["median"]):.1f}" r="4"><title>{point["x"]:,} '
            f'{html.escape(group["curve"]["axis"])}: {point["median"]:,.0f} a second</title></circle>'
            f'<text x="{x:.1f}" y="{up(0) + 18}" text-anchor="middle">{point["x"]:,}</text>'
            f'<text class="faint" x="{x:.1f}" y="{up(0) + 34}" text-anchor="middle">{point["median"]:,.0f} /s</text>')
    return (f'<svg viewBox="0 0 {right + 60:.0f} {top + high + bottom}" width="{right + 60:.0f}" role="img" '
            f'aria-label="{html.escape(group["title"])}">{"".join(parts)}</svg>')


def figure_table(figures):
    rows = "".join(
        f"<tr><td>{html.escape(one['name'])}</td><td class=faint>{html.escape(one['note'])}</td><td>{one['value']:,.2f} "
        f"{one['unit']}</td><td>{'' if one['goal'] is None else format(one['goal'], 'g') + ' ' + one['unit']}</td></tr>"
        for one in figures)
    return f"<section><table><tr><th></th><th></th><th>measured</th><th>goal</th></tr>{rows}</table></section>" if rows else ""


def page(title, facts, groups, figures=()):
    """The whole page. `facts` are sentences about the machine and the run; `figures` single numbers with their goals."""
    sections = "".join(
        f"<section><h2>{html.escape(group['title'])}</h2><p class=note>{html.escape(group['note'])}</p>"
        f"{curve(group) if 'curve' in group else picture(group) + table(group)}</section>" for group in groups)
    sections += figure_table(figures)
    return (f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{html.escape(title)}</title><style>{STYLE}</style><h1>{html.escape(title)}</h1>"
            f"<p>{html.escape(' '.join(facts))}{'' if any('curve' in group for group in groups) else RATIOS}</p>{sections}"
            f"</html>\n")
