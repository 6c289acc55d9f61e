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
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_BODY_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_EXTRACT_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_HEADERS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_METHOD_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_URL_CONFIG;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** What a session's settings say of who we are and of the call before each attempt (docs/DESIGN.md, Settings). */
final class AccessSettings {
    /** The keys of URLs that are called before a connection. */
    static final List<String> CALLED = List.of(AUTH_OAUTH2_TOKEN_URL_CONFIG, PRECONNECT_URL_CONFIG);

    private AccessSettings() {
    }

    /** What is set, by name. Holds secrets: never to be shown. */
    static Map<String, Object> of(ConfigValues values) {
        Map<String, Object> settings = new LinkedHashMap<>();
        String type = AccessKeys.type(values);
        if (values.isSet(AUTH_TYPE_CONFIG) || values.isSet(AUTH_TOKEN_CONFIG)) {
            settings.put("auth", auth(type, values));
        }
        if (values.isSet(PRECONNECT_URL_CONFIG)) {
            Map<String, Object> preconnect = new LinkedHashMap<>();
            put(preconnect, "url", values.text(PRECONNECT_URL_CONFIG));
            put(preconnect, "method", values.text(PRECONNECT_METHOD_CONFIG));
            put(preconnect, "headers", values.text(PRECONNECT_HEADERS_CONFIG));
            put(preconnect, "body", values.text(PRECONNECT_BODY_CONFIG));
            put(preconnect, "extract", values.text(PRECONNECT_EXTRACT_CONFIG));
            settings.put("preconnect", preconnect);
        }
        return settings;
    }

    /** The URLs that are called before a connection, those that are set. */
    static Stream<WebSocketUrl> called(ConfigValues values) {
        return CALLED.stream().map(values::text).filter(Objects::nonNull).map(WebSocketUrl::parseHttp);
    }

    private static Map<String, Object> auth(String type, ConfigValues values) {
        Map<String, Object> auth = new LinkedHashMap<>();
        auth.put("type", type);
        switch (type) {
            case AccessKeys.BEARER:
                put(auth, "token", values.text(AUTH_TOKEN_CONFIG));
                break;
            case AccessKeys.BASIC:
                put(auth, "username", values.text(AUTH_USERNAME_CONFIG));
                put(auth, "password", values.text(AUTH_PASSWORD_CONFIG));
                break;
            case AccessKeys.OAUTH2:
                auth.put("oauth2", oauth2(values));
                break;
            default:
        }
        return auth;
    }

    private static Map<String, Object> oauth2(ConfigValues values) {
        Map<String, Object> oauth2 = new LinkedHashMap<>();
        put(oauth2, "token_url", values.text(AUTH_OAUTH2_TOKEN_URL_CONFIG));
        put(oauth2, "client_id", values.text(AUTH_OAUTH2_CLIENT_ID_CONFIG));
        put(oauth2, "client_secret", values.text(AUTH_OAUTH2_CLIENT_SECRET_CONFIG));
        put(oauth2, "scope", values.text(AUTH_OAUTH2_SCOPE_CONFIG));
        put(oauth2, "client_auth", values.text(AUTH_OAUTH2_CLIENT_AUTH_CONFIG));
        put(oauth2, "params", values.text(AUTH_OAUTH2_PARAMS_CONFIG));
        return oauth2;
    }

    private static void put(Map<String, Object> members, String name, Object value) {
        if (value != null) {
            members.put(name, value);
        }
    }
}
