"""Writes the Grafana dashboard to standard output; ops/grafana/websocket-connector.json is that, and a test finds it stale.

Usage: python dashboard.py > websocket-connector.json
"""
import json
import sys

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from panels import CONNECTION, GREEN, ORANGE, RED, SESSION, SOURCE, TASK, YELLOW, lines, overview, states, tile

DOCS = "https://github.com/conduktor/kafka-connect-websocket/blob/main/docs"
CHOSEN = 'connector_name=~"$connector",instance=~"$worker"'
WORKERS = 'job="kafka-connect",instance=~"$worker"'
# An alert on a worker has no connector. The names, because other alerts without that label are not ours.
ALERTS = ('ALERTS{alertstate="firing",alertname=~"WebSocket.+|HighMessageDropRate|HighProcessingLag|FrequentReconnections|'
          'ConnectWorkerUnreachable",connector_name=~"$connector|",instance=~"$worker"}')


def doc(anchor, title):
    """A link for a panel's description."""
    return f"[{title}](${{docs}}/{anchor})"


DROPPING = doc("RUNBOOK.md#issue-1-connection-keeps-dropping", "Runbook: connection keeps dropping")
DROPS = doc("RUNBOOK.md#issue-2-high-message-drop-rate", "Runbook: high message drop rate")
SILENCE = doc("RUNBOOK.md#issue-3-no-messages-received", "Runbook: no messages received")
LAG = doc("RUNBOOK.md#issue-4-processing-lag-building-up", "Runbook: processing lag")
FAILED = doc("MONITORING.md#websockettaskfailed", "Monitoring: failed task")


def metric(name):
    return f"websocket_{name}{{{CHOSEN}}}"


def by_connector(function, expression):
    return f"{function} by (connector_name) ({expression})"


def increase(name, window="5m"):
    return by_connector("sum", f"increase({metric(name)}[{window}])")


def rate(name, window):
    return by_connector("sum", f"rate({metric(name)}[{window}])")


def task_state():
    """A number for each state of a task, our connectors' only."""
    codes = [f'kafka_connect_task_status{{{CHOSEN},status="{word.lower()}"}} * {number}' for number, (word, _) in TASK.items()]
    return f"({' or '.join(codes)}) and on (connector_name) kafka_connect_connector_class"


def session_state():
    """A number for each state of a session."""
    return " or ".join(f'websocket_task_State{{{CHOSEN},state="{word}"}} * {number}' for number, (word, _) in SESSION.items())


# A connector without a running task has no metrics of ours. Its connector may live on another worker than its task.
STATE = (by_connector("max", metric("isConnected")) + " or -1 * ("
         + by_connector("max", f"kafka_connect_connector_class{{{CHOSEN}}}") + " unless on (connector_name) websocket_isConnected)")
DROPPED_NOW = (f"100 * {rate('MessagesDropped', '5m')} / ({rate('MessagesReceived', '5m')} > 0)"
               f" or 0 * {rate('MessagesReceived', '5m')}")
NO_DATA = by_connector("max", metric("task_MillisSinceLastData")) + " / 1000"
SILENT = by_connector("max", metric("MillisSinceLastMessage")) + " / 1000"
TASKS_FAILED = f'count(kafka_connect_task_status{{{CHOSEN},status="failed"}} and on (connector_name) kafka_connect_connector_class) or vector(0)'


def alone(expression):
    """The worst of all connectors."""
    return f"max({expression})"


