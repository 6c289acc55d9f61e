package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_TYPE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_HANDOVER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_MAX_AGE_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DATA_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_POINTER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.EVENT_TOPIC_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.FILTER_DROP_CONTROL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_ONLY_WHEN_IDLE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_RESPONSE_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_RESPONSE_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.LOGIN_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.LOGIN_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_URL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_ON_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.REPLY_RULES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SEND_MAX_PER_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_DELAY_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ERROR_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_FAILURE_ACTION_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_MESSAGES_CONFIG;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The settings of what is said on a connection and how it is understood (docs/DESIGN.md, Settings). What is not configured is left out,
 * so that it costs nothing.
 */
final class ConversationSettings {
    private static final long DEFAULT_DEDUPE_WINDOW = 100_000;
    private static final List<String> SUBSCRIPTION = List.of(SUBSCRIPTION_DELAY_MS_CONFIG, SUBSCRIPTION_INTERVAL_MS_CONFIG,
            SUBSCRIPTION_ACK_MATCH_CONFIG, SUBSCRIPTION_ACK_TIMEOUT_MS_CONFIG, SUBSCRIPTION_ERROR_MATCH_CONFIG,
            SUBSCRIPTION_FAILURE_ACTION_CONFIG);

    /** What holds matchers, templates or pointers. */
    private static final List<String> GRAMMAR = List.of(SUBSCRIPTION_MESSAGES_CONFIG, SUBSCRIPTION_ACK_MATCH_CONFIG, SUBSCRIPTION_ERROR_MATCH_CONFIG,
            LOGIN_MESSAGE_CONFIG, LOGIN_ACK_MATCH_CONFIG, HEARTBEAT_MESSAGE_CONFIG, HEARTBEAT_RESPONSE_MATCH_CONFIG, REPLY_RULES_CONFIG,
            RECONNECT_ON_MATCH_CONFIG, DEDUPE_POINTER_CONFIG, AUTH_TYPE_CONFIG, PRECONNECT_URL_CONFIG);

    private ConversationSettings() {
    }

    /** Whether anything is configured whose grammar only the library knows. */
    static boolean hasGrammar(ConfigValues values) {
        return GRAMMAR.stream().anyMatch(values::isSet);
    }

    /** The members of the settings' object. Holds secrets: never to be shown. */
    static Map<String, Object> of(ConfigValues values, Map<String, String> secrets) {
        Map<String, Object> settings = new LinkedHashMap<>();
        put(settings, "subscription_messages", values.text(SUBSCRIPTION_MESSAGES_CONFIG));
        if (SUBSCRIPTION.stream().anyMatch(values::isSet)) {
            settings.put("subscription", subscription(values));
        }
        if (values.isSet(LOGIN_MESSAGE_CONFIG)) {
            Map<String, Object> login = new LinkedHashMap<>();
            login.put("message", values.text(LOGIN_MESSAGE_CONFIG));
            put(login, "ack_match", values.text(LOGIN_ACK_MATCH_CONFIG));
            settings.put("login", login);
        }
        if (values.isSet(HEARTBEAT_MESSAGE_CONFIG) || values.isSet(HEARTBEAT_RESPONSE_MATCH_CONFIG)) {
            settings.put("heartbeat", heartbeat(values));
        }
        put(settings, "reply_rules", values.text(REPLY_RULES_CONFIG));
        put(settings, "send_budget", budget("times", values.text(SEND_MAX_PER_WINDOW_CONFIG)));
        if (values.isSet(DATA_TIMEOUT_MS_CONFIG)) {
            settings.put("data_timeout_ms", values.number(DATA_TIMEOUT_MS_CONFIG));
        }
        if (values.isSet(CONNECTION_MAX_AGE_MS_CONFIG)) {
            settings.put("max_age_ms", values.number(CONNECTION_MAX_AGE_MS_CONFIG));
        }
        if (values.isSet(CONNECTION_HANDOVER_CONFIG)) {
            settings.put("handover", values.text(CONNECTION_HANDOVER_CONFIG));
        }
        put(settings, "reconnect_on_match", values.text(RECONNECT_ON_MATCH_CONFIG));
        if (!secrets.isEmpty()) {
            settings.put("secrets", secrets(secrets));
        }
        put(settings, "drop_control", values.flag(FILTER_DROP_CONTROL_CONFIG) ? true : null);
        put(settings, "dedupe", dedupe(values));
        put(settings, "events", values.isSet(EVENT_TOPIC_CONFIG) ? true : null);
        return settings;
    }

    /** The object for a budget in the form {@code 300/5m}, or null for null; {@code times} is the member's name. */
    static Map<String, Object> budget(String times, String configured) {
        if (configured == null) {
            return null;
        }
        WindowBudget budget = WindowBudget.parse(configured);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put(times, budget.times());
        members.put("window_ms", budget.windowMillis());
        return members;
    }

    private static Map<String, Object> subscription(ConfigValues values) {
        Map<String, Object> subscription = new LinkedHashMap<>();
        subscription.put("delay_ms", values.number(SUBSCRIPTION_DELAY_MS_CONFIG));
        subscription.put("interval_ms", values.number(SUBSCRIPTION_INTERVAL_MS_CONFIG));
        put(subscription, "ack_match", values.text(SUBSCRIPTION_ACK_MATCH_CONFIG));
        subscription.put("ack_timeout_ms", values.number(SUBSCRIPTION_ACK_TIMEOUT_MS_CONFIG));
        put(subscription, "error_match", values.text(SUBSCRIPTION_ERROR_MATCH_CONFIG));
        subscription.put("failure_action", values.text(SUBSCRIPTION_FAILURE_ACTION_CONFIG));
        return subscription;
    }

    private static Map<String, Object> heartbeat(ConfigValues values) {
        Map<String, Object> heartbeat = new LinkedHashMap<>();
        put(heartbeat, "message", values.text(HEARTBEAT_MESSAGE_CONFIG));
        heartbeat.put("interval_ms", values.number(HEARTBEAT_INTERVAL_MS_CONFIG));
        heartbeat.put("only_when_idle", values.flag(HEARTBEAT_ONLY_WHEN_IDLE_CONFIG));
        put(heartbeat, "response_match", values.text(HEARTBEAT_RESPONSE_MATCH_CONFIG));
        heartbeat.put("response_timeout_ms", values.number(HEARTBEAT_RESPONSE_TIMEOUT_MS_CONFIG));
        return heartbeat;
    }

    private static Map<String, Object> dedupe(ConfigValues values) {
        String pointers = values.text(DEDUPE_POINTER_CONFIG);
        Long window = values.number(DEDUPE_WINDOW_CONFIG);
        if (pointers == null && (window == null || window == 0)) {
            return null;
        }
        Map<String, Object> dedupe = new LinkedHashMap<>();
        put(dedupe, "pointers", pointers);
        dedupe.put("window", window == null ? DEFAULT_DEDUPE_WINDOW : window);
        return dedupe;
    }

    private static List<List<String>> secrets(Map<String, String> secrets) {
        List<List<String>> pairs = new ArrayList<>();
        secrets.forEach((name, value) -> pairs.add(List.of(name, value)));
        return pairs;
    }

    private static void put(Map<String, Object> members, String name, Object value) {
        if (value != null) {
            members.put(name, value);
        }
    }
}
