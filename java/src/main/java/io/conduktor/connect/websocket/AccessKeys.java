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
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_BODY_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_EXTRACT_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_HEADERS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_METHOD_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PRECONNECT_URL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_FATAL_HTTP_STATUSES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_MESSAGES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** What a server wants before it lets us in: who we are, and what another endpoint has to tell first. */
final class AccessKeys {
    static final String BEARER = "bearer";
    static final String BASIC = "basic";
    static final String OAUTH2 = "oauth2";
    static final String POST = "POST";

    private static final String CREDENTIALS = "Credentials";
    private static final String PRECONNECT = "Before connecting";

    private static final ConfigDef.Validator HTTP_URL = ConfigChecks.unlessEmpty(ConfigChecks.check("http:// or https:// URL",
            value -> WebSocketUrl.parseHttp((String) value)));
    private static final ConfigDef.Validator TOKEN_URL = ConfigChecks.unlessEmpty(ConfigChecks.check("http:// or https:// URL", value -> {
        if (WebSocketUrl.parseHttp((String) value).hasUserinfo()) {
            throw new IllegalArgumentException("must not hold a user or a password: use " + AUTH_OAUTH2_CLIENT_ID_CONFIG + " and "
                    + AUTH_OAUTH2_CLIENT_SECRET_CONFIG);
        }
        if (TemplateText.isTemplate((String) value)) {
            throw new IllegalArgumentException("must not be a template");
        }
    }));
    private static final ConfigDef.Validator USERNAME = ConfigChecks.check("text without control characters and colons", value -> {
        if (!RequestHeaders.isValue((String) value) || ((String) value).indexOf(':') >= 0) {
            throw new IllegalArgumentException("must not contain control characters, nor a colon, which ends it (RFC 7617)");
        }
    });

    private AccessKeys() {
    }

    static void define(ConfigDef definition) {
        defineCredentials(definition);
        definePreconnect(definition);
    }

    private static void defineCredentials(ConfigDef definition) {
        definition
            .define(AUTH_TYPE_CONFIG, Type.STRING, null, ConfigChecks.unlessEmpty(ConfigChecks.oneOf("none", BEARER, BASIC, OAUTH2)),
                    Importance.MEDIUM,
                    "What the Authorization header of the opening handshake is made of. bearer: " + AUTH_TOKEN_CONFIG + ". basic: "
                            + AUTH_USERNAME_CONFIG + " and " + AUTH_PASSWORD_CONFIG + ". oauth2: a token that is asked for at "
                            + AUTH_OAUTH2_TOKEN_URL_CONFIG + ". Each wins over an Authorization header configured elsewhere and over the URL's "
                            + "userinfo. none: nothing but these. By default bearer where " + AUTH_TOKEN_CONFIG + " is set, else none.",
                    CREDENTIALS, 1, Width.SHORT, "Authentication")
            .define(AUTH_USERNAME_CONFIG, Type.STRING, null, USERNAME, Importance.MEDIUM,
                    "The user of Basic authentication (RFC 7617).",
                    CREDENTIALS, 2, Width.MEDIUM, "Username")
            .define(AUTH_PASSWORD_CONFIG, Type.PASSWORD, null, ConfigChecks.TOKEN, Importance.MEDIUM,
                    "The password that belongs to " + AUTH_USERNAME_CONFIG + ".",
                    CREDENTIALS, 3, Width.MEDIUM, "Password")
            .define(AUTH_OAUTH2_TOKEN_URL_CONFIG, Type.STRING, null, TOKEN_URL, Importance.MEDIUM,
                    "The http:// or https:// URL at which a token is asked for with the client's credentials (OAuth 2.0, RFC 6749 section 4.4). The "
                            + "token is kept until shortly before it expires (a fifth of its time, at most a minute), for all connections of "
                            + "the task, and given up when the opening handshake is answered with 401: the next attempt asks for a new one. "
                            + "Where the answer has no expires_in each attempt asks. websocket.ssl.* and the proxy hold for this call, and "
                            + CONNECTION_TIMEOUT_MS_CONFIG + " covers it. A status of " + RECONNECT_FATAL_HTTP_STATUSES_CONFIG
                            + " fails the task here as well.",
                    CREDENTIALS, 4, Width.LONG, "OAuth2 token URL")
            .define(AUTH_OAUTH2_CLIENT_ID_CONFIG, Type.STRING, null, Importance.MEDIUM,
                    "The name under which the token endpoint knows this client.",
                    CREDENTIALS, 5, Width.MEDIUM, "OAuth2 client id")
            .define(AUTH_OAUTH2_CLIENT_SECRET_CONFIG, Type.PASSWORD, null, Importance.MEDIUM,
                    "The client's secret.",
                    CREDENTIALS, 6, Width.MEDIUM, "OAuth2 client secret")
            .define(AUTH_OAUTH2_SCOPE_CONFIG, Type.STRING, null, Importance.LOW,
                    "The scopes to ask for, separated by spaces.",
                    CREDENTIALS, 7, Width.MEDIUM, "OAuth2 scope")
            .define(AUTH_OAUTH2_CLIENT_AUTH_CONFIG, Type.STRING, BASIC, ConfigChecks.unlessEmpty(ConfigChecks.oneOf(BASIC, "post")), Importance.LOW,
                    "How the client says who it is: basic, in an Authorization header; post, in the form that it sends. Some servers know only "
                            + "one of them.",
                    CREDENTIALS, 8, Width.SHORT, "OAuth2 client authentication")
            .define(AUTH_OAUTH2_PARAMS_CONFIG, Type.PASSWORD, null, Importance.LOW,
                    "Further parameters of the token request that some servers want, as a JSON object, such as "
                            + "{\"audience\":\"https://api.example.com/\"}.",
                    CREDENTIALS, 9, Width.LONG, "OAuth2 parameters");
    }