def overview_row():
    return [
        tile("Firing alerts", f"count({ALERTS}) or vector(0)", "Of the connectors and workers chosen. Which: see *Alerts* below. "
             + doc("MONITORING.md", "What each alert means"), steps=[(1, RED)]),
        tile("Workers down", f"count(up{{{WORKERS}}} == 0) or vector(0)", "Prometheus gets no answer from them, and nothing else here sees their "
             "connectors. " + doc("MONITORING.md#connectworkerunreachable", "What to do"), steps=[(1, RED)]),
        tile("Tasks failed", TASKS_FAILED, "Connect does not restart a failed task: its feed is being lost. Read the trace in "
             "`GET /connectors/<name>/status`, remove the cause, restart. " + FAILED, steps=[(1, RED)]),
        tile("Not connected", f"sum(({STATE}) < bool 1) or vector(0)", "Connectors without an open connection. Paused and stopped ones "
             "count, for their feed is not read either. " + DROPPING, steps=[(1, RED)]),
        tile("Fullest queue", alone(metric("QueueUtilizationPercent")), "Messages are dropped at 100 %. " + DROPS, "percent",
             [(50, YELLOW), (80, RED)], 0),
        tile("Drop rate, worst", alone(DROPPED_NOW), "Share of the last five minutes' messages that the full queue had no room for. " + DROPS,
             "percent", [(1, RED)], 2),
        tile("Lag, highest", alone(metric("LagCount")), "Received and not in Kafka. Drops stay in it for good; the *backlog* below is what is "
             "really waiting. " + LAG, steps=[(5000, YELLOW), (10000, RED)]),
        tile("Longest silence", alone(SILENT), "Since a connector's last message. Over five minutes is an alert, unless the feed may be quiet. "
             + SILENCE, "s", [(60, YELLOW), (300, RED)]),
        overview("Connectors", [
            ("Connection", STATE, "short", [], CONNECTION),
            ("Task", by_connector("max", task_state()), "short", [], TASK),
            ("Received", rate("MessagesReceived", "$__rate_interval"), "mps", [], None),
            ("To Kafka", rate("RecordsProduced", "$__rate_interval"), "recps", [], None),
            ("Last message", SILENT, "s", [(60, YELLOW), (300, RED)], None),
            ("Queue", by_connector("max", metric("QueueUtilizationPercent")), "percent", [(50, YELLOW), (80, RED)], None),
            ("Lag", by_connector("max", metric("LagCount")), "short", [(5000, YELLOW), (10000, RED)], None),
            ("Backlog", by_connector("max", metric("BacklogCount")), "short", [(5000, YELLOW), (10000, RED)], None),
            ("Drop rate", DROPPED_NOW, "percent", [(1, RED)], None),
            ("Reconnects in 5 min", increase("TotalReconnects"), "short", [(5, ORANGE), (10, RED)], None),
        ], "One line per connector, red where an alert's threshold is passed. NO TASK: the task has failed, or the connector is stopped or "
           "still starting; *Task* tells which. Choose a connector above to see it alone."),
        states("Alerts", f"max by (alertname, connector_name) ({ALERTS})", "{{alertname}} {{connector_name}}",
               "What fired, and since when. " + doc("MONITORING.md", "What each alert means and what to do"), {1: ("FIRING", RED)},
               width=24, height=9),
    ]


def connection_row():
    return [
        states("Connection", f"max by (connector_name, instance) ({metric('isConnected')})", "{{connector_name}} @ {{instance}}",
               "Red: the worker's log says why each attempt failed. A gap: no task, see *Tasks*. " + DROPPING, CONNECTION),
        states("Tasks", f"max by (connector_name, task) ({task_state()})", "{{connector_name}}-{{task}}",
               "FAILED: Connect does not restart it. PAUSED: the feed is let go of on purpose. " + FAILED, TASK),
        lines("Time since the last message", [(SILENT, "{{connector_name}}")], "Climbs while connected: the subscription is wrong or refused, or the "
              "endpoint is quiet. Alert above 300 s. " + SILENCE, "s", limit=300),
        states("Session", f"max by (connector_name, task) ({session_state()})", "{{connector_name}}-{{task}}",
               "What the task is about. WAITING: until the next attempt. SUBSCRIBING for long: the server does not acknowledge. GAVE_UP: it will not try "
               "again. `LastError` and `LastCloseReason` of the WebSocketTask MBean say why. " + DROPPING, SESSION),
        lines("Time until the next attempt", [(by_connector("max", metric("task_MillisUntilNextAttempt")) + " / 1000", "{{connector_name}}")],
              "While it waits; below 0 otherwise. Far away: the server asks for it (`Retry-After`), or the budget is used up. Alert above 300 s. "
              + doc("MONITORING.md#websocketnextattemptfar", "What to do"), "s", limit=300),
        lines("Time since the last data", [(NO_DATA, "{{connector_name}}")], "Without what a matcher knows: acknowledgements, answers to heartbeats and "
              "the like. Below 0: none has come. Climbs while *the last message* does not: the server answers and sends nothing. "
              + doc("MONITORING.md#websocketonlycontrolmessages", "What to do"), "s", limit=300),
        lines("Age of the connection", [(by_connector("max", metric("UptimeMillis")) + " / 1000", "{{connector_name}}")],
              "0 while it is down. A saw: the connection is lost at that interval, often an idle limit of a proxy or of the server. "
              + DROPPING, "s"),
    ]


