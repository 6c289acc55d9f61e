package io.conduktor.connect.websocket.probe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** What a server's refusal of a subscription or a login mostly looks like. */
final class Refusal {
    private static final List<String> KINDS = List.of("event", "type", "status", "T", "op", "method");

    private Refusal() {
    }

    /** The matcher of such messages, or null if this is none. */
    static String matcherFor(JsonNode message) {
        String prefix = message.isArray() ? "/0" : "";
        JsonNode object = message.isArray() ? message.path(0) : message;
        for (String kind : KINDS) {
            if (object.path(kind).asText().equalsIgnoreCase("error")) {
                return prefix + "/" + kind + "=" + object.path(kind).asText();
            }
        }
        if (object.path("success").isBoolean() && !object.path("success").asBoolean()) {
            return prefix + "/success=false";
        }
        JsonNode error = object.path("error");
        boolean says = error.isObject() && !error.isEmpty() || error.isTextual() && !error.asText().isEmpty();
        return says ? prefix + "/error" : null;
    }
}