    private static void definePreconnect(ConfigDef definition) {
        definition
            .define(PRECONNECT_URL_CONFIG, Type.STRING, null, HTTP_URL, Importance.MEDIUM,
                    "An http:// or https:// URL to call before each attempt to connect, for servers that hand out a token or a URL for one "
                            + "connection. A template, as " + WEBSOCKET_URL_CONFIG + ". Anything but success (2xx) fails the attempt, and so does an "
                            + "answer without what " + PRECONNECT_EXTRACT_CONFIG + " takes from it; redirects are not followed. websocket.ssl.* and "
                            + "the proxy hold for this call, and " + CONNECTION_TIMEOUT_MS_CONFIG + " covers it. A status of "
                            + RECONNECT_FATAL_HTTP_STATUSES_CONFIG + " fails the task here as well, and Retry-After is obeyed.",
                    PRECONNECT, 1, Width.LONG, "Preconnect URL")
            .define(PRECONNECT_METHOD_CONFIG, Type.STRING, "GET", ConfigChecks.unlessEmpty(ConfigChecks.oneOf("GET", POST)), Importance.LOW,
                    "The method of that call.",
                    PRECONNECT, 2, Width.SHORT, "Preconnect method")
            .define(PRECONNECT_HEADERS_CONFIG, Type.PASSWORD, null, Importance.LOW,
                    "The headers of that call, as a JSON object whose values are templates, such as {\"X-Api-Key\":\"{{secret.key}}\"}.",
                    PRECONNECT, 3, Width.LONG, "Preconnect headers")
            .define(PRECONNECT_BODY_CONFIG, Type.PASSWORD, null, Importance.LOW,
                    "What that call sends, a template; url(…) encodes a value for a form. Without a Content-Type among the headers it is said to be "
                            + "application/json if it begins with { or [, else application/x-www-form-urlencoded.",
                    PRECONNECT, 4, Width.LONG, "Preconnect body")
            .define(PRECONNECT_EXTRACT_CONFIG, Type.STRING, null, Importance.MEDIUM,
                    "What to take from the JSON answer of that call, as a JSON object of names and JSON Pointers (RFC 6901), such as "
                            + "{\"token\":\"/data/token\"}. {{pre.token}} is then the text, the number or the truth value that was found there, in "
                            + WEBSOCKET_URL_CONFIG + ", in headers, and in messages as in " + SUBSCRIPTION_MESSAGES_CONFIG + ".",
                    PRECONNECT, 5, Width.LONG, "Preconnect extract");
    }

    /** What the Authorization header is made of. */
    static String type(ConfigValues values) {
        String type = values.text(AUTH_TYPE_CONFIG);
        if (type != null) {
            return type;
        }
        return values.isSet(AUTH_TOKEN_CONFIG) ? BEARER : "none";
    }
}
