package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_MAX_AGE_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DATA_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_POINTER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.FILTER_DROP_CONTROL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEADERS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEADER_PREFIX;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_RESPONSE_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.IDLE_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.LOGIN_MESSAGE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PING_INTERVAL_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PING_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_BODY_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_HEADERS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_URL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_RESET_AFTER_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.REPLY_RULES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SECRET_PREFIX;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SEND_MAX_PER_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ERROR_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_FAILURE_ACTION_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_MESSAGES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.URLS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What to be warned about in the keys that say what is sent, expected and awaited on a connection, each of which is legal. */
final class ConversationWarnings {
    /** The keys whose values are templates or hold some. */
    static final List<String> TEMPLATES = List.of(SUBSCRIPTION_MESSAGES_CONFIG, LOGIN_MESSAGE_CONFIG, HEARTBEAT_MESSAGE_CONFIG,
            REPLY_RULES_CONFIG);
    /** Those of requests; beside them each header is one. */
    private static final List<String> REQUESTS = List.of(WEBSOCKET_URL_CONFIG, HEADERS_CONFIG, PRECONNECT_URL_CONFIG, PRECONNECT_HEADERS_CONFIG,
            PRECONNECT_BODY_CONFIG);

    /** What makes a difference between a heartbeat's answer and data. */
    private static final List<String> USES_OF_RESPONSES = List.of(HEARTBEAT_MESSAGE_CONFIG, DATA_TIMEOUT_MS_CONFIG, FILTER_DROP_CONTROL_CONFIG,
            DEDUPE_POINTER_CONFIG, DEDUPE_WINDOW_CONFIG);

    private ConversationWarnings() {
    }

    /** The warnings. Each text names the key and holds no secret. */
    static List<String> of(ConfigValues values, Map<String, String> headers, Map<String, String> secrets) {
        List<String> warnings = new ArrayList<>();
        liveness(values, warnings);
        age(values, warnings);
        sends(values, warnings);
        if (values.isSet(SUBSCRIPTION_FAILURE_ACTION_CONFIG) && !values.isSet(SUBSCRIPTION_ACK_MATCH_CONFIG)
                && !values.isSet(SUBSCRIPTION_ERROR_MATCH_CONFIG) && !values.isSet(LOGIN_MESSAGE_CONFIG)) {
            warnings.add(SUBSCRIPTION_FAILURE_ACTION_CONFIG + " has an effect only where a subscription message cannot be sent: without "
                    + SUBSCRIPTION_ACK_MATCH_CONFIG + " and " + SUBSCRIPTION_ERROR_MATCH_CONFIG + " no other failure is seen");
        }
        unusedSecrets(values, headers, secrets, warnings);
        return warnings;
    }

    private static void liveness(ConfigValues values, List<String> warnings) {
        long ping = values.number(PING_INTERVAL_MS_CONFIG);
        long idle = values.number(IDLE_TIMEOUT_MS_CONFIG);
        boolean answered = values.isSet(HEARTBEAT_MESSAGE_CONFIG) && values.isSet(HEARTBEAT_RESPONSE_MATCH_CONFIG);
        boolean data = values.isSet(DATA_TIMEOUT_MS_CONFIG);
        if (ping == 0 && idle == 0 && !answered && !data) {
            warnings.add(PING_INTERVAL_MS_CONFIG + " is 0 and " + IDLE_TIMEOUT_MS_CONFIG + " is not set: a server that is gone without a word "
                    + "is not noticed");
        }
        boolean keptBusy = answered && values.number(HEARTBEAT_INTERVAL_MS_CONFIG) < idle;
        if (idle > 0 && idle <= ping && !keptBusy) {
            warnings.add(IDLE_TIMEOUT_MS_CONFIG + " is not above " + PING_INTERVAL_MS_CONFIG + ": a quiet connection counts as lost "
                    + "before it is pinged");
        }
        if (ping > 0 && idle >= ping + values.number(PING_TIMEOUT_MS_CONFIG)) {
            warnings.add(IDLE_TIMEOUT_MS_CONFIG + " is not below " + PING_INTERVAL_MS_CONFIG + " and " + PING_TIMEOUT_MS_CONFIG
                    + " together: a pong comes, or is missed, before the time is over");
        }
        if (values.isSet(HEARTBEAT_RESPONSE_MATCH_CONFIG) && USES_OF_RESPONSES.stream().noneMatch(values::isSet)) {
            warnings.add(HEARTBEAT_RESPONSE_MATCH_CONFIG + " has an effect only on the metric MillisSinceLastData: none of "
                    + String.join(", ", USES_OF_RESPONSES) + " is set");
        }
        if (data && values.isSet(HEARTBEAT_MESSAGE_CONFIG) && !answered) {
            warnings.add(DATA_TIMEOUT_MS_CONFIG + " takes the answers to " + HEARTBEAT_MESSAGE_CONFIG + " for data without "
                    + HEARTBEAT_RESPONSE_MATCH_CONFIG);
        }
    }