def throughput_row():
    return [
        lines("Messages received", [(rate("MessagesReceived", "$__rate_interval"), "{{connector_name}}")],
              "From the WebSocket. 0 while connected: " + SILENCE, "mps", width=8),
        lines("Records produced", [(rate("RecordsProduced", "$__rate_interval"), "{{connector_name}}")],
              "Acknowledged by Kafka. Below what is received: the queue fills, or messages are lost. " + LAG, "recps", width=8),
        lines("Messages in flight", [(by_connector("sum", metric("task_MessagesInFlight")), "{{connector_name}}")],
              "Handed to Connect, not yet acknowledged by Kafka. Stuck above 0: look at the brokers. " + LAG, width=8),
        lines("Subscriptions in 5 min", [(increase("task_SubscriptionAcks"), "{{connector_name}}, acknowledged"),
                                         (increase("task_SubscriptionFailures"), "{{connector_name}}, failed")],
              "Acknowledged where `websocket.subscription.ack.match` is set. Failed: refused, not acknowledged in time or not sent; logins count. "
              + doc("MONITORING.md#websocketsubscriptionfailed", "What to do"), width=8),
        lines("Heartbeats and replies in 5 min", [(increase("task_HeartbeatsSent"), "{{connector_name}}, heartbeats"),
                                                  (increase("task_RepliesSent"), "{{connector_name}}, replies")],
              "Sent by `websocket.heartbeat.message` and `websocket.reply.rules`. None where some are due: the server will close the connection soon.",
              width=8),
        lines("Left out on purpose, per 5 min", [("sum(increase(" + metric("task_MessagesFiltered") + "[5m]))", "control messages"),
                                                ("sum(increase(" + metric("task_MessagesDuplicate") + "[5m]))", "duplicates")],
              "Control messages that `websocket.filter.drop.control` keeps from the topic, and messages that had come before "
              "(`websocket.dedupe.*`), as in a handover with overlap. No losses.", width=8, stacked=True),
    ]


def queue_row():
    return [
        lines("Queue in use", [(by_connector("max", metric("QueueUtilizationPercent")), "{{connector_name}}")],
              "Alert above 80 %; at 100 % messages are dropped. Kafka or the worker is too slow, or it is a burst: only then does a larger "
              "`websocket.message.queue.size` help. " + DROPS, "percent", limit=80, maximum=100),
        lines("Queue, bytes in use", [(f"100 * {by_connector('sum', metric('task_QueueBytes'))} / "
                                       f"{by_connector('sum', metric('task_QueueBytesCapacity'))}", "{{connector_name}}")],
              "The queue has a limit in bytes as well: few large messages can fill it. " + DROPS, "percent", limit=80, maximum=100),
        lines("Lag", [(by_connector("max", metric("LagCount")), "{{connector_name}}")],
              "Received minus produced since the counters began. Alert above 10000. What was dropped or filtered stays in it until "
              "`resetCounters` or a restart. " + LAG, limit=10000),
        lines("Backlog", [(by_connector("max", metric("BacklogCount")), "{{connector_name}}")],
              "What is really on its way: in the queue or unacknowledged. Alert above 10000. High lag and no backlog: past losses. " + LAG,
              limit=10000),
    ]


# The first five grow while a task runs; the last two are what its last run left.
LOSSES = {
    "queue full": "MessagesDropped",
    "too long": "task_MessagesOversize",
    "not UTF-8": "task_MessagesUnrepresentable",
    "not to be decompressed": "task_MessagesCorrupt",
    "filtered or skipped by Connect": "task_RecordsSkipped",
    "in the queue at the last stop": "task_MessagesDiscardedByPreviousRun",
    "unacknowledged at the last stop": "task_RecordsUnacknowledgedByPreviousRun",
}


def loss_row():
    running = [(f"sum(increase({metric(name)}[5m]))", reason) for reason, name in list(LOSSES.items())[:5]]
    totals = [(reason[0].upper() + reason[1:], by_connector("sum", metric(name)), "short", [(1, ORANGE)], None)
              for reason, name in LOSSES.items()]
    return [
        lines("Drop rate", [(DROPPED_NOW, "{{connector_name}}, last 5 min"),
                            (by_connector("max", metric("DropRate")), "{{connector_name}}, since the counters began")],
              "Dropped because the queue was full, per hundred received. Alert above 1 %. The second remembers a burst until `resetCounters` "
              "or a restart. " + DROPS, "percent", limit=1),
        lines("Not in Kafka, by reason, per 5 min", running, "**Queue full**: " + DROPS + ". **Too long**: raise `websocket.max.message.bytes`, the "
              "producer's `max.request.size` and the topic's `max.message.bytes`. **Not UTF-8**: `websocket.value.format=bytes`. "
              "**Filtered or skipped**: a transform or `errors.tolerance`; intended, as a rule.", stacked=True),
        overview("Not in Kafka, by reason, since the task started", totals, "A count that was there before Prometheus saw the task shows only here. "
                 "The last two are what the task's previous run in this worker lost when it stopped: let the queue run empty before planned "
                 "restarts. " + doc("MONITORING.md#websocketlossatstop", "Loss at stop"), height=7),
    ]


