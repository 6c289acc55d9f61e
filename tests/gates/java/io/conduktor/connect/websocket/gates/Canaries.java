package io.conduktor.connect.websocket.gates;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Secrets that can be recognised, one for each place where a configuration can hold one. */
final class Canaries {
    static final String USER = "canary-user-q1";
    /** With characters that the URL, JSON and headers write in different ways. */
    static final String PASSWORD = "canary/pass+word-q2";
    static final String QUERY = "canary-query-q3";
    static final String LISTED = "canary-listed-q4";
    static final String HEADER = "canary-header-q5";
    static final String PROTOCOL = "canary-protocol-q6";
    static final String TOKEN = "canary-token-q7";
    static final String SUBSCRIPTION = "canary-subscription-q8";
    static final String SECRET = "canary-secret-qa";
    static final String HEARTBEAT = "canary-heartbeat-qb";
    static final String REPLY = "canary-reply-qc";
    static final String LOGIN = "canary-login-qd";
    static final String MESSAGES = "canary-messages-qe";
    static final String STORE = "canary-store-qf";
    static final String KEY = "canary-key-qg";
    static final String KEY_PASSWORD = "canary-keypass-qh";
    static final String CERTIFICATE = "canary-certificate-qi";
    private static final String PROXY_PASSWORD = "canary-proxy-qj";
    private static final String FURTHER = "canary-further-qk";
    static final String BASIC = "canary-basic-qf";
    static final String CLIENT = "canary-client-qg";
    static final String PARAMETER = "canary-parameter-qh";
    static final String CALLED = "canary-called-qi";
    static final String CALL = "canary-call-qj";
    static final String BODY = "canary-body-qk";
    /** What every canary in a configuration begins with. */
    private static final String BEGINNING = "canary";

    /** How a key of the ConfigDef that can hold a secret is filled; {@code %s} is where the feed is. */
    private static final Map<String, String> SECRET_KEYS = Map.of(
        "websocket.url", "%s",
        "websocket.urls", "ws://" + FURTHER + ":" + FURTHER + "@localhost:1/?key=" + FURTHER,
        "websocket.proxy.password", PROXY_PASSWORD,
        "websocket.headers", "X-Listed:" + LISTED + ",X-Other:" + LISTED,
        "websocket.auth.token", TOKEN,
        "websocket.subscription.message", "{\"login\":{\"key\":\"" + SUBSCRIPTION + "\",\"n\":1}}",
        "websocket.heartbeat.message", "{\"beat\":\"" + HEARTBEAT + " {{secret.canary}}\"}",
        "websocket.reply.rules", "[{\"match\":\"/reply-to-this\",\"send\":\"" + REPLY + "\"}]");

    /**
     * The keys that can hold a secret and do not go together with those above, and what they need: a server that echoes acknowledges all.
     * What is empty is not set.
     */
    static final Map<String, String> LOGIN_KEYS = Map.of(
        "websocket.login.message", "{\"login\":\"" + LOGIN + " {{secret.canary}} {{hmac_sha256_hex(secret.canary, 'x')}}\"}",
        "websocket.login.ack.match", "/login",
        "websocket.subscription.messages", "[{\"sub\":\"" + MESSAGES + "\"}]",
        "websocket.subscription.ack.match", "/sub",
        "websocket.subscription.message", "");

    /** The same of TLS. Not among those above, since each of them alone is refused, or fails the task. */
    static final Map<String, String> TLS_KEYS = Map.of(
        "websocket.ssl.truststore.password", STORE,
        "websocket.ssl.truststore.certificates", CERTIFICATE,
        "websocket.ssl.keystore.password", STORE,
        "websocket.ssl.keystore.key", KEY,
        "websocket.ssl.keystore.certificate.chain", CERTIFICATE,
        "websocket.ssl.key.password", KEY_PASSWORD);

    /** As {@link #LOGIN_KEYS}, with a token of OAuth2 and a call before the connection. */
    static final Map<String, String> ACCESS_KEYS = Map.of(
        "websocket.auth.token", "",
        "websocket.auth.type", "oauth2",
        "websocket.auth.oauth2.client.id", "client",
        "websocket.auth.oauth2.client.secret", CLIENT,
        "websocket.auth.oauth2.params", "{\"audience\":\"" + PARAMETER + "\"}",
        "websocket.preconnect.url", "%s",
        "websocket.preconnect.method", "POST",
        "websocket.preconnect.headers", "{\"X-Call\":\"" + CALL + " {{secret.canary}}\"}",
        "websocket.preconnect.body", BODY + " {{hmac_sha256_hex(secret.canary, 'x')}}",
        "websocket.preconnect.extract", "{\"token\":\"/data/token\"}");

    /** As {@link #LOGIN_KEYS}, with user and password. */
    static final Map<String, String> BASIC_KEYS = Map.of(
        "websocket.auth.token", "",
        "websocket.auth.type", "basic",
        "websocket.auth.username", "user",
        "websocket.auth.password", BASIC);

