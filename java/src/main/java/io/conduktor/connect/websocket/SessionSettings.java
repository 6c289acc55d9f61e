package io.conduktor.connect.websocket;

import java.net.ProxySelector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings that a session is opened with (docs/DESIGN.md, Settings). */
final class SessionSettings {
    private SessionSettings() {
    }

    /**
     * The JSON for a task; {@code memoryMaxBytes} is for all tasks of the worker together, {@code freshSettings} says that the task can
     * read its configuration anew. Holds secrets: never to be shown.
     */
    static String json(WebSocketSourceConnectorConfig config, String connector, int task, long memoryMaxBytes, boolean freshSettings) {
        Map<String, Object> reconnect = new LinkedHashMap<>();
        reconnect.put("enabled", config.isReconnectEnabled());
        reconnect.put("interval_ms", config.getReconnectIntervalMs());
        reconnect.put("backoff_max_ms", config.getMaxBackoffMs());
        reconnect.put("max_attempts", config.getMaxReconnectAttempts());
        reconnect.put("exhausted_action", config.getReconnectExhaustedAction());
        reconnect.put("jitter", config.getReconnectJitter());
        reconnect.put("reset_after_ms", config.getReconnectResetAfterMs());
        reconnect.put("budget", ConversationSettings.budget("attempts", config.getReconnectMaxPerWindow()));
        reconnect.put("fatal_http_statuses", config.getFatalHttpStatuses());
        reconnect.put("fatal_close_codes", config.getFatalCloseCodes());

        Map<String, Object> ping = new LinkedHashMap<>();
        ping.put("interval_ms", config.getPingIntervalMs());
        ping.put("timeout_ms", config.getPingTimeoutMs());

        Map<String, Object> queue = new LinkedHashMap<>();
        queue.put("messages", config.getMessageQueueSize());
        queue.put("bytes", config.getBufferMaxBytes());
        queue.put("overflow_policy", config.getOverflowPolicy());
        queue.put("block_max_ms", config.getOverflowBlockMaxMs());

        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("connector", connector);
        settings.put("task", task);
        settings.put("url", config.getWebSocketUrl());
        settings.putAll(EndpointSettings.of(config, ProxySelector.getDefault()));
        settings.put("headers", pairs(config.getHeaders()));
        settings.putAll(AccessSettings.of(config.configValues()));
        settings.put("subscription_message", config.getSubscriptionMessage());
        settings.put("compression", config.configValues().flag(WebSocketSourceConnectorConfig.COMPRESSION_ENABLED_CONFIG));
        settings.put("connection_timeout_ms", config.getConnectionTimeoutMs());
        settings.put("reconnect", reconnect);
        settings.put("ping", ping);
        settings.put("idle_timeout_ms", config.getIdleTimeoutMs());
        settings.put("queue", queue);
        settings.put("memory_max_bytes", memoryMaxBytes);
        settings.put("max_message_bytes", config.getMaxMessageBytes());
        settings.put("oversize_action", config.getOversizeAction());
        settings.put("payload_decompress", config.configValues().text(WebSocketSourceConnectorConfig.PAYLOAD_DECOMPRESS_CONFIG));
        settings.put("value_format", config.getValueFormat());
        settings.put("poll_max_records", config.getPollMaxRecords());
        settings.put("poll_linger_ms", config.getPollLingerMs());
        settings.putAll(ConversationSettings.of(config.configValues(), config.getSecrets()));
        if (config.speaksTls()) {
            settings.put("tls", tls(config.configValues()));
        }
        if (freshSettings) {
            settings.put("fresh_settings", true);
        }
        return JsonWriter.write(settings);
    }

    /**
     * The JSON of what only the library can check of a configuration that is not complete: matchers and templates. {@code url} and
     * {@code headers} are those of the connection; the URL may be null. Holds secrets: never to be shown.
     */
    static String toCheck(ConfigValues values, String url, Map<String, String> headers, Map<String, String> secrets) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("connector", "validate");
        settings.put("url", TemplateText.isTemplate(url) ? url : "ws://localhost/");
        List<String> further = values.list(WebSocketSourceConnectorConfig.URLS_CONFIG);
        if (further.stream().anyMatch(TemplateText::isTemplate)) {
            settings.put("urls", further);
        }
        if (headers.values().stream().anyMatch(TemplateText::isTemplate)) {
            settings.put("headers", pairs(headers));
        }
        settings.putAll(AccessSettings.of(values));
        settings.putAll(ConversationSettings.of(values, secrets));
        return JsonWriter.write(settings);
    }

    private static Map<String, Object> tls(ConfigValues values) {
        Map<String, Object> tls = new LinkedHashMap<>();
        tls.put("server_name", values.text(SslKeys.SERVER_NAME));
        tls.put("insecure", values.flag(SslKeys.INSECURE));
        tls.put("endpoint_identification", SslKeys.identifiesEndpoint(values));
        tls.put("protocols", SslKeys.versions(values));
        tls.put("trust_store", SslKeys.trustStoreKey(values));
        tls.put("key_store", SslKeys.keyStoreKey(values));
        return tls;
    }

    private static List<List<String>> pairs(Map<String, String> headers) {
        List<List<String>> pairs = new ArrayList<>();
        headers.forEach((name, value) -> pairs.add(List.of(name, value)));
        return pairs;
    }
}
