package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.system.Suite;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The short form of {@link CanariesTest}, beside SecretsTest: no key is forgotten, and none is of a type that shows it. */
class CanaryKeysTest {
    @Test
    void everyKeyIsKnown() {
        JsonNode definitions = Suite.shared().worker().rest().request("GET", "/connector-plugins/WebSocketSourceConnector/config", null);
        assertEquals(Set.of(), Canaries.unknownKeys(definitions), "teach Canaries whether these keys can hold a secret");
        assertEquals(Set.of("websocket.url", "websocket.urls", "websocket.preconnect.url"), Canaries.secretKeysShown(definitions));
    }
}
