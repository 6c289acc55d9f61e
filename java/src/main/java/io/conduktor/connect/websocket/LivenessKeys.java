package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DATA_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.FILTER_DROP_CONTROL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_ONLY_WHEN_IDLE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_RESPONSE_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_RESPONSE_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.IDLE_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PING_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PING_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.REPLY_RULES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_MESSAGES_CONFIG;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** How a connection is kept alive, and how one that is dead is found. */
final class LivenessKeys {
    private static final String HEARTBEAT = "Heartbeat";
    private static final String WATCHDOGS = "Watchdogs";

    private LivenessKeys() {
    }

    static void define(ConfigDef definition) {
        definition
            .define(PING_INTERVAL_MS_CONFIG, Type.LONG, 30_000L, ConfigChecks.zeroOrAtLeast(1_000), Importance.LOW,
                    "Milliseconds between two pings (RFC 6455) that the connector sends. 0: it sends none.",
                    HEARTBEAT, 1, Width.SHORT, "Ping interval (ms)")
            .define(PING_TIMEOUT_MS_CONFIG, Type.LONG, 30_000L, ConfigChecks.atLeast(1), Importance.LOW,
                    "Milliseconds within which a ping must be answered. If it is not, the connection counts as lost.",
                    HEARTBEAT, 2, Width.SHORT, "Ping timeout (ms)")
            .define(HEARTBEAT_MESSAGE_CONFIG, Type.PASSWORD, null, Importance.MEDIUM,
                    "Text message to send every " + HEARTBEAT_INTERVAL_MS_CONFIG + ", for servers that want more than the pings of RFC "
                            + "6455. A template, as an element of " + SUBSCRIPTION_MESSAGES_CONFIG + ".",
                    HEARTBEAT, 3, Width.LONG, "Heartbeat message")
            .define(HEARTBEAT_INTERVAL_MS_CONFIG, Type.LONG, 20_000L, ConfigChecks.atLeast(100), Importance.LOW,
                    "Milliseconds between two of " + HEARTBEAT_MESSAGE_CONFIG + ".",
                    HEARTBEAT, 4, Width.SHORT, "Heartbeat interval (ms)")
            .define(HEARTBEAT_ONLY_WHEN_IDLE_CONFIG, Type.BOOLEAN, false, Importance.LOW,
                    "Whether a heartbeat is sent only after no message has come for four fifths of " + HEARTBEAT_INTERVAL_MS_CONFIG
                            + ", and at the latest after the whole of it.",
                    HEARTBEAT, 5, Width.SHORT, "Heartbeat only when idle")
            .define(HEARTBEAT_RESPONSE_MATCH_CONFIG, Type.STRING, null, Importance.LOW,
                    "Which messages of the server answer a heartbeat, or are its own heartbeats; a matcher as in "
                            + SUBSCRIPTION_ACK_MATCH_CONFIG + ". If none comes within " + HEARTBEAT_RESPONSE_TIMEOUT_MS_CONFIG + " of a "
                            + HEARTBEAT_MESSAGE_CONFIG + ", the connection counts as lost.",
                    HEARTBEAT, 6, Width.LONG, "Heartbeat response")
            .define(HEARTBEAT_RESPONSE_TIMEOUT_MS_CONFIG, Type.LONG, 10_000L, ConfigChecks.atLeast(1), Importance.LOW,
                    "Milliseconds within which a heartbeat must be answered.",
                    HEARTBEAT, 7, Width.SHORT, "Heartbeat response timeout (ms)")
            .define(REPLY_RULES_CONFIG, Type.PASSWORD, null, Importance.MEDIUM,
                    "What to answer to messages of the server, as a JSON array of {\"match\":matcher,\"send\":message}, for example "
                            + "[{\"match\":\"/ping\",\"send\":\"{\\\"pong\\\":{{reply:/ping}}}\"}]. The first rule that matches is "
                            + "answered with. Matchers are as in " + SUBSCRIPTION_ACK_MATCH_CONFIG + ", messages as in "
                            + SUBSCRIPTION_MESSAGES_CONFIG + "; {{reply:/pointer}} is a value of the message that is answered.",
                    HEARTBEAT, 8, Width.LONG, "Reply rules")
            .define(IDLE_TIMEOUT_MS_CONFIG, Type.LONG, 0L, ConfigChecks.zeroOrAtLeast(100), Importance.LOW,
                    "Milliseconds after which a connection counts as lost on which nothing came, not even a ping or a pong; it may be noticed "
                            + "up to a quarter of the time later. For servers that do not answer pings. A pong is something: keep it above "
                            + PING_INTERVAL_MS_CONFIG + " for a feed that may be quiet. 0: never.",
                    WATCHDOGS, 1, Width.SHORT, "Idle timeout (ms)")
            .define(DATA_TIMEOUT_MS_CONFIG, Type.LONG, 0L, ConfigChecks.zeroOrAtLeast(100), Importance.LOW,
                    "Milliseconds after which a connection counts as lost on which no data came. Control messages are no data ("
                            + FILTER_DROP_CONTROL_CONFIG + "). For servers that stay connected and send nothing any more. 0: never.",
                    WATCHDOGS, 2, Width.SHORT, "Data timeout (ms)");
    }
}
