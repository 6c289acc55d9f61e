package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.VALIDATE_CONNECT_CONFIG;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** What validation does beside reading. */
final class ValidationKeys {
    private ValidationKeys() {
    }

    static void define(ConfigDef definition) {
        definition.define(VALIDATE_CONNECT_CONFIG, Type.STRING, ValidationDial.OFF,
                ConfigChecks.oneOf(ValidationDial.DEPTHS.toArray(new String[0])), Importance.LOW,
                "Whether validating a configuration, which Connect also does before it creates or updates a connector, connects to see "
                        + "whether that works, and puts what goes wrong on the key to look at. dns: looks host names up (the proxy's, if there is "
                        + "one). handshake: opens the connection as the task would, with proxy, TLS and credentials, and closes it. subscribe: also "
                        + "sends the login and the subscriptions; what " + SUBSCRIPTION_ACK_MATCH_CONFIG + " and the login's matcher wait for has "
                        + "to come, and without a matcher no refusal within a second; data has not. Takes up to 5 s or "
                        + CONNECTION_TIMEOUT_MS_CONFIG + ", if that is less; subscribe up to 10 s more, and up to 20 s if many are validated at once. "
                        + "The worker that validates connects, which need not be the one that runs the task. While the connector runs this is a second "
                        + "connection: leave it off where the server allows one only. Nothing is dialled while any other key of this connector is wrong.",
                "Validation", 1, Width.SHORT, "Connect to validate");
    }
}
