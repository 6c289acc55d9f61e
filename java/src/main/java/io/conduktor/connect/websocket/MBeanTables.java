package io.conduktor.connect.websocket;

import io.conduktor.connect.websocket.TableMBean.Row;
import java.util.List;

/** The attributes of the two MBeans. Names and types of the first are the runbook's. */
final class MBeanTables {
    private MBeanTables() {
    }

    /** What a connector's MBean shows. */
    static List<Row<MetricsSnapshot>> connector(String connectorName) {
        return List.of(
                new Row<>("MessagesReceived", long.class, "Messages received from the WebSocket", now -> now.get(Stat.RECEIVED)),
                new Row<>("MessagesDropped", long.class, "Messages dropped because the queue was full", now -> now.get(Stat.DROPPED)),
                new Row<>("RecordsProduced", long.class, "Records that Kafka acknowledged", MetricsSnapshot::produced),
                new Row<>("QueueSize", int.class, "Messages in the queue", now -> (int) now.get(Stat.QUEUE_MESSAGES)),
                new Row<>("QueueCapacity", int.class, "Messages that the queue holds at most", now -> (int) now.get(Stat.QUEUE_CAPACITY)),
                new Row<>("QueueUtilizationPercent", double.class, "QueueSize per hundred QueueCapacity",
                        MetricsSnapshot::queueUtilizationPercent),
                new Row<>("isConnected", boolean.class, "Whether the connection is open and the subscription messages, if any, were sent and, with "
                        + "websocket.subscription.ack.match, acknowledged", MetricsSnapshot::isConnected),
                new Row<>("Connected", boolean.class, "The same as isConnected", MetricsSnapshot::isConnected),
                new Row<>("MillisSinceLastMessage", long.class, "Milliseconds since the last message, or since the task's start before the first",
                        now -> now.get(Stat.SINCE_LAST_MESSAGE_MILLIS)),
                new Row<>("UptimeMillis", long.class, "Milliseconds since the connection opened; 0 while it is down",
                        now -> now.get(Stat.UPTIME_MILLIS)),
                new Row<>("TotalReconnects", long.class, "Reconnection attempts started", now -> now.get(Stat.RECONNECTS)),
                new Row<>("LagCount", long.class, "MessagesReceived minus RecordsProduced", MetricsSnapshot::lag),
                new Row<>("DropRate", double.class, "MessagesDropped per hundred MessagesReceived", MetricsSnapshot::dropRate),
                new Row<>("BacklogCount", long.class, "Messages received that are not yet produced, skipped or lost", MetricsSnapshot::backlog),
                new Row<>("ConnectorName", String.class, "The connector's name", now -> connectorName));
    }

