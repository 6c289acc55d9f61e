package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_MAX_ATTEMPTS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_RESET_AFTER_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBPROTOCOLS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.URLS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** Where else the feed is, and in which subprotocol. */
final class EndpointKeys {
    private static final String CONNECTION = "Connection";

    private static final ConfigDef.Validator URLS = ConfigChecks.check("ws:// or wss:// URLs", value -> {
        int number = 0;
        for (Object url : (List<?>) value) {
            number++;
            try {
                WebSocketUrl.parse((String) url);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("has an entry " + number + " that " + e.getMessage() + " (a comma in a URL is written %2C)");
            }
        }
    });

    private static final ConfigDef.Validator SUBPROTOCOLS = ConfigChecks.check("names of subprotocols", value -> {
        Set<Object> seen = new HashSet<>();
        for (Object name : (List<?>) value) {
            if (!RequestHeaders.isToken((String) name)) {
                throw new IllegalArgumentException("must be names as RFC 6455 allows them (HTTP tokens), separated by commas");
            }
            if (!seen.add(name)) {
                throw new IllegalArgumentException("must not name " + name + " twice");
            }
        }
    });

    private EndpointKeys() {
    }

    static void define(ConfigDef definition) {
        definition
            .define(URLS_CONFIG, Type.LIST, "", URLS, Importance.MEDIUM,
                    "Further endpoints of the same feed, ws:// or wss://, separated by commas; a comma within a URL is written %2C. Templates as "
                            + WEBSOCKET_URL_CONFIG + ", but without commas, hence without signatures. After an "
                            + "attempt that failed, a connection that held for less than " + RECONNECT_RESET_AFTER_MS_CONFIG + " or one that went "
                            + "silent, the next endpoint is tried, and after the last one " + WEBSOCKET_URL_CONFIG + " again. That one is also "
                            + "tried again whenever a connection to another one is lost or given up for a new one, but no sooner than 5 minutes "
                            + "after it last failed. The waits between attempts and " + RECONNECT_MAX_ATTEMPTS_CONFIG + " are those of all "
                            + "endpoints together. The source partition stays that of " + WEBSOCKET_URL_CONFIG + ".",
                    CONNECTION, 6, Width.LONG, "Further URLs")
            .define(SUBPROTOCOLS_CONFIG, Type.LIST, "", SUBPROTOCOLS, Importance.LOW,
                    "The subprotocols to offer in the opening handshake, the preferred one first, such as graphql-transport-ws. A server that "
                            + "chooses another one is refused; one that chooses none is warned about and kept.",
                    CONNECTION, 7, Width.MEDIUM, "Subprotocols");
    }
}