    /** Keys whose values are no secrets; all keys of other types than these two are numbers and booleans. */
    private static final Set<String> PUBLIC_KEYS = Set.of("kafka.topic", "websocket.reconnect.exhausted.action",
        "websocket.reconnect.max.per.window", "websocket.reconnect.fatal.http.statuses", "websocket.reconnect.fatal.close.codes",
        "websocket.value.format", "websocket.payload.decompress", "websocket.overflow.policy", "websocket.oversize.action",
        "websocket.send.max.per.window",
        "websocket.subscription.ack.match", "websocket.subscription.error.match", "websocket.subscription.failure.action",
        "websocket.login.ack.match", "websocket.heartbeat.response.match", "websocket.reconnect.on.match", "websocket.connection.handover",
        "websocket.dedupe.pointer", "websocket.event.topic", "websocket.validate.connect", "websocket.ssl.truststore.location", "websocket.ssl.truststore.type",
        "websocket.ssl.keystore.location", "websocket.ssl.keystore.type", "websocket.ssl.endpoint.identification.algorithm", "websocket.ssl.protocol",
        "websocket.ssl.enabled.protocols", "websocket.ssl.server.name", "websocket.subprotocols", "websocket.proxy.url",
        "websocket.proxy.username",

        "websocket.auth.type", "websocket.auth.username", "websocket.auth.oauth2.token.url",
        "websocket.auth.oauth2.client.id", "websocket.auth.oauth2.scope", "websocket.auth.oauth2.client.auth", "websocket.preconnect.method",
        "websocket.preconnect.extract");
    private static final Set<String> TYPES_WITH_TEXT = Set.of("PASSWORD", "STRING", "LIST", "CLASS");

    private Canaries() {
    }

    /**
     * The keys that nothing here knows, of those that the worker tells ({@code GET /connector-plugins/NAME/config}): one that can hold text is
     * to be named as secret or as public.
     */
    static Set<String> unknownKeys(JsonNode definitions) {
        Set<String> unknown = new TreeSet<>();
        for (JsonNode key : definitions) {
            String name = key.path("name").asText();
            boolean ours = name.startsWith("websocket.") || name.equals("kafka.topic");
            if (ours && TYPES_WITH_TEXT.contains(key.path("type").asText()) && !isSecret(name) && !PUBLIC_KEYS.contains(name)) {
                unknown.add(name);
            }
        }
        return unknown;
    }

    /** The secret keys that are not of the type PASSWORD, which Connect hides where it shows values; URLs have to be shown in part. */
    static Set<String> secretKeysShown(JsonNode definitions) {
        Set<String> shown = new TreeSet<>();
        for (JsonNode key : definitions) {
            String name = key.path("name").asText();
            if (isSecret(name) && !key.path("type").asText().equals("PASSWORD")) {
                shown.add(name);
            }
        }
        return shown;
    }

    private static boolean isSecret(String key) {
        boolean known = Stream.of(SECRET_KEYS, LOGIN_KEYS, TLS_KEYS, ACCESS_KEYS, BASIC_KEYS).anyMatch(keys -> keys.containsKey(key));
        return known && !PUBLIC_KEYS.contains(key);
    }

    /** A canary in every key, for the feed at this URL, whose query may carry {@link #QUERY} as well. */
    static Map<String, String> configuration(String feedUrl) {
        String userinfo = USER + ":" + URLEncoder.encode(PASSWORD, StandardCharsets.UTF_8) + "@";
        Map<String, String> configuration = new LinkedHashMap<>(SECRET_KEYS);
        configuration.put("websocket.url", feedUrl.replaceFirst("://", "://" + userinfo));
        configuration.put("websocket.secret.canary", SECRET);
        configuration.put("websocket.proxy.username", "me");
        configuration.put("websocket.header.X-Api-Key", HEADER);
        configuration.put("websocket.header.Sec-WebSocket-Protocol", "v1, " + PROTOCOL);
        return configuration;
    }

    /** A block of PEM around a word that is neither a key nor a certificate. */
    static String pem(String label, String word) {
        String base64 = Base64.getEncoder().encodeToString(word.getBytes(StandardCharsets.UTF_8));
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }

    /** Each as it is configured, to be asked for by whoever wants to hear it back. */
    static List<String> words() {
        return List.of(USER, PASSWORD, QUERY, LISTED, HEADER, PROTOCOL, TOKEN, SUBSCRIPTION, SECRET, HEARTBEAT, REPLY, LOGIN, MESSAGES, BASIC,
            CLIENT, PARAMETER, CALLED, CALL, BODY);
    }

    /** What shows a secret: the canaries and what they become on the way. */
    static List<String> forms() {
        List<String> forms = new ArrayList<>(words());
        forms.add(URLEncoder.encode(PASSWORD, StandardCharsets.UTF_8));
        forms.add(PASSWORD.replace("/", "\\/"));
        forms.addAll(List.of(STORE, KEY, KEY_PASSWORD, CERTIFICATE));
        Stream.of(USER + ":" + PASSWORD, TOKEN, KEY, CERTIFICATE, "user:" + BASIC, "client:" + CLIENT).map(text -> Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)))
            .forEach(forms::add);
        return forms;
    }

    /** The forms that a text shows, in whatever case, and any other word that begins as canaries do. */
    static List<String> in(String text) {
        String folded = text.toLowerCase();
        List<String> found = new ArrayList<>(forms().stream().filter(form -> folded.contains(form.toLowerCase())).toList());
        if (found.isEmpty() && folded.contains(BEGINNING)) {
            int begin = folded.indexOf(BEGINNING);
            found.add("a piece: " + text.substring(begin, Math.min(text.length(), begin + 40)));
        }
        return found;
    }
}
