package io.conduktor.connect.websocket;

import java.net.ProxySelector;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a session's settings say of the endpoints and the ways to them (docs/DESIGN.md, Settings). */
final class EndpointSettings {
    private EndpointSettings() {
    }

    /** What is set, by name. {@code jvm} is asked for proxies and may be null. Holds secrets: never to be shown. */
    static Map<String, Object> of(WebSocketSourceConnectorConfig config, ProxySelector jvm) {
        Map<String, Object> settings = new LinkedHashMap<>();
        put(settings, "urls", config.getFurtherUrls());
        put(settings, "subprotocols", config.getSubprotocols());
        put(settings, "proxies", Proxies.of(config, config.origins(), jvm));
        return settings;
    }

    private static void put(Map<String, Object> settings, String name, List<?> values) {
        if (!values.isEmpty()) {
            settings.put(name, values);
        }
    }
}
