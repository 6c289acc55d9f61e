package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.LOGIN_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.LOGIN_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_EXTRACT_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_DELAY_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ERROR_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_FAILURE_ACTION_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_MESSAGES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_MESSAGE_CONFIG;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** What is said first on each connection: the login and the subscriptions. */
final class SubscriptionKeys {
    private static final String SUBSCRIPTION = "Subscription";
    private static final String LOGIN = "Login";

    private SubscriptionKeys() {
    }

    static void define(ConfigDef definition) {
        definition
            .define(SUBSCRIPTION_MESSAGE_CONFIG, Type.PASSWORD, null, Importance.MEDIUM,
                    "Text message to send once after each connect, for example to subscribe to channels. None by default.",
                    SUBSCRIPTION, 1, Width.LONG, "Subscription message")
            .define(SUBSCRIPTION_MESSAGES_CONFIG, Type.PASSWORD, null, Importance.MEDIUM,
                    "Text messages to send in this order after each connect, or after the login, as one JSON array. An element that is "
                            + "a JSON string is sent as its content, any other element exactly as it is written here. Each is a "
                            + "template, filled in each time it is sent: {{now_ms}}, {{now_s}}, {{iso}}, {{uuid}}, {{counter}}, "
                            + "{{secret.NAME}}, {{pre.NAME}} (" + PRECONNECT_EXTRACT_CONFIG + "), {{hmac_sha256_hex(secret.NAME, expression)}} "
                            + "and {{hmac_sha256_base64(secret.NAME, expression)}}, where an expression joins 'literals' and these names by + "
                            + "(sha384 and sha512 likewise; more in docs/CONNECTING.md, Templates). Not together with "
                            + SUBSCRIPTION_MESSAGE_CONFIG + ", which is no template.",
                    SUBSCRIPTION, 2, Width.LONG, "Subscription messages")
            .define(SUBSCRIPTION_DELAY_MS_CONFIG, Type.LONG, 0L, ConfigChecks.atLeast(0), Importance.LOW,
                    "Milliseconds to wait after the opening of the connection before the first message, be it the login or a "
                            + "subscription.",
                    SUBSCRIPTION, 3, Width.SHORT, "Subscription delay (ms)")
            .define(SUBSCRIPTION_INTERVAL_MS_CONFIG, Type.LONG, 0L, ConfigChecks.atLeast(0), Importance.LOW,
                    "Milliseconds to wait between two of " + SUBSCRIPTION_MESSAGES_CONFIG + ".",
                    SUBSCRIPTION, 4, Width.SHORT, "Subscription interval (ms)")
            .define(SUBSCRIPTION_ACK_MATCH_CONFIG, Type.STRING, null, Importance.MEDIUM,
                    "Which messages of the server acknowledge a subscription, such as /result or /event=subscribed; one is expected "
                            + "for each subscription message, and the connection counts as connected when all have come. A matcher: "
                            + "/pointer=value, /pointer (it exists), text:exact or regex:expression; conditions are joined by &, and a "
                            + "new line begins an alternative. Pointers are JSON Pointers (RFC 6901); a backslash takes the next "
                            + "character literally.",
                    SUBSCRIPTION, 5, Width.LONG, "Subscription acknowledgement")
            .define(SUBSCRIPTION_ACK_TIMEOUT_MS_CONFIG, Type.LONG, 10_000L, ConfigChecks.atLeast(1), Importance.LOW,
                    "Milliseconds within which a subscription message, and the login, must be acknowledged.",
                    SUBSCRIPTION, 6, Width.SHORT, "Acknowledgement timeout (ms)")
            .define(SUBSCRIPTION_ERROR_MATCH_CONFIG, Type.STRING, null, Importance.MEDIUM,
                    "Which messages of the server refuse a subscription or the login; a matcher as in " + SUBSCRIPTION_ACK_MATCH_CONFIG
                            + ".",
                    SUBSCRIPTION, 7, Width.LONG, "Subscription refusal")
            .define(SUBSCRIPTION_FAILURE_ACTION_CONFIG, Type.STRING, "warn", ConfigChecks.oneOf("warn", "reconnect", "fail"), Importance.MEDIUM,
                    "What happens when a subscription is refused, not acknowledged in time or could not be sent. It is logged in any "
                            + "case. warn: nothing else. reconnect: the connection is closed and opened again after the usual wait. "
                            + "fail: the task becomes FAILED. A login that fails reconnects unless this is fail, and so does a message "
                            + "that could not be sent.",
                    SUBSCRIPTION, 8, Width.SHORT, "When a subscription fails")
            .define(LOGIN_MESSAGE_CONFIG, Type.PASSWORD, null, Importance.MEDIUM,
                    "Text message to send first on each connection; subscriptions follow when the server has acknowledged it. A "
                            + "template, as an element of " + SUBSCRIPTION_MESSAGES_CONFIG + ".",
                    LOGIN, 1, Width.LONG, "Login message")
            .define(LOGIN_ACK_MATCH_CONFIG, Type.STRING, null, Importance.MEDIUM,
                    "Which message of the server acknowledges the login; a matcher as in " + SUBSCRIPTION_ACK_MATCH_CONFIG + ". "
                            + SUBSCRIPTION_ACK_TIMEOUT_MS_CONFIG + " is how long it may take, and " + SUBSCRIPTION_FAILURE_ACTION_CONFIG
                            + " what happens without it.",
                    LOGIN, 2, Width.LONG, "Login acknowledgement");
    }
}
