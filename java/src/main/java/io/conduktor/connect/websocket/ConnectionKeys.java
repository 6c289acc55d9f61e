package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_TOKEN_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.COMPRESSION_ENABLED_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEADERS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEADER_PREFIX;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_EXTRACT_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SEND_MAX_PER_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_MESSAGES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** Where to connect to, with which opening handshake, and how much may be sent. */
final class ConnectionKeys {
    private static final String CONNECTION = "Connection";

    private ConnectionKeys() {
    }

    static void define(ConfigDef definition) {
        definition
            .define(WEBSOCKET_URL_CONFIG, Type.STRING, ConfigDef.NO_DEFAULT_VALUE, ConfigChecks.URL, Importance.HIGH,
                    "The endpoint to connect to, ws:// or wss://. Userinfo and query are left out of everything the connector shows "
                            + "or stores. wss:// trusts what the worker's JVM trusts, or what " + SslKeys.TRUSTSTORE_LOCATION + " says. With {{ it is a template, as in "
                            + SUBSCRIPTION_MESSAGES_CONFIG + ", written out anew for each attempt: values in path and query are "
                            + "percent-encoded, and " + PRECONNECT_EXTRACT_CONFIG + " may bring the host or all of it, as {{pre.url}}. "
                            + "What is shown and stored is the text as it is configured.",
                    CONNECTION, 1, Width.LONG, "WebSocket URL")
            .define(CONNECTION_TIMEOUT_MS_CONFIG, Type.LONG, 30_000L, ConfigChecks.atLeast(1), Importance.LOW,
                    "Milliseconds that one attempt to connect may take, over name look-up, TCP, TLS, the HTTP upgrade and the calls before it "
                            + "together.",
                    CONNECTION, 2, Width.SHORT, "Connection timeout (ms)")
            .define(AUTH_TOKEN_CONFIG, Type.PASSWORD, null, ConfigChecks.TOKEN, Importance.MEDIUM,
                    "Token to send as \"Authorization: Bearer <token>\" in the opening handshake. Wins over an Authorization header "
                            + "configured elsewhere.",
                    CONNECTION, 3, Width.MEDIUM, "Auth token")
            .define(HEADERS_CONFIG, Type.PASSWORD, null, ConfigChecks.HEADERS, Importance.LOW,
                    "Headers of the opening handshake in the form name1:value1,name2:value2. A header whose value has a comma goes "
                            + "into " + HEADER_PREFIX + "<Name>, unless it is one within {{…}}: values are templates as there.",
                    CONNECTION, 4, Width.LONG, "Headers")
            .define(SEND_MAX_PER_WINDOW_CONFIG, Type.STRING, null, ConfigChecks.WINDOW_BUDGET, Importance.LOW,
                    "How many messages and control frames may be sent in any stretch of time, such as 5/1s (units ms, s, m and h). "
                            + "Everything counts that this end sends: the login, subscriptions, heartbeats, replies, pings and pongs. "
                            + "What is too early waits its turn. For servers that disconnect or ban clients that send too much; stay "
                            + "below their limit. No limit by default.",
                    CONNECTION, 5, Width.SHORT, "Sends per window")
            .define(COMPRESSION_ENABLED_CONFIG, Type.BOOLEAN, true, Importance.LOW,
                    "Whether the server is offered to compress what it sends (permessage-deflate, RFC 7692), which is up to it. What the "
                            + "connector sends is not compressed. Costs processor time for each message and saves bandwidth.",
                    CONNECTION, 6, Width.SHORT, "Compression");
    }
}
