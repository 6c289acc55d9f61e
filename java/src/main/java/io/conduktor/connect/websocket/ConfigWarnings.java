package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.SslKeys.ENDPOINT_IDENTIFICATION_ALGORITHM;
import static io.conduktor.connect.websocket.SslKeys.INSECURE;
import static io.conduktor.connect.websocket.SslKeys.SERVER_NAME;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_TOKEN_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_TYPE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONFIG_DEF;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEADER_PREFIX;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.LOGIN_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.MAX_MESSAGE_BYTES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SECRET_PREFIX;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.URLS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What a legal configuration should still be warned about. Each text names the key and holds no secret. */
final class ConfigWarnings {
    private static final String TASKS_MAX = "tasks.max";
    private static final String MAX_REQUEST_SIZE = "producer.override.max.request.size";
    /** The producer's own default, in bytes. */
    private static final long DEFAULT_MAX_REQUEST_SIZE = 1024 * 1024;

    private ConfigWarnings() {
    }

    /** The warnings for a configuration. */
    static List<String> of(WebSocketSourceConnectorConfig config, Map<String, String> properties) {
        List<String> warnings = new ArrayList<>();
        for (String key : PropertyCleaner.commented(properties)) {
            warnings.add(key + ": the comment after the value is ignored; in a properties file a comment needs a line of its own");
        }
        for (String key : ConfigVariables.unresolved(properties)) {
            warnings.add(key + " holds a variable that no ConfigProvider has replaced: the provider has no such key, or the worker no such provider "
                    + "(config.providers); it is used as it stands");
        }
        unknownKeys(properties, warnings);
        authentication(config, warnings);
        calls(config.configValues(), warnings);
        if (config.getMaxBackoffMs() < config.getReconnectIntervalMs()) {
            warnings.add(RECONNECT_BACKOFF_MAX_MS_CONFIG + " is below " + RECONNECT_INTERVAL_MS_CONFIG + ": every wait is "
                    + config.getMaxBackoffMs() + " ms at most");
        }
        ConfigValues values = config.configValues();
        if (config.speaksTls() && !SslKeys.identifiesEndpoint(values) && !values.flag(INSECURE)) {
            warnings.add(ENDPOINT_IDENTIFICATION_ALGORITHM + " is empty: whoever has a certificate of a trusted authority, for whatever host, "
                    + "can pass for " + config.url().host() + "; " + SERVER_NAME + " says which other name is right");
        }
        KeyRules.withoutEffect(values, properties::containsKey).forEach((key, setting) -> warnings.add(key + " has no effect with " + setting));
        warnings.addAll(ConversationWarnings.of(values, config.getHeaders(), config.getSecrets()));
        requestSize(config, properties, warnings);
        if (number(properties, TASKS_MAX, 1) > 1) {
            warnings.add(TASKS_MAX + " is above 1: one WebSocket stream needs one task, and no more are started");
        }
        return warnings;
    }

    private static void unknownKeys(Map<String, String> properties, List<String> warnings) {
        for (String key : new TreeSet<>(properties.keySet())) {
            if (key.startsWith("websocket.") && !key.startsWith(HEADER_PREFIX) && !key.startsWith(SECRET_PREFIX)
                    && !CONFIG_DEF.names().contains(key)) {
                warnings.add(key + " is not a key of this connector and is ignored; the nearest one is " + nearest(key));
            }
        }
    }

    private static void authentication(WebSocketSourceConnectorConfig config, List<String> warnings) {
        Map<String, String> headers = config.getHeaders();
        String credentials = credentials(config.configValues());
        if (credentials != null && headers.containsKey("Authorization")) {
            warnings.add(credentials + " replaces the configured Authorization header");
        }
        config.endpoints().filter(url -> !url.isSecure() && !url.isLoopback()).forEach(url -> unencrypted(config, url, warnings));
    }

    private static void unencrypted(WebSocketSourceConnectorConfig config, WebSocketUrl url, List<String> warnings) {
        Map<String, String> headers = config.getHeaders();
        List<String> exposed = new ArrayList<>();
        String credentials = credentials(config.configValues());
        String inHandshake = credentials != null ? credentials
                : headers.containsKey("Authorization") ? "the configured Authorization header"
                : headers.containsKey("Cookie") ? "the configured Cookie header"
                : url.hasUserinfo() ? "the userinfo of " + (url == config.url() ? WEBSOCKET_URL_CONFIG : URLS_CONFIG) : null;
        if (inHandshake != null) {
            exposed.add(inHandshake);
        }
        ConfigValues values = config.configValues();
        ConversationWarnings.TEMPLATES.stream()
                .filter(key -> Secrets.areSentBy(values.text(key)) || key.equals(LOGIN_MESSAGE_CONFIG) && values.isSet(key)).forEach(exposed::add);
        if (Secrets.areSentBy(url.raw())) {
            exposed.add("a secret in " + (url == config.url() ? WEBSOCKET_URL_CONFIG : URLS_CONFIG));
        }
        headers.forEach((name, value) -> {
            if (Secrets.areSentBy(value) && !name.equalsIgnoreCase("Authorization") && !name.equalsIgnoreCase("Cookie")) {
                exposed.add("a secret in the configured " + name + " header");
            }
        });
        for (String what : exposed) {
            warnings.add(what + " is sent unencrypted to " + url.host() + ": use wss://");
        }
    }

    /** What is called before a connection is told secrets as well. */
    private static void calls(ConfigValues values, List<String> warnings) {
        for (String key : AccessSettings.CALLED) {
            WebSocketUrl url = values.isSet(key) ? WebSocketUrl.parseHttp(values.text(key)) : null;
            if (url != null && !url.isSecure() && !url.isLoopback()) {
                warnings.add(key + " is called unencrypted, and so is what it answers sent by " + url.host() + ": use https://");
            }
        }
    }

    /** The key that the Authorization header is made of; null if there is none. */
    private static String credentials(ConfigValues values) {
        switch (AccessKeys.type(values)) {
            case AccessKeys.BEARER:
                return AUTH_TOKEN_CONFIG;
            case AccessKeys.BASIC:
            case AccessKeys.OAUTH2:
                return AUTH_TYPE_CONFIG + "=" + AccessKeys.type(values);
            default:
                return null;
        }
    }

    private static void requestSize(WebSocketSourceConnectorConfig config, Map<String, String> properties, List<String> warnings) {
        long maxRequestSize = number(properties, MAX_REQUEST_SIZE, DEFAULT_MAX_REQUEST_SIZE);
        if (config.getMaxMessageBytes() > maxRequestSize) {
            warnings.add(MAX_MESSAGE_BYTES_CONFIG + " is above the producer's max.request.size of " + maxRequestSize + ", as far as this "
                    + "configuration shows: a longer message fails the task; set " + MAX_REQUEST_SIZE + ", and the topic's max.message.bytes");
        }
    }

    private static long number(Map<String, String> properties, String key, long otherwise) {
        try {
            return Long.parseLong(properties.getOrDefault(key, "").trim());
        } catch (NumberFormatException e) {
            return otherwise; // Connect or the producer refuses it.
        }
    }

    private static String nearest(String key) {
        return new TreeSet<>(CONFIG_DEF.names()).stream().min(Comparator.comparingInt(name -> distance(key, name))).orElseThrow();
    }

    /** Letters to insert and remove. Without replacing, so that a forgotten word stays nearer than a foreign one of equal length. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int distance = a.charAt(i - 1) == b.charAt(j - 1) ? diagonal : Math.min(row[j], row[j - 1]) + 1;
                diagonal = row[j];
                row[j] = distance;
            }
        }
        return row[b.length()];
    }
}
