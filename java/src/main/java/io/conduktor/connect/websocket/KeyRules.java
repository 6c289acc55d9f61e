package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_OAUTH2_CLIENT_AUTH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_OAUTH2_CLIENT_ID_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_OAUTH2_CLIENT_SECRET_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_OAUTH2_PARAMS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_OAUTH2_SCOPE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_OAUTH2_TOKEN_URL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_PASSWORD_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_TOKEN_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_TYPE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_USERNAME_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.BUFFER_MAX_BYTES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_HANDOVER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_MAX_AGE_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_POINTER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.EVENT_TOPIC_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.FILTER_DROP_CONTROL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_ONLY_WHEN_IDLE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_RESPONSE_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_RESPONSE_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.KAFKA_TOPIC_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.LOGIN_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.LOGIN_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.MAX_MESSAGE_BYTES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PING_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PING_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_BODY_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_EXTRACT_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_HEADERS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_METHOD_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_URL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PROXY_PASSWORD_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PROXY_URL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PROXY_USERNAME_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_ENABLED_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_JITTER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_MAX_ATTEMPTS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_MAX_PER_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_ON_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_RESET_AFTER_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.REPLY_RULES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_DELAY_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ERROR_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_FAILURE_ACTION_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_MESSAGES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.bytesFor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What keys say about each other: contradictions, and keys that have no effect without another. Texts name the key and hold no value. */
final class KeyRules {
    /** What is of use only where attempts are made. */
    private static final List<String> RECONNECTING = List.of(RECONNECT_INTERVAL_MS_CONFIG, RECONNECT_BACKOFF_MAX_MS_CONFIG,
            RECONNECT_MAX_ATTEMPTS_CONFIG, RECONNECT_JITTER_CONFIG, RECONNECT_RESET_AFTER_MS_CONFIG, RECONNECT_MAX_PER_WINDOW_CONFIG);
    private static final List<String> SUBSCRIPTIONS = List.of(SUBSCRIPTION_MESSAGE_CONFIG, SUBSCRIPTION_MESSAGES_CONFIG);
    private static final List<String> SAYING = List.of(SUBSCRIPTION_MESSAGE_CONFIG, SUBSCRIPTION_MESSAGES_CONFIG, LOGIN_MESSAGE_CONFIG);
    /** What tells control messages from data. */
    private static final List<String> CONTROL = List.of(LOGIN_ACK_MATCH_CONFIG, SUBSCRIPTION_ACK_MATCH_CONFIG, SUBSCRIPTION_ERROR_MATCH_CONFIG,
            HEARTBEAT_RESPONSE_MATCH_CONFIG, REPLY_RULES_CONFIG, RECONNECT_ON_MATCH_CONFIG);

    /** The keys that each way to say who we are uses, those first that it cannot do without. */
    private static final Map<String, List<String>> CREDENTIALS = Map.of(
            AccessKeys.BEARER, List.of(AUTH_TOKEN_CONFIG),
            AccessKeys.BASIC, List.of(AUTH_USERNAME_CONFIG, AUTH_PASSWORD_CONFIG),
            AccessKeys.OAUTH2, List.of(AUTH_OAUTH2_TOKEN_URL_CONFIG, AUTH_OAUTH2_CLIENT_ID_CONFIG, AUTH_OAUTH2_CLIENT_SECRET_CONFIG,
                    AUTH_OAUTH2_SCOPE_CONFIG, AUTH_OAUTH2_CLIENT_AUTH_CONFIG, AUTH_OAUTH2_PARAMS_CONFIG));
    private static final Map<String, Integer> NEEDED = Map.of(AccessKeys.BEARER, 1, AccessKeys.BASIC, 1, AccessKeys.OAUTH2, 3);

    private static final List<Need> NEEDS = needs();

    private KeyRules() {
    }

    /** A key that has no effect unless something holds. */
    private static final class Need {
        private final String key;
        private final String condition;
        private final Predicate<ConfigValues> holds;
        private final boolean refused;

        private Need(String key, String condition, Predicate<ConfigValues> holds, boolean refused) {
            this.key = key;
            this.condition = condition;
            this.holds = holds;
            this.refused = refused;
        }
    }

