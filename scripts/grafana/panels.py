"""The kinds of panels that the dashboard is made of, with the settings that all panels of a kind share."""
from grafana_foundation_sdk.builders import common as viz
from grafana_foundation_sdk.builders import dashboard, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common, dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "#8e8e8e"
CONNECTION = {-1: ("NO TASK", RED), 0: ("DISCONNECTED", RED), 1: ("CONNECTED", GREEN)}
TASK = {1: ("RUNNING", GREEN), 2: ("PAUSED", BLUE), 3: ("UNASSIGNED", ORANGE), 4: ("RESTARTING", ORANGE), 5: ("FAILED", RED)}

SESSION = {1: ("CONNECTING", YELLOW), 2: ("LOGGING_IN", YELLOW), 3: ("SUBSCRIBING", YELLOW), 4: ("OPEN", GREEN), 5: ("HANDING_OVER", GREEN),
           6: ("WAITING", ORANGE), 7: ("CLOSING", GREY), 8: ("PAUSED", BLUE), 9: ("GAVE_UP", RED), 10: ("ENDED", RED)}


def thresholds(*steps):
    """Green, then each colour from its value on."""
    first = [model.Threshold(value=None, color=GREEN)]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(
        first + [model.Threshold(value=value, color=color) for value, color in steps])


def words(states):
    """Shows numbers as words in colours."""
    return [model.ValueMap(options={str(number): model.ValueMappingResult(text=text, color=color, index=index)
                                    for index, (number, (text, color)) in enumerate(states.items())})]


def query(expression, legend="", ref_id="A", now=False, as_table=False):
    target = prometheus.Dataquery().expr(expression).ref_id(ref_id).legend_format(legend or "__auto").datasource(SOURCE)
    target = target.instant() if now else target.range()
    return target.format(PromQueryFormat.TABLE if as_table else PromQueryFormat.TIME_SERIES)


def tile(title, expression, about, unit="short", steps=(), decimals=None, width=3):
    """One number, as it is at the end of the time range: a last value from the past would hide that the metrics are gone."""
    panel = stat.Panel().title(title).description(about).datasource(SOURCE).height(4).span(width).unit(unit)
    panel = panel.with_target(query(expression, now=True)).thresholds(thresholds(*steps)).no_value("no metrics")
    panel = panel.color_mode(common.BigValueColorMode.BACKGROUND_SOLID).graph_mode(common.BigValueGraphMode.NONE)
    panel = panel.reduce_options(viz.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    return panel if decimals is None else panel.decimals(decimals)


def states(title, expression, legend, about, mapping, width=12, height=6):
    """A lane for each series; its colour is the state."""
    panel = statetimeline.Panel().title(title).description(about).datasource(SOURCE).height(height).span(width)
    panel = panel.with_target(query(expression, legend)).mappings(words(mapping)).no_value("nothing in this time range")
    panel = panel.color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS)).thresholds(thresholds())
    panel = panel.show_value(common.VisibilityMode.AUTO).merge_values(True).row_height(0.85).fill_opacity(85).line_width(0)
    return panel.legend(viz.VizLegendOptions().show_legend(False).display_mode(common.LegendDisplayMode.LIST)
                        .placement(common.LegendPlacement.BOTTOM))


def lines(title, targets, about, unit="short", limit=None, width=12, stacked=False, maximum=None):
    """Series over time. `limit` is an alert's threshold: a dashed line that is always in sight."""
    panel = timeseries.Panel().title(title).description(about).datasource(SOURCE).height(8).span(width).unit(unit).min(0)
    for index, (expression, legend) in enumerate(targets):
        panel = panel.with_target(query(expression, legend, ref_id=chr(ord("A") + index)))
    if limit is None:
        panel = panel.thresholds(thresholds())
    else:
        panel = panel.thresholds(thresholds((limit, RED))).axis_soft_max(limit * 1.2)
        panel = panel.thresholds_style(viz.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED))
    if stacked:
        panel = panel.draw_style(common.GraphDrawStyle.BARS).fill_opacity(80).line_width(0)
        panel = panel.stacking(viz.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    else:
        panel = panel.draw_style(common.GraphDrawStyle.LINE).fill_opacity(8).line_width(2)
    if maximum is not None:
        panel = panel.max(maximum)
    panel = panel.show_points(common.VisibilityMode.NEVER).tooltip(viz.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING))
    return panel.no_value("no metrics").legend(
        viz.VizLegendOptions().show_legend(True).display_mode(common.LegendDisplayMode.TABLE)
        .placement(common.LegendPlacement.BOTTOM).calcs(["lastNotNull", "max"]))


def overview(title, columns, about, height=8):
    """One row per connector; a column is (name, expression, unit, steps, mapping or None). All as it is at the end of the time range."""
    panel = table.Panel().title(title).description(about).datasource(SOURCE).height(height).span(24).no_value("no metrics")
    names, order = {"connector_name": "Connector"}, {"connector_name": 0}
    for index, (name, expression, unit, steps, mapping) in enumerate(columns):
        ref_id = chr(ord("A") + index)
        names[f"Value #{ref_id}"], order[f"Value #{ref_id}"] = name, index + 1
        panel = panel.with_target(query(expression, ref_id=ref_id, now=True, as_table=True))
        panel = panel.override_by_name(name, column(unit, steps, mapping))
    panel = panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    return panel.thresholds(thresholds()).with_transformation(model.DataTransformerConfig(id_val="organize", options={
        "excludeByName": {"Time": True}, "indexByName": order, "renameByName": names}))


def column(unit, steps, mapping):
    values = [model.DynamicConfigValue(id_val="unit", value=unit)]
    if mapping:
        values.append(model.DynamicConfigValue(id_val="mappings", value=words(mapping)))
    if steps:
        values.append(model.DynamicConfigValue(id_val="thresholds", value=thresholds(*steps).build()))
    if mapping or steps:
        values.append(model.DynamicConfigValue(id_val="custom.cellOptions", value=common.TableColoredBackgroundCellOptions(
            mode=common.TableCellBackgroundDisplayMode.BASIC)))
    return values