    /** What a task's MBean shows. */
    static List<Row<TaskView>> task() {
        return List.of(
                new Row<>("RecordsSkipped", long.class, "Records that a transform filtered or that errors.tolerance skipped",
                        view -> view.now.skipped()),
                new Row<>("MessagesOversize", long.class, "Messages discarded for being longer than websocket.max.message.bytes",
                        view -> view.now.get(Stat.OVERSIZE)),
                new Row<>("MessagesUnrepresentable", long.class, "Binary messages discarded because they are no UTF-8 (websocket.value.format)",
                        view -> view.now.get(Stat.UNREPRESENTABLE)),
                new Row<>("MessagesCorrupt", long.class, "Messages discarded because their payload cannot be decompressed (websocket.payload.decompress)",
                        view -> view.now.get(Stat.CORRUPT)),
                new Row<>("MessagesDiscarded", long.class, "Messages discarded from the queue by this run's stop",
                        view -> view.now.get(Stat.DISCARDED)),
                new Row<>("MessagesDiscardedByPreviousRun", long.class,
                        "Messages that the task's previous run in this worker had in its queue when it stopped", view -> view.previous.discarded),
                new Row<>("RecordsUnacknowledgedByPreviousRun", long.class,
                        "Records that Kafka had not acknowledged when the task's previous run in this worker stopped",
                        view -> view.previous.unacknowledged),
                new Row<>("MessagesInFlight", long.class, "Messages handed to Kafka Connect that Kafka has not yet acknowledged",
                        view -> view.now.inFlight()),
                new Row<>("BacklogCount", long.class, "Messages received that are not yet produced, skipped or lost",
                        view -> view.now.backlog()),
                new Row<>("QueueBytes", long.class, "Bytes in the queue, record headers included", view -> view.now.get(Stat.QUEUE_BYTES)),
                new Row<>("QueueBytesCapacity", long.class, "Bytes that the queue holds at most",
                        view -> view.now.get(Stat.QUEUE_BYTES_CAPACITY)),
                new Row<>("MessagesFiltered", long.class, "Control messages that were kept from the topic (websocket.filter.drop.control)",
                        view -> view.now.get(Stat.FILTERED)),
                new Row<>("MessagesDuplicate", long.class, "Messages left out because they had come before (websocket.dedupe.*)",
                        view -> view.now.get(Stat.DUPLICATES)),
                new Row<>("State", String.class, "What the task is about: CONNECTING, LOGGING_IN, SUBSCRIBING, OPEN, HANDING_OVER, WAITING, CLOSING, "
                        + "PAUSED, GAVE_UP or ENDED", view -> view.now.get(Text.STATE)),
                new Row<>("LastCloseCode", int.class, "Close code of the last connection that ended (RFC 6455 section 7.4); 0 if none has",
                        view -> (int) view.now.get(Stat.LAST_CLOSE_CODE)),
                new Row<>("LastCloseReason", String.class, "Why the last connection ended", view -> view.now.get(Text.LAST_CLOSE_REASON)),
                new Row<>("LastError", String.class, "The last thing that went wrong with a connection", view -> view.now.get(Text.LAST_ERROR)),
                new Row<>("Endpoint", String.class, "Where the connection leads, or the attempt at one: websocket.url, or one of websocket.urls",
                        view -> view.now.get(Text.ENDPOINT)),
                new Row<>("ReconnectAttempts", long.class, "Attempts to connect since the last connection that held",
                        view -> view.now.get(Stat.ATTEMPTS)),
                new Row<>("MillisUntilNextAttempt", long.class, "Milliseconds until the next attempt to connect; -1 if none is waited for",
                        view -> view.now.get(Stat.NEXT_ATTEMPT_MILLIS)),
                new Row<>("MillisSinceLastFrame", long.class, "Milliseconds since anything last came, pings and pongs included; -1 if nothing has",
                        view -> view.now.get(Stat.SINCE_LAST_FRAME_MILLIS)),
                new Row<>("MillisSinceLastData", long.class,
                        "Milliseconds since the last message that no matcher takes for a control message; -1 if none has come",
                        view -> view.now.get(Stat.SINCE_LAST_DATA_MILLIS)),
                new Row<>("SubscriptionAcks", long.class, "Subscription messages that the server acknowledged",
                        view -> view.now.get(Stat.SUBSCRIPTION_ACKS)),
                new Row<>("SubscriptionFailures", long.class, "Subscriptions and logins that failed",
                        view -> view.now.get(Stat.SUBSCRIPTION_FAILURES)),
                new Row<>("HeartbeatsSent", long.class, "Heartbeats sent (websocket.heartbeat.message)", view -> view.now.get(Stat.HEARTBEATS)),
                new Row<>("RepliesSent", long.class, "Replies sent (websocket.reply.rules)", view -> view.now.get(Stat.REPLIES)),
                new Row<>("PlannedReconnects", long.class,
                        "Connections given up for new ones by websocket.connection.max.age.ms and websocket.reconnect.on.match",
                        view -> view.now.get(Stat.PLANNED_RECONNECTS)),
                new Row<>("WatchdogReconnects", long.class, "Connections given up because nothing came, or no data",
                        view -> view.now.get(Stat.WATCHDOG_RECONNECTS)),
                new Row<>("EventsDropped", long.class, "Events that could not be written to websocket.event.topic in time",
                        view -> view.now.get(Stat.EVENTS_DROPPED)),
                new Row<>("Connections", long.class, "Connections opened", view -> view.now.get(Stat.CONNECTIONS)),
                new Row<>("Compressed", boolean.class, "Whether the last connection that opened agreed on compression "
                        + "(websocket.compression.enabled)", view -> view.now.get(Stat.COMPRESSED) == 1),
                new Row<>("ReadingStoppedMillis", long.class,
                        "Milliseconds that the connection was not read because the queue was full (websocket.overflow.policy=block)",
                        view -> view.now.get(Stat.READING_STOPPED_MILLIS)),
                new Row<>("WorkerQueueBytes", long.class, "Bytes in the queues of all tasks of this worker, record headers included",
                        view -> view.now.get(Stat.WORKER_BYTES)),
                new Row<>("WorkerQueueBytesCapacity", long.class, "Bytes that the queues of all tasks of this worker hold at most",
                        view -> view.now.get(Stat.WORKER_BYTES_CAPACITY)));
    }

    /** A running task's numbers and what its previous run left. */
    static final class TaskView {
        private final MetricsSnapshot now;
        private final PreviousRun previous;

        TaskView(MetricsSnapshot now, PreviousRun previous) {
            this.now = now;
            this.previous = previous;
        }
    }

    /** What a run lost when it stopped. */
    static final class PreviousRun {
        static final PreviousRun NONE = new PreviousRun(0, 0);

        private final long discarded;
        private final long unacknowledged;

        PreviousRun(long discarded, long unacknowledged) {
            this.discarded = discarded;
            this.unacknowledged = unacknowledged;
        }
    }
}