    private static void age(ConfigValues values, List<String> warnings) {
        long age = values.number(CONNECTION_MAX_AGE_MS_CONFIG);
        if (age > 0 && age <= values.number(RECONNECT_RESET_AFTER_MS_CONFIG)) {
            warnings.add(CONNECTION_MAX_AGE_MS_CONFIG + " is not above " + RECONNECT_RESET_AFTER_MS_CONFIG + ": no connection holds for "
                    + "long enough to start the attempts anew");
        }
        for (String timeout : List.of(IDLE_TIMEOUT_MS_CONFIG, DATA_TIMEOUT_MS_CONFIG)) {
            if (age > 0 && values.number(timeout) >= age) {
                warnings.add(timeout + " is not below " + CONNECTION_MAX_AGE_MS_CONFIG + ": each connection is given up before the time is over");
            }
        }
    }

    /** What is sent again and again must fit the budget, or it comes later and later. */
    private static void sends(ConfigValues values, List<String> warnings) {
        String configured = values.text(SEND_MAX_PER_WINDOW_CONFIG);
        if (configured == null) {
            return;
        }
        WindowBudget budget = WindowBudget.parse(configured);
        long heartbeat = values.isSet(HEARTBEAT_MESSAGE_CONFIG) ? values.number(HEARTBEAT_INTERVAL_MS_CONFIG) : 0;
        double sent = LongStream.of(values.number(PING_INTERVAL_MS_CONFIG), heartbeat).filter(interval -> interval > 0)
                .mapToDouble(interval -> (double) budget.windowMillis() / interval).sum();
        if (sent > budget.times()) {
            String keysAsk = heartbeat > 0 ? PING_INTERVAL_MS_CONFIG + " and " + HEARTBEAT_INTERVAL_MS_CONFIG + " ask"
                    : PING_INTERVAL_MS_CONFIG + " asks";
            warnings.add(SEND_MAX_PER_WINDOW_CONFIG + " is less than what " + keysAsk + " for: they come later than configured");
        }
    }

    private static void unusedSecrets(ConfigValues values, Map<String, String> headers, Map<String, String> secrets, List<String> warnings) {
        TreeSet<String> unused = new TreeSet<>(secrets.keySet());
        Stream.concat(TEMPLATES.stream(), REQUESTS.stream()).forEach(key -> unused.removeAll(Secrets.usedBy(values.text(key))));
        values.list(URLS_CONFIG).forEach(url -> unused.removeAll(Secrets.usedBy(url)));
        headers.values().forEach(value -> unused.removeAll(Secrets.usedBy(value)));
        String keys = Stream.of(TEMPLATES, REQUESTS, List.of(URLS_CONFIG, HEADER_PREFIX + "<Name>")).flatMap(List::stream).collect(Collectors.joining(", "));
        unused.forEach(name -> warnings.add(SECRET_PREFIX + name + " is used by none of " + keys));
    }
}
