"""Draws a dashboard's panels from the same queries against a Prometheus, with matplotlib. It is no Grafana: it knows the four kinds of
panels that ours has, their units, thresholds and mappings.

Usage: python picture.py DASHBOARD.json http://PROMETHEUS SECONDS PICTURE.png
       python picture.py DASHBOARD.json build/grafana/answers.json SECONDS PICTURE.png      to draw the last run's answers anew
"""
import io
import json
import math
import sys
import time
import urllib.parse
import urllib.request

import matplotlib
from matplotlib.patches import FancyBboxPatch, Rectangle
from PIL import Image

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend comes first)

ANSWERS = "build/grafana/answers.json"
COLUMNS, UNIT, DPI = 24, 0.34, 100  # Grafana's grid: 24 columns, UNIT inches a row
WIDTH = 15.0
BACKGROUND, PANEL, TEXT, FAINT, LINE = "#111217", "#181b1f", "#d8d9df", "#8e9099", "#2a2d33"
COLORS = {"green": "#56a64b", "yellow": "#e0b400", "orange": "#ff780a", "red": "#d8323c", "blue": "#3274d9"}
SERIES = ["#7eb26d", "#eab839", "#6ed0e0", "#ef843c", "#b877d9", "#5794f2", "#f2495c", "#c0d8ff"]
SHOWN = 6  # series in a legend
STEP = 5


class Prometheus:
    """Answers to queries: of a server, or of the file in which an earlier run has kept them."""

    def __init__(self, source, seconds):
        self.answers = {}
        self.server = source if source.startswith("http") else None
        if not self.server:
            with open(source, encoding="utf-8") as file:
                self.answers = json.load(file)
        self.end = self.answers.setdefault("end", math.floor(time.time()))
        self.start = self.end - seconds

    def ask(self, expression, instant):
        """The series: labels, and pairs of time and number."""
        values = {"$connector": ".+", "$worker": ".+", "$__rate_interval": f"{STEP + 1}s"}
        for name, value in values.items():
            expression = expression.replace(name, value)
        key = f"{'now' if instant else 'range'} {expression}"
        if key not in self.answers:
            times = {"time": self.end} if instant else {"start": self.start, "end": self.end, "step": STEP}
            path = "query" if instant else "query_range"
            form = urllib.parse.urlencode({"query": expression} | times).encode()
            with urllib.request.urlopen(f"{self.server}/api/v1/{path}", form) as response:
                self.answers[key] = json.load(response)["data"]["result"]
        return [(one["metric"], [(at, float(value)) for at, value in one.get("values", [one.get("value")])]) for one in self.answers[key]]


def color(name):
    return COLORS.get(name, name)


def shorten(value):
    for limit, suffix in ((1e9, " G"), (1e6, " M"), (1e4, " K")):
        if abs(value) >= limit:
            return f"{value / (1e3 if suffix == ' K' else limit):.3g}{suffix}"
    return f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"


def amount(value, unit):
    """As Grafana writes a number of that unit."""
    if math.isnan(value):
        return "–"
    if unit == "percent":
        return f"{value:.3g} %" if 0 < value < 10 else f"{value:.0f} %"
    if unit == "s":
        return f"{value / 60:.3g} min" if value >= 60 else f"{value:.3g} s" if value >= 1 or value == 0 else f"{1000 * value:.0f} ms"
    return shorten(value) + {"mps": " msg/s", "recps": " rec/s"}.get(unit, "")


def name(metric, legend):
    for label, value in metric.items():
        legend = legend.replace("{{" + label + "}}", value)
    return legend.replace("{{connector_name}}", "").strip()


def level(value, steps):
    """The colour of the highest threshold that a number has reached."""
    return color([step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1])


