package io.conduktor.connect.websocket;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The headers that the opening handshake carries beyond its own: {@code websocket.headers}, {@code websocket.header.<Name>} and the
 * token. Names are RFC 9110 tokens. Messages name the key, never a value.
 */
final class RequestHeaders {
    /** What the opening handshake (RFC 6455, section 4.1) or HTTP's framing sets itself. */
    private static final Set<String> OWNED_BY_HANDSHAKE = Set.of(
            "upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions",
            "sec-websocket-accept", "content-length", "transfer-encoding");

    private static final String SUBPROTOCOLS = "Sec-WebSocket-Protocol";

    private RequestHeaders() {
    }

    /**
     * Reads the form {@code key1:value1,key2:value2}: split at commas, then at the first colon. The last of two equal names wins.
     *
     * @throws IllegalArgumentException with a sentence that continues the key's name
     */
    static Map<String, String> parseList(String list) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        int number = 0;
        for (String entry : list == null ? new String[0] : entries(list)) {
            number++;
            if (entry.trim().isEmpty()) {
                continue;
            }
            int colon = entry.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException("has no colon in entry " + number + "; the form is name:value,name:value,"
                        + " and a header whose value has a comma goes into a key of its own, websocket.header.<Name>");
            }
            String name = entry.substring(0, colon).trim();
            String value = entry.substring(colon + 1).trim();
            String problem = problem(name, value);
            if (problem != null) {
                throw new IllegalArgumentException(problem + " (entry " + number + ")");
            }
            headers.remove(name);
            headers.put(name, value);
        }
        return headers;
    }

    /** Split at the commas that stand in no template's expression. */
    private static String[] entries(String list) {
        String[] entries = TemplateText.masked(list).split(",");
        int start = 0;
        for (int i = 0; i < entries.length; i++) {
            int end = start + entries[i].length();
            entries[i] = list.substring(start, end);
            start = end + 1;
        }
        return entries;
    }

    /** Everything wrong with the {@code websocket.header.<Name>} keys: key to sentence; empty if all is well. */
    static Map<String, String> problems(Map<String, ?> properties) {
        Map<String, String> problems = new LinkedHashMap<>();
        Map<String, String> seen = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        new TreeMap<>(properties).forEach((key, value) -> {
            if (!key.startsWith(WebSocketSourceConnectorConfig.HEADER_PREFIX)) {
                return;
            }
            String name = key.substring(WebSocketSourceConnectorConfig.HEADER_PREFIX.length());
            String problem = problem(name, value == null ? "" : value.toString().trim());
            String other = seen.put(name, key);
            if (problem == null && other != null) {
                problem = "names the same header as " + other;
            }
            if (problem != null) {
                problems.put(key, key + " " + problem);
            }
        });
        return problems;
    }

    /** All headers by name, case-insensitive; {@code websocket.header.<Name>} wins over {@code websocket.headers}. */
    static Map<String, String> merge(Map<String, String> list, Map<String, ?> properties) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(list);
        properties.forEach((key, value) -> {
            if (key.startsWith(WebSocketSourceConnectorConfig.HEADER_PREFIX) && value != null) {
                String name = key.substring(WebSocketSourceConnectorConfig.HEADER_PREFIX.length());
                headers.remove(name);
                headers.put(name, value.toString().trim());
            }
        });
        return headers;
    }

    /** The key by which a header is configured, of the library's name for it; any other key as it is. */
    static String keyOf(String key, Map<String, ?> properties) {
        boolean isHeader = key.startsWith(WebSocketSourceConnectorConfig.HEADER_PREFIX);
        return isHeader ? properties.keySet().stream().filter(key::equalsIgnoreCase).findFirst().orElse(WebSocketSourceConnectorConfig.HEADERS_CONFIG)
                : key;
    }

    /** What headers say that another key is for: key to sentence; empty if all is well. */
    static Map<String, String> conflicts(ConfigValues values, Map<String, ?> properties) {
        Map<String, String> headers = merge(parseList(values.text(WebSocketSourceConnectorConfig.HEADERS_CONFIG)), properties);
        String key = WebSocketSourceConnectorConfig.SUBPROTOCOLS_CONFIG;
        return values.isSet(key) && headers.containsKey(SUBPROTOCOLS)
                ? Map.of(key, key + " must not be set together with the header " + SUBPROTOCOLS + ": leave the header out") : Map.of();
    }

    /** Whether a text may be a header's value: no control characters except tab (RFC 9110, section 5.5). */
    static boolean isValue(String value) {
        return value.chars().allMatch(c -> c == '\t' || c >= 0x20 && c != 0x7f);
    }

    private static String problem(String name, String value) {
        if (!isToken(name)) {
            return "has a header name that is not an RFC 9110 token (letters, digits and !#$%&'*+-.^_`|~)";
        }
        if (OWNED_BY_HANDSHAKE.contains(name.toLowerCase(Locale.ROOT))) {
            return "must not set the header " + name + ", which the WebSocket handshake sets itself";
        }
        if (!isValue(value)) {
            return "has a value with a line break or another control character";
        }
        return null;
    }

    /** Whether a text is an RFC 9110 token. */
    static boolean isToken(String name) {
        return !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
    }
}
