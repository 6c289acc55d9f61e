package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SECRET_PREFIX;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The keys {@code websocket.secret.<NAME>}: what templates use and nobody sees. Messages name the key, never a value. */
final class Secrets {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+");
    private static final Pattern USE = Pattern.compile("\\bsecret\\.([A-Za-z0-9_.-]+)");

    /** Where a template writes a secret as it is; one that only signs stays here. */
    private static final Pattern SENT = Pattern.compile("\\{\\{\\s*secret\\.");

    private Secrets() {
    }

    /** Everything wrong with these keys: key to sentence; empty if all is well. */
    static Map<String, String> problems(Map<String, ?> properties) {
        Map<String, String> problems = new TreeMap<>();
        of(properties).forEach((name, value) -> {
            String key = SECRET_PREFIX + name;
            if (!NAME.matcher(name).matches()) {
                problems.put(key, key + " has a name with characters other than letters, digits, '_', '-' and '.', or none");
            } else if (value.isEmpty()) {
                problems.put(key, key + " is empty");
            }
        });
        return problems;
    }

    /** The secrets by name. Files of secrets end in a line break, which is no part of them. */
    static Map<String, String> of(Map<String, ?> properties) {
        Map<String, String> secrets = new TreeMap<>();
        properties.forEach((key, value) -> {
            if (key.startsWith(SECRET_PREFIX) && value != null) {
                secrets.put(key.substring(SECRET_PREFIX.length()), value.toString().trim());
            }
        });
        return secrets;
    }

    /** Whether what is made of a template's text holds a secret. */
    static boolean areSentBy(String template) {
        return template != null && SENT.matcher(template).find();
    }

    /** The names that a template's text uses. */
    static Set<String> usedBy(String template) {
        Set<String> names = new TreeSet<>();
        Matcher use = USE.matcher(template == null ? "" : template);
        while (use.find()) {
            names.add(use.group(1));
        }
        return names;
    }
}
