package io.conduktor.connect.websocket.probe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Hides the configuration's own secrets in what is printed. What the engine says is masked already; this is for what a server sends, which may
 * repeat them, and which is to be seen otherwise.
 */
final class Mask {
    private static final int SHORTEST = 4;
    /** As short a part of a value is a word of the protocol, such as Bearer. */
    private static final int SHORTEST_WORD = 8;
    /** A longer one may be seen in part where a text is cut. */
    private static final int LONGEST = 8192;
    /** Keys whose whole value is a secret. */
    private static final Pattern SECRET_KEY = Pattern.compile("websocket[.](auth[.](token|password|oauth2[.]client[.]secret|oauth2[.]params)"
            + "|proxy[.]password|secret[.].+|ssl[.].*(password|key)|header[.](?!(Origin|User-Agent|Accept|Host)$).+)", Pattern.CASE_INSENSITIVE);
    /** Members of messages that may hold one. */
    private static final Pattern SECRET_MEMBER = Pattern.compile(".*(key|token|secret|pass|sign|auth|jwt|credential).*", Pattern.CASE_INSENSITIVE);
    private static final List<String> MESSAGES = List.of("websocket.subscription.message", "websocket.subscription.messages",
            "websocket.login.message", "websocket.heartbeat.message", "websocket.reply.rules", "websocket.preconnect.body");

    private final List<String> secrets;

    private Mask(Set<String> secrets) {
        this.secrets = secrets.stream().filter(secret -> secret.length() >= SHORTEST).sorted(Comparator.comparingInt(String::length).reversed())
                .collect(Collectors.toList());
    }

    static Mask of(Map<String, String> config) {
        Set<String> secrets = new TreeSet<>();
        config.forEach((key, value) -> {
            if (SECRET_KEY.matcher(key).matches()) {
                words(value, secrets);
            }
        });
        for (String header : config.getOrDefault("websocket.headers", "").split(",")) {
            words(header.substring(header.indexOf(':') + 1), secrets);
        }
        for (String key : List.of("websocket.url", "websocket.urls", "websocket.proxy.url", "websocket.preconnect.url",
                "websocket.auth.oauth2.token.url")) {
            for (String url : config.getOrDefault(key, "").split(",")) {
                url(url.trim(), secrets);
            }
        }
        try {
            new ObjectMapper().readTree(config.getOrDefault("websocket.preconnect.headers", "{}")).forEach(value -> words(value.asText(), secrets));
        } catch (JsonProcessingException e) {
            // Validation says so.
        }
        MESSAGES.forEach(key -> message(config.getOrDefault(key, ""), secrets));
        return new Mask(secrets);
    }

    /** A value and its parts, without the white space at its ends, which is not sent: the token behind Bearer, or what a cookie is set to. */
    private static void words(String value, Set<String> secrets) {
        secrets.add(value.trim());
        for (String word : value.trim().split("[\\s;,&]+")) {
            if (word.length() >= SHORTEST_WORD) {
                secrets.add(word);
                secrets.add(word.substring(word.indexOf('=') + 1));
            }
        }
    }

    private static void url(String url, Set<String> secrets) {
        int authority = url.indexOf("://") + 3;
        int end = url.indexOf('/', authority);
        int at = url.substring(0, end < 0 ? url.length() : end).lastIndexOf('@');
        if (at > authority) {
            for (String part : url.substring(authority, at).split(":")) {
                add(part, secrets);
            }
        }
        int query = url.indexOf('?');
        if (query >= 0) {
            for (String pair : url.substring(query + 1).split("[&#]")) {
                String name = pair.substring(0, Math.max(0, pair.indexOf('=')));
                if (SECRET_MEMBER.matcher(name).matches()) {
                    add(pair.substring(name.length() + 1), secrets);
                }
            }
        }
    }

    private static void add(String encoded, Set<String> secrets) {
        secrets.add(encoded);
        try {
            secrets.add(URLDecoder.decode(encoded, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            // It is not encoded.
        }
    }

    private static void message(String text, Set<String> secrets) {
        try {
            members(new ObjectMapper().readTree(text), secrets);
        } catch (JsonProcessingException e) {
            // No JSON, so nothing in it has a name.
        }
    }

    private static void members(JsonNode json, Set<String> secrets) {
        json.fieldNames().forEachRemaining(name -> {
            JsonNode value = json.path(name);
            if (value.isValueNode() && !value.asText().contains("{{") && SECRET_MEMBER.matcher(name).matches()) {
                secrets.add(value.asText());
            }
        });
        json.forEach(element -> members(element, secrets));
    }

    /** The text without secrets. */
    String hide(String text) {
        String shown = text;
        for (String secret : secrets) {
            shown = shown.replace(secret, "***");
        }
        return shown;
    }

    /** As {@link #hide}, on one line, without control characters and cut at so many characters. */
    String excerpt(String text, int most) {
        StringBuilder shown = new StringBuilder();
        // A secret may lie across the cut.
        String hidden = hide(text.substring(0, Math.min(text.length(), most + LONGEST)));
        hidden.codePoints().limit(most).forEach(point -> {
            int type = Character.getType(point);
            if (type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR) {
                shown.append(String.format("\\u%04x", point));
            } else {
                shown.appendCodePoint(point);
            }
        });
        return shown + (hidden.length() > most ? "…" : "");
    }
}