    private static List<Need> needs() {
        List<Need> needs = new ArrayList<>();
        RECONNECTING.forEach(key -> needs.add(toleratedNeed(key, RECONNECT_ENABLED_CONFIG + "=false",
                values -> values.flag(RECONNECT_ENABLED_CONFIG))));
        needs.add(toleratedNeed(PING_TIMEOUT_MS_CONFIG, PING_INTERVAL_MS_CONFIG + "=0", values -> values.number(PING_INTERVAL_MS_CONFIG) > 0));
        needs.add(without(SUBSCRIPTION_DELAY_MS_CONFIG, SAYING));
        needs.add(without(SUBSCRIPTION_INTERVAL_MS_CONFIG, List.of(SUBSCRIPTION_MESSAGES_CONFIG)));
        needs.add(without(SUBSCRIPTION_ACK_MATCH_CONFIG, SUBSCRIPTIONS));
        needs.add(without(SUBSCRIPTION_ACK_TIMEOUT_MS_CONFIG, List.of(SUBSCRIPTION_ACK_MATCH_CONFIG, LOGIN_MESSAGE_CONFIG)));
        needs.add(without(SUBSCRIPTION_FAILURE_ACTION_CONFIG,
                List.of(SUBSCRIPTION_MESSAGE_CONFIG, SUBSCRIPTION_MESSAGES_CONFIG, LOGIN_MESSAGE_CONFIG, SUBSCRIPTION_ERROR_MATCH_CONFIG)));
        needs.add(without(LOGIN_ACK_MATCH_CONFIG, List.of(LOGIN_MESSAGE_CONFIG)));
        for (String key : List.of(HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_ONLY_WHEN_IDLE_CONFIG)) {
            needs.add(without(key, List.of(HEARTBEAT_MESSAGE_CONFIG)));
        }
        needs.add(without(HEARTBEAT_RESPONSE_TIMEOUT_MS_CONFIG, List.of(HEARTBEAT_RESPONSE_MATCH_CONFIG)));
        needs.add(without(HEARTBEAT_RESPONSE_TIMEOUT_MS_CONFIG, List.of(HEARTBEAT_MESSAGE_CONFIG)));
        needs.add(without(CONNECTION_HANDOVER_CONFIG, List.of(CONNECTION_MAX_AGE_MS_CONFIG, RECONNECT_ON_MATCH_CONFIG)));
        needs.add(without(PROXY_PASSWORD_CONFIG, List.of(PROXY_USERNAME_CONFIG)));
        needs.add(new Need(PROXY_USERNAME_CONFIG, "a proxy: " + PROXY_URL_CONFIG + " is " + ProxyUrl.DIRECT,
                values -> !ProxyUrl.DIRECT.equals(values.text(PROXY_URL_CONFIG)), true));
        needs.add(without(FILTER_DROP_CONTROL_CONFIG, CONTROL));
        needs.addAll(accessNeeds());
        for (String key : List.of(SslKeys.TRUSTSTORE_LOCATION, SslKeys.TRUSTSTORE_CERTIFICATES, SslKeys.ENDPOINT_IDENTIFICATION_ALGORITHM)) {
            needs.add(toleratedNeed(key, SslKeys.INSECURE + "=true", values -> !values.flag(SslKeys.INSECURE)));
        }
        for (String key : SslKeys.ALL) {
            needs.add(toleratedNeed(key, "URLs of ws:// and http:// alone", SslKeys::speaksTls));
        }
        return List.copyOf(needs);
    }

    /** Of who we are, and of the call before each attempt. */
    private static List<Need> accessNeeds() {
        List<Need> needs = new ArrayList<>();
        CREDENTIALS.forEach((type, keys) -> keys.forEach(key -> needs.add(new Need(key, AUTH_TYPE_CONFIG + "=" + type,
                values -> AccessKeys.type(values).equals(type) || key.equals(AUTH_TOKEN_CONFIG) && !values.isSet(AUTH_TYPE_CONFIG), true))));
        for (String key : List.of(PRECONNECT_METHOD_CONFIG, PRECONNECT_HEADERS_CONFIG, PRECONNECT_BODY_CONFIG, PRECONNECT_EXTRACT_CONFIG)) {
            needs.add(without(key, List.of(PRECONNECT_URL_CONFIG)));
        }
        needs.add(new Need(PRECONNECT_BODY_CONFIG, PRECONNECT_METHOD_CONFIG + "=" + AccessKeys.POST,
                values -> AccessKeys.POST.equals(values.text(PRECONNECT_METHOD_CONFIG)), true));
        return needs;
    }

    /** Of a key that may stay where it is of no use: earlier configurations have it there. */
    private static Need toleratedNeed(String key, String with, Predicate<ConfigValues> holds) {
        return new Need(key, with, holds, false);
    }

    private static Need without(String key, List<String> others) {
        return new Need(key, String.join(" or ", others), values -> others.stream().anyMatch(values::isSet), true);
    }

