package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_HANDOVER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_MAX_AGE_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_POINTER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PAUSE_DISCONNECT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_ENABLED_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_EXHAUSTED_ACTION_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_FATAL_CLOSE_CODES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_FATAL_HTTP_STATUSES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_JITTER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_MAX_ATTEMPTS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_MAX_PER_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_ON_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_RESET_AFTER_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_MATCH_CONFIG;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** When the connection is opened again: after a loss, and before the server ends it. */
final class ReconnectionKeys {
    private static final String RECONNECTION = "Reconnection";
    private static final String PLANNED = "Planned reconnects";

    private ReconnectionKeys() {
    }

    static void define(ConfigDef definition) {
        definition
            .define(RECONNECT_ENABLED_CONFIG, Type.BOOLEAN, true, Importance.MEDIUM,
                    "Whether to connect again after the connection was lost or could not be opened. If false, the first loss leads to "
                            + RECONNECT_EXHAUSTED_ACTION_CONFIG + ". A server that refuses an attempt and says Retry-After is left alone for that "
                            + "time, but for no more than a day.",
                    RECONNECTION, 1, Width.SHORT, "Reconnect")
            .define(RECONNECT_INTERVAL_MS_CONFIG, Type.LONG, 5_000L, ConfigChecks.atLeast(1), Importance.MEDIUM,
                    "Milliseconds before the first reconnection attempt; doubled for each further one, with jitter, up to "
                            + RECONNECT_BACKOFF_MAX_MS_CONFIG + ".",
                    RECONNECTION, 2, Width.SHORT, "Reconnect interval (ms)")
            .define(RECONNECT_BACKOFF_MAX_MS_CONFIG, Type.LONG, 60_000L, ConfigChecks.atLeast(1), Importance.MEDIUM,
                    "Longest wait between two attempts in milliseconds, jitter included.",
                    RECONNECTION, 3, Width.SHORT, "Maximum backoff (ms)")
            .define(RECONNECT_MAX_ATTEMPTS_CONFIG, Type.INT, -1, ConfigChecks.atLeast(-1), Importance.MEDIUM,
                    "Reconnection attempts in a row before " + RECONNECT_EXHAUSTED_ACTION_CONFIG + "; -1 and 0 mean no limit. A connection "
                            + "that held for " + RECONNECT_RESET_AFTER_MS_CONFIG + " starts the count anew.",
                    RECONNECTION, 4, Width.SHORT, "Maximum attempts")
            .define(RECONNECT_EXHAUSTED_ACTION_CONFIG, Type.STRING, "fail", ConfigChecks.oneOf("fail", "stay"), Importance.MEDIUM,
                    "What happens when no attempt is left: fail (the task becomes FAILED and says why) or stay (the task stays RUNNING "
                            + "without a connection).",
                    RECONNECTION, 5, Width.SHORT, "When attempts run out")
            .define(RECONNECT_JITTER_CONFIG, Type.DOUBLE, 0.25, ConfigChecks.between(0.0, 1.0), Importance.LOW,
                    "The part of each wait that is taken away at random, from 0 to 1, so that many connectors do not come back at the same "
                            + "moment.",
                    RECONNECTION, 6, Width.SHORT, "Jitter")
            .define(RECONNECT_RESET_AFTER_MS_CONFIG, Type.LONG, 10_000L, ConfigChecks.atLeast(0), Importance.LOW,
                    "Milliseconds that a connection must hold for the next loss to count as the first one again, counted from when its "
                            + "subscriptions were sent and, with " + SUBSCRIPTION_ACK_MATCH_CONFIG + ", acknowledged: the waits grow as "
                            + "long as the server accepts connections and closes them soon.",
                    RECONNECTION, 7, Width.SHORT, "Reset attempts after (ms)")
            .define(RECONNECT_MAX_PER_WINDOW_CONFIG, Type.STRING, null, ConfigChecks.WINDOW_BUDGET, Importance.LOW,
                    "How many attempts to connect, the first included, may begin in any stretch of time, such as 300/5m (units ms, s, m and h). "
                            + "For servers that ban clients that connect too often; stay below their limit, for attempts take differently long to "
                            + "reach them. A restarted task starts to count anew. No limit by default.",
                    RECONNECTION, 8, Width.SHORT, "Attempts per window")
            .define(RECONNECT_FATAL_HTTP_STATUSES_CONFIG, Type.LIST, "", ConfigChecks.integers(100, 599), Importance.LOW,
                    "HTTP statuses of the opening handshake after which the task fails instead of trying again, for example 401,403,404.",
                    RECONNECTION, 9, Width.MEDIUM, "Fatal HTTP statuses")
            .define(RECONNECT_FATAL_CLOSE_CODES_CONFIG, Type.LIST, "", ConfigChecks.integers(1000, 4999), Importance.LOW,
                    "Close codes after which the task fails instead of trying again, for example 1008,4001. 1005 stands for a close frame without a "
                            + "code and 1006 for no close frame.",
                    RECONNECTION, 10, Width.MEDIUM, "Fatal close codes")
            .define(PAUSE_DISCONNECT_MS_CONFIG, Type.LONG, 5_000L, ConfigChecks.zeroOrAtLeast(1_000), Importance.LOW,
                    "Milliseconds after which a paused connector lets go of the feed: it closes the connection, keeps its queue and connects "
                            + "again when it is resumed. A connector counts as paused when Kafka Connect takes no records from it although all "
                            + "earlier ones are acknowledged. 0: stay connected and queue until the queue is full.",
                    RECONNECTION, 11, Width.SHORT, "Disconnect when paused (ms)")
            .define(CONNECTION_MAX_AGE_MS_CONFIG, Type.LONG, 0L, ConfigChecks.zeroOrAtLeast(1_000), Importance.LOW,
                    "Milliseconds after which a connection is given up for a new one, less up to 5 % at random, so that many "
                            + "connectors do not do it at once. For servers that close connections at a certain age; stay below it. 0: "
                            + "never.",
                    PLANNED, 1, Width.SHORT, "Maximum age (ms)")
            .define(RECONNECT_ON_MATCH_CONFIG, Type.STRING, null, Importance.LOW,
                    "Which messages of the server announce that it will close the connection, such as /event=serverShutdown; the "
                            + "connection is then given up for a new one at once. A matcher as in " + SUBSCRIPTION_ACK_MATCH_CONFIG + ".",
                    PLANNED, 2, Width.LONG, "Reconnect on match")
            .define(CONNECTION_HANDOVER_CONFIG, Type.STRING, "break", ConfigChecks.oneOf("break", "overlap"), Importance.LOW,
                    "How a connection is given up for a new one. break: it is closed first, and what the server sends meanwhile is "
                            + "missed. overlap: the new one is opened, subscribed and acknowledged before the old one is closed; for "
                            + "that time messages come twice, unless " + DEDUPE_POINTER_CONFIG + " or " + DEDUPE_WINDOW_CONFIG + " "
                            + "removes the doubles. There are never more than two.",
                    PLANNED, 3, Width.SHORT, "Handover");
    }
}
