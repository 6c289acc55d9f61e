"""Draws the results of the benchmarks: for each section the connector's figures as multiples of what they are compared with.

Usage: python bench_plots.py RESULTS.json FOLDER      writes FOLDER/<section>.svg
"""
import json
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402  (the backend comes first)
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402

# The same file for the same figures, with letters that can be searched for.
matplotlib.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9, "font.family": "sans-serif"})
COLORS = ["#3274d9", "#ff780a", "#56a64b", "#b877d9"]
LIMIT = "#d8323c"


def comparisons(row):
    """What the row's subject is compared with: name, ratios round by round, and the limit, if there is one."""
    subject = row["series"][0]["values"]
    limits = {limit.get("against"): limit for limit in row["limits"]}
    for other in row["series"][1:]:
        ratios = [mine / theirs for mine, theirs in zip(subject, other["values"], strict=True)]
        yield other["name"], ratios, reach(limits.get(other["name"]), other["values"])


def reach(limit, values):
    """A limit as a ratio: what may be added to it is worth more where the figures are small."""
    if limit is None:
        return None
    if "at_least" in limit:
        return limit["at_least"]
    return limit["at_most"] + limit.get("plus", 0) / statistics.median(values)


def draw(section, file):
    """One line a row, one mark for each thing that the row is compared with; nothing if no row is compared with anything."""
    rows = [(row, list(comparisons(row))) for row in section["rows"]]
    rows = [(row, compared) for row, compared in rows if compared]
    if not rows:
        return False
    names = list(dict.fromkeys(name for _, compared in rows for name, _, _ in compared))
    figure, axes = pyplot.subplots(figsize=(9, 1.6 + 0.34 * len(rows)), layout="constrained")
    for y, (_, compared) in enumerate(rows):
        for name, ratios, limit in compared:
            color = COLORS[names.index(name) % len(COLORS)]
            at = y + 0.14 * (names.index(name) - (len(names) - 1) / 2)
            axes.plot([min(ratios), max(ratios)], [at, at], color=color, linewidth=1.5)
            axes.plot(statistics.median(ratios), at, "o", color=color, markersize=5)
            if limit is not None:
                axes.plot(limit, at, "|", color=LIMIT, markersize=9, markeredgewidth=2)
    for name in names:
        axes.plot([], [], "o-", color=COLORS[names.index(name) % len(COLORS)], label="of: " + name)
    axes.plot([], [], "|", color=LIMIT, markersize=9, markeredgewidth=2, label="limit")
    axes.axvline(1, color="#888888", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [f'{row["name"]}: {row["measure"]} ({row["better"]} is better)' for row, _ in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} ×"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_title(section["title"], fontsize=10)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
    return True


def main(results, folder):
    for section in json.loads(pathlib.Path(results).read_text(encoding="utf-8"))["sections"]:
        file = pathlib.Path(folder) / f'{section["name"]}.svg'
        if draw(section, file):
            print(file)


main(*sys.argv[1:])