    /** Why a configuration is refused: key to sentence; empty if all is well. */
    static Map<String, String> problems(ConfigValues values) {
        Map<String, String> problems = new LinkedHashMap<>();
        buffer(values, problems);
        SslRules.problems(values, problems);
        if (values.isSet(SUBSCRIPTION_MESSAGES_CONFIG) && values.isSet(SUBSCRIPTION_MESSAGE_CONFIG)) {
            problems.put(SUBSCRIPTION_MESSAGES_CONFIG, SUBSCRIPTION_MESSAGES_CONFIG + " must not be set together with " + SUBSCRIPTION_MESSAGE_CONFIG
                    + ": make that one of these messages");
        }
        if (values.isSet(LOGIN_MESSAGE_CONFIG) && !values.isSet(LOGIN_ACK_MATCH_CONFIG)) {
            problems.put(LOGIN_MESSAGE_CONFIG, LOGIN_MESSAGE_CONFIG + " needs " + LOGIN_ACK_MATCH_CONFIG + ": subscriptions wait for the login to be "
                    + "acknowledged");
        }
        String type = AccessKeys.type(values);
        CREDENTIALS.getOrDefault(type, List.of()).stream().limit(NEEDED.getOrDefault(type, 0)).filter(key -> !values.isSet(key)).findFirst()
                .ifPresent(key -> problems.put(AUTH_TYPE_CONFIG, AUTH_TYPE_CONFIG + "=" + type + " needs " + key));
        if (values.isSet(RECONNECT_ENABLED_CONFIG)) { // It is false then.
            withoutReconnects(values, problems);
        }
        Long window = values.number(DEDUPE_WINDOW_CONFIG);
        if (values.isSet(DEDUPE_POINTER_CONFIG) && window != null && window == 0) {
            problems.put(DEDUPE_WINDOW_CONFIG, DEDUPE_WINDOW_CONFIG + " must not be 0 with " + DEDUPE_POINTER_CONFIG
                    + ": no duplicate could be found");
        }
        if (values.isSet(EVENT_TOPIC_CONFIG) && values.text(EVENT_TOPIC_CONFIG).equals(values.text(KAFKA_TOPIC_CONFIG))) {
            problems.put(EVENT_TOPIC_CONFIG, EVENT_TOPIC_CONFIG + " must not be " + KAFKA_TOPIC_CONFIG
                    + ": events and messages could not be told apart");
        }
        NEEDS.stream().filter(need -> need.refused && values.isSet(need.key) && !need.holds.test(values))
                .forEach(need -> problems.putIfAbsent(need.key, need.key + " has no effect without " + need.condition));
        return problems;
    }

    /** Keys that have no effect and are not refused for it, each with the setting that takes it away; {@code isThere} says which are there. */
    static Map<String, String> withoutEffect(ConfigValues values, Predicate<String> isThere) {
        Map<String, String> settings = new LinkedHashMap<>();
        NEEDS.stream().filter(need -> !need.refused && isThere.test(need.key) && !need.holds.test(values))
                .forEach(need -> settings.put(need.key, need.condition));
        return settings;
    }

    /** Whether a key has an effect as the others are, whatever it says itself. */
    static boolean hasEffect(String key, ConfigValues values) {
        return NEEDS.stream().noneMatch(need -> need.key.equals(key) && !need.holds.test(values));
    }

    /** Whoever asks for a connection to be given up for a new one gets none. */
    private static void withoutReconnects(ConfigValues values, Map<String, String> problems) {
        for (String key : List.of(CONNECTION_MAX_AGE_MS_CONFIG, RECONNECT_ON_MATCH_CONFIG)) {
            if (values.isSet(key)) {
                problems.put(key, key + " must not be set with " + RECONNECT_ENABLED_CONFIG + "=false: it gives connections up for new ones");
            }
        }
        if ("reconnect".equals(values.text(SUBSCRIPTION_FAILURE_ACTION_CONFIG))) {
            problems.put(SUBSCRIPTION_FAILURE_ACTION_CONFIG, SUBSCRIPTION_FAILURE_ACTION_CONFIG + " must not be reconnect with "
                    + RECONNECT_ENABLED_CONFIG + "=false: use warn or fail");
        }
    }

    private static void buffer(ConfigValues values, Map<String, String> problems) {
        Long bytes = values.number(BUFFER_MAX_BYTES_CONFIG);
        int message = values.number(MAX_MESSAGE_BYTES_CONFIG).intValue();
        long needed = bytesFor(message);
        if (bytes != null && bytes < needed) {
            problems.put(BUFFER_MAX_BYTES_CONFIG, BUFFER_MAX_BYTES_CONFIG + " must be at least " + needed + ": a message of "
                    + MAX_MESSAGE_BYTES_CONFIG + "=" + message + " has to fit");
        }
    }
}
