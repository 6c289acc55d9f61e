package io.conduktor.connect.websocket;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings that a session is opened with (docs/DESIGN.md, Settings). */
final class SessionSettings {
    private SessionSettings() {
    }

    /** The JSON for a task; {@code memoryMaxBytes} is for all tasks of the worker together. Holds secrets: never to be shown. */
    static String json(WebSocketSourceConnectorConfig config, String connector, int task, long memoryMaxBytes) {
        Map<String, Object> reconnect = new LinkedHashMap<>();
        reconnect.put("enabled", config.isReconnectEnabled());
        reconnect.put("interval_ms", config.getReconnectIntervalMs());
        reconnect.put("backoff_max_ms", config.getMaxBackoffMs());
        reconnect.put("max_attempts", config.getMaxReconnectAttempts());
        reconnect.put("exhausted_action", config.getReconnectExhaustedAction());
        reconnect.put("jitter", config.getReconnectJitter());
        reconnect.put("reset_after_ms", config.getReconnectResetAfterMs());
        reconnect.put("budget", budget(config.getReconnectMaxPerWindow()));
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
        settings.put("headers", headers(config));
        settings.put("subscription_message", config.getSubscriptionMessage());
        settings.put("connection_timeout_ms", config.getConnectionTimeoutMs());
        settings.put("reconnect", reconnect);
        settings.put("ping", ping);
        settings.put("idle_timeout_ms", config.getIdleTimeoutMs());
        settings.put("queue", queue);
        settings.put("memory_max_bytes", memoryMaxBytes);
        settings.put("max_message_bytes", config.getMaxMessageBytes());
        settings.put("oversize_action", config.getOversizeAction());
        settings.put("value_format", config.getValueFormat());
        settings.put("poll_max_records", config.getPollMaxRecords());
        settings.put("poll_linger_ms", config.getPollLingerMs());
        return JsonWriter.write(settings);
    }

    private static Map<String, Object> budget(ConnectBudget budget) {
        if (budget == null) {
            return null;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("attempts", budget.attempts());
        members.put("window_ms", budget.windowMillis());
        return members;
    }

    private static List<List<String>> headers(WebSocketSourceConnectorConfig config) {
        List<List<String>> headers = new ArrayList<>();
        String token = config.getAuthToken();
        config.getHeaders().forEach((name, value) -> {
            if (token == null || !name.equalsIgnoreCase("Authorization")) {
                headers.add(List.of(name, value));
            }
        });
        if (token != null) {
            headers.add(List.of("Authorization", "Bearer " + token));
        }
        return headers;
    }
}