class Picture:
    def __init__(self, dashboard, prometheus):
        self.prometheus = prometheus
        self.panels = dashboard["panels"]
        self.rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in self.panels)
        pyplot.rcParams.update({"font.family": "DejaVu Sans", "font.size": 9.5, "text.color": TEXT, "axes.edgecolor": LINE, "axes.labelcolor": TEXT,
                                "xtick.color": FAINT, "ytick.color": FAINT})
        self.figure = pyplot.figure(figsize=(WIDTH, self.rows * UNIT), dpi=DPI, facecolor=BACKGROUND)
        self.alerts = self.beginnings(dashboard["annotations"]["list"][0]["expr"])

    def beginnings(self, expression):
        """When an alert began to fire."""
        return [values[0][0] for _, values in self.prometheus.ask(expression, False)]

    def inches(self, grid):
        """Left, bottom, width and height."""
        column = WIDTH / COLUMNS
        return grid["x"] * column, (self.rows - grid["y"] - grid["h"]) * UNIT, grid["w"] * column, grid["h"] * UNIT

    def axes(self, left, bottom, width, height):
        total = self.rows * UNIT
        return self.figure.add_axes([left / WIDTH, bottom / total, max(width, 0.01) / WIDTH, max(height, 0.01) / total], facecolor="none")

    def canvas(self, left, bottom, width, height):
        """Axes in inches, without anything to see."""
        axes = self.axes(left, bottom, width, height)
        axes.set(xlim=(0, width), ylim=(0, height))
        axes.axis("off")
        return axes

    def frame(self, panel, face=PANEL):
        left, bottom, width, height = self.inches(panel["gridPos"])
        axes = self.canvas(left, bottom, width, height)
        axes.add_patch(FancyBboxPatch((0.05, 0.05), width - 0.1, height - 0.1, boxstyle="round,pad=0,rounding_size=0.05", linewidth=0.8,
                                      facecolor=face, edgecolor=LINE))
        axes.text(0.16, height - 0.25, panel["title"], fontsize=10, weight="bold", va="center", color="white" if face != PANEL else TEXT)
        return axes, left, bottom, width, height

    def draw(self):
        kinds = {"row": self.row, "stat": self.stat, "table": self.table, "state-timeline": self.timeline, "timeseries": self.series}
        for panel in self.panels:
            kinds[panel["type"]](panel)

    def row(self, panel):
        left, bottom, width, height = self.inches(panel["gridPos"])
        axes = self.canvas(left, bottom, width, height)
        axes.text(0.1, height / 2 - 0.02, "▾  " + panel["title"], fontsize=12, weight="bold", va="center", color="white")

    def stat(self, panel):
        defaults = panel["fieldConfig"]["defaults"]
        answer = self.prometheus.ask(panel["targets"][0]["expr"], True)
        value = answer[0][1][0][1] if answer else math.nan
        face = level(value, defaults["thresholds"]["steps"]) if answer else PANEL
        axes, _, _, width, height = self.frame(panel, face)
        text = amount(value, defaults["unit"]) if answer else defaults["noValue"]
        axes.text(width / 2, (height - 0.35) / 2, text, fontsize=21 if len(text) < 8 else 16, weight="bold", ha="center", va="center", color="white")

    def timeline(self, panel):
        target, defaults = panel["targets"][0], panel["fieldConfig"]["defaults"]
        words = defaults["mappings"][0]["options"]
        lanes = sorted((name(metric, target["legendFormat"]), values) for metric, values in self.prometheus.ask(target["expr"], False))
        _, left, bottom, width, height = self.frame(panel)
        margin = 0.25 + 0.078 * max((len(lane) for lane, _ in lanes), default=0)
        axes = self.axes(left + margin, bottom + 0.35, width - margin - 0.2, height - 0.85)
        for number, (_, values) in enumerate(lanes):
            for begin, end, state in spans(values):
                word = words[str(int(state))]
                axes.add_patch(Rectangle((begin, number + 0.1), end - begin, 0.8, facecolor=color(word["color"]), alpha=0.85))
                if (end - begin) / (self.prometheus.end - self.prometheus.start) * (width - margin) > 0.095 * len(word["text"]):
                    axes.text(begin + 4, number + 0.52, word["text"], fontsize=7.5, color="white", va="center")
        axes.set(ylim=(max(len(lanes), 1), 0))
        axes.set_yticks([number + 0.5 for number in range(len(lanes))], [lane for lane, _ in lanes], fontsize=9, color=TEXT)
        self.clock(axes)

    def clock(self, axes):
        """The time range, in local time."""
        start, end = self.prometheus.start, self.prometheus.end
        ticks = [at for at in range(math.ceil(start / 120) * 120, end + 1, 120)]
        axes.set(xlim=(start, end))
        axes.set_xticks(ticks, [time.strftime("%H:%M", time.localtime(at)) for at in ticks], fontsize=8)
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)

    def series(self, panel):
        defaults = panel["fieldConfig"]["defaults"]
        _, left, bottom, width, height = self.frame(panel)
        lines = [(name(metric, target["legendFormat"]), values) for target in panel["targets"]
                 for metric, values in self.prometheus.ask(target["expr"], False)]
        hues = {label: SERIES[number % len(SERIES)] for number, label in enumerate(sorted({label for label, _ in lines}))}
        shown = sorted(sorted(lines, key=lambda line: -max(value for _, value in line[1]))[:SHOWN])
        legend = 0.19 * math.ceil(len(shown) / self.legend_columns(width, shown)) + 0.12
        axes = self.axes(left + 0.75, bottom + legend + 0.3, width - 0.95, height - legend - 0.82)
        stacked = defaults["custom"].get("stacking", {}).get("mode") == "normal"
        self.plot(axes, lines, hues, stacked)
        self.limits(axes, lines, defaults, stacked)
        self.clock(axes)
        for at in self.alerts:
            axes.axvline(at, color=COLORS["red"], linewidth=0.7, linestyle=(0, (4, 3)), alpha=0.7)
        self.legend(left, bottom, width, shown, hues, defaults["unit"])

    @staticmethod
    def plot(axes, lines, hues, stacked):
        floor = {}
        for label, values in sorted(lines):
            times = [at for at, _ in values]
            if stacked:
                axes.bar(times, [value for _, value in values], width=STEP, bottom=[floor.get(at, 0) for at in times], color=hues[label])
                floor |= {at: floor.get(at, 0) + value for at, value in values}
            else:
                axes.plot(*with_gaps(values), color=hues[label], linewidth=1.5)

    def limits(self, axes, lines, defaults, stacked):
        """The range of the axis; with the alert's threshold in sight where there is one."""
        steps, unit = defaults["thresholds"]["steps"], defaults["unit"]
        top = max((value for _, values in lines for _, value in values if not math.isnan(value)), default=1)
        top = max(sum(max(value for _, value in values) for _, values in lines) if stacked else top, defaults["custom"].get("axisSoftMax") or 0)
        top = defaults.get("max") or top * 1.08 or 1
        axes.set(ylim=(0, top))
        if len(steps) > 1:
            limit = steps[-1]["value"]
            axes.axhline(limit, color=COLORS["red"], linewidth=1.4, linestyle=(0, (6, 3)))
            axes.text(self.prometheus.start + 4, limit, f"alert above {amount(limit, unit)}", fontsize=7.5, color="#ff7f86", va="bottom")
        distance = top / 4 if defaults.get("max") else nice(top, unit)
        ticks = [distance * number for number in range(int(top / distance + 0.01) + 1)]
        axes.set_yticks(ticks, [amount(tick, unit).removesuffix(" msg/s").removesuffix(" rec/s") for tick in ticks], fontsize=8)
        axes.grid(axis="y", color=LINE, linewidth=0.7)
        axes.set_axisbelow(True)

    def legend_columns(self, width, shown):
        longest = max((len(label) for label, _ in shown), default=1) + 12
        return max(1, int((width - 0.3) / (0.078 * longest)))

    def legend(self, left, bottom, width, shown, hues, unit):
        """Name and last number of the highest series."""
        columns = self.legend_columns(width, shown)
        axes = self.canvas(left, bottom, width, 1)
        for number, (label, values) in enumerate(shown):
            x, y = 0.2 + number % columns * (width - 0.3) / columns, 0.2 + 0.19 * (math.ceil(len(shown) / columns) - 1 - number // columns)
            gone = values[-1][0] < self.prometheus.end - 2 * STEP
            axes.plot([x, x + 0.16], [y, y], color=hues[label], linewidth=3)
            axes.text(x + 0.24, y, f"{label}  {'gone' if gone else amount(values[-1][1], unit)}", fontsize=8.5, va="center")

    def table(self, panel):
        """The queries' answers side by side, a line for each connector."""
        names = panel["transformations"][1]["options"]["renameByName"]
        settings = {one["matcher"]["options"]: {entry["id"]: entry["value"] for entry in one["properties"]}
                    for one in panel["fieldConfig"]["overrides"]}
        columns = [(names[f"Value #{target['refId']}"], {metric["connector_name"]: values[0][1] for metric, values in
                                                         self.prometheus.ask(target["expr"], True)}) for target in panel["targets"]]
        connectors = sorted({connector for _, cells in columns for connector in cells})
        axes, _, _, width, height = self.frame(panel)
        step = min(0.33, (height - 0.95) / max(len(connectors), 1))
        first, top = 1.5, height - 0.6
        span = (width - first - 0.2) / len(columns)
        axes.text(0.2, top, names["connector_name"], fontsize=8.5, color=FAINT, va="center")
        for column, (title, cells) in enumerate(columns):
            x = first + column * span
            axes.text(x + span / 2, top, title, fontsize=8.5, color=FAINT, va="center", ha="center")
            for line, connector in enumerate(connectors):
                text, face = cell(cells.get(connector), settings[title])
                y = top - 0.22 - (line + 1) * step
                if face:
                    axes.add_patch(Rectangle((x + 0.03, y + 0.02), span - 0.06, step - 0.04, facecolor=face))
                axes.text(x + span / 2, y + step / 2, text, fontsize=9, va="center", ha="center", color="white" if face else TEXT)
        for line, connector in enumerate(connectors):
            axes.text(0.2, top - 0.22 - (line + 0.5) * step, connector, fontsize=9.5, va="center")

    def save(self, file):
        """With few colours: the picture is for a page, and flat."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, facecolor=BACKGROUND)
        Image.open(buffer).convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, optimize=True)


def cell(value, settings):
    """A table cell's text and colour."""
    if value is None:
        return "", None
    for mapping in settings.get("mappings", []):
        word = mapping["options"].get(str(int(value)))
        if word:
            return word["text"], color(word["color"])
    steps = settings.get("thresholds", {}).get("steps")
    return amount(value, settings["unit"]), level(value, steps) if steps else None


def spans(values):
    """The stretches of one state: from, to, state. A gap in the samples ends one."""
    result = []
    for at, state in values:
        if result and result[-1][2] == state and at - result[-1][1] <= STEP:
            result[-1][1] = at + STEP
        else:
            result.append([at, at + STEP, state])
    return result


def with_gaps(values):
    times, numbers = [], []
    for at, value in values:
        if times and at - times[-1] > STEP * 1.5:
            times.append(at - STEP)
            numbers.append(math.nan)
        times.append(at)
        numbers.append(value)
    return times, numbers


def nice(top, unit):
    """A round distance of about a quarter of the axis; of whole minutes where it counts minutes."""
    if unit == "s" and top >= 240:
        return next((step for step in (60, 120, 300, 600, 1200) if step >= top / 5), 3600)
    power = 10 ** math.floor(math.log10(top / 4))
    return next(power * step for step in (1, 2, 2.5, 5, 10) if power * step >= top / 4.01)


def main():
    dashboard, source, seconds, target = sys.argv[1:]
    with open(dashboard, encoding="utf-8") as file:
        document = json.load(file)
    prometheus = Prometheus(source, int(seconds))
    picture = Picture(document, prometheus)
    picture.draw()
    if prometheus.server:
        with open(ANSWERS, "w", encoding="utf-8") as file:
            json.dump(prometheus.answers, file)
    picture.save(target)


if __name__ == "__main__":
    main()