def reconnects_row():
    return [
        lines("Reconnects in 5 min", [(increase("TotalReconnects"), "{{connector_name}}")],
              "Attempts. Alert above 10. An endpoint that is down gets few, because the pause between them grows. " + DROPPING, limit=10),
        lines("Connections opened in 5 min", [(increase("task_Connections"), "{{connector_name}}")],
              "As many as reconnects: the server lets us in and loses us again (flapping). Fewer: attempts fail, see *Connection* and the "
              "worker's log. " + DROPPING),
        lines("Planned reconnects in 5 min", [(increase("task_PlannedReconnects"), "{{connector_name}}")],
              "By `websocket.connection.max.age.ms` and `websocket.reconnect.on.match`. Intended, as a rule; many: the age is too short, or the server "
              "announces its end again and again."),
        lines("Watchdog reconnects in 30 min", [(increase("task_WatchdogReconnects", "30m"), "{{connector_name}}")],
              "Connections that were open and silent for `websocket.idle.timeout.ms` or `websocket.data.timeout.ms`. Alert above 2. "
              + doc("MONITORING.md#websocketwatchdogreconnects", "What to do"), limit=2),
    ]


def workers_row():
    return [
        states("Workers", f"max by (instance) (up{{{WORKERS}}})", "{{instance}}",
               "Whether the worker's exporter answers. " + doc("MONITORING.md#connectworkerunreachable", "What to do"),
               {0: ("DOWN", RED), 1: ("UP", GREEN)}, width=8, height=8),
        lines("CPU", [(f"100 * rate(process_cpu_seconds_total{{{WORKERS}}}[$__rate_interval])", "{{instance}}")],
              "Of the worker's process with all its connectors; 100 % is one core.", "percent", width=8),
        lines("Java heap in use", [(f'100 * sum by (instance) (jvm_memory_used_bytes{{{WORKERS},area="heap"}}) / '
                                    f'sum by (instance) (jvm_memory_max_bytes{{{WORKERS},area="heap"}} > 0)', "{{instance}}")],
              "The queue is outside of it. Near 100 % all the time: give the worker more (`KAFKA_HEAP_OPTS`).", "percent", width=8, maximum=100),
    ]


def variable(name, label, query, about):
    everything = model.VariableOption(selected=True, text="All", value="$__all")
    return (dashboard.QueryVariable(name).label(label).description(about).datasource(SOURCE).query(query).current(everything)
            .multi(True).include_all(True).all_value(".+").refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(model.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC))


def build():
    board = (dashboard.Dashboard("WebSocket source connector").uid("websocket-source-connector")
             .description("Connection, throughput, queue, losses and reconnects of WebSocket source connectors. Red where an alert's threshold is "
                          "passed. Made by scripts/dashboard.")
             .tags(["kafka-connect", "websocket"]).time("now-1h", "now").refresh("10s").timezone("browser").editable()
             .tooltip(model.DashboardCursorSync.CROSSHAIR))
    board.with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    board.with_variable(variable("connector", "Connector", "label_values(kafka_connect_connector_class, connector_name)",
                                 "Connectors of ours that Connect knows, whether they run or not"))
    board.with_variable(variable("worker", "Worker", 'label_values(up{job="kafka-connect"}, instance)',
                                 "Connect workers, whether they answer or not"))
    board.with_variable(dashboard.TextBoxVariable("docs").label("Docs").default_value(DOCS)
                        .description("Where the links lead: the address of your copy of the folder docs"))
    for title, page in (("Runbook", "RUNBOOK.md"), ("Alerts", "MONITORING.md")):
        board.link(dashboard.DashboardLink(title).type(model.DashboardLinkType.LINK).icon("doc").url(f"${{docs}}/{page}").target_blank(True))
    board.annotation(dashboard.AnnotationQuery().name("Firing alerts").datasource(SOURCE).enable(True).icon_color(RED).expr(ALERTS))
    number = 0
    for title, row in (("Overview", overview_row), ("Connection", connection_row), ("Throughput", throughput_row), ("Queue", queue_row),
                       ("Loss", loss_row), ("Reconnects", reconnects_row), ("Workers", workers_row)):
        number += 1
        board.with_row(dashboard.Row(title).id(number))
        for panel in row():
            number += 1
            board.with_panel(panel.id(number))
    return board.build()


def encode(board):
    """The file's text. The schema leaves to the data source how an annotation is put into words, so that is not in the library."""
    document = json.loads(json.dumps(board, cls=JSONEncoder))
    document["annotations"]["list"][0] |= {"titleFormat": "{{alertname}}", "textFormat": "{{connector_name}}", "tagKeys": "severity"}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(encode(build()))
