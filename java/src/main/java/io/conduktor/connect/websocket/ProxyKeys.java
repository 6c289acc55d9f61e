package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.CONNECTION_TIMEOUT_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PROXY_PASSWORD_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PROXY_URL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PROXY_USERNAME_CONFIG;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** Which proxy leads to the server. */
final class ProxyKeys {
    private static final String PROXY = "Proxy";

    /** RFC 7617 has no control characters, and RFC 1929 no use for them. */
    private static final ConfigDef.Validator USERNAME = ConfigChecks.check("text without control characters", value -> {
        if (!RequestHeaders.isValue((String) value)) {
            throw new IllegalArgumentException("must not contain line breaks or other control characters");
        }
    });

    private ProxyKeys() {
    }

    static void define(ConfigDef definition) {
        definition
            .define(PROXY_URL_CONFIG, Type.STRING, null, ConfigChecks.unlessEmpty(ProxyUrl.VALIDATOR), Importance.MEDIUM,
                    "The proxy between the worker and the server: http://host:port or https://host:port (a CONNECT tunnel, for ws:// too; https:// "
                            + "speaks TLS to the proxy) or socks5://host:port. The proxy looks the server's name up. direct: none, whatever "
                            + "the JVM says. If not set, what the worker's JVM would use, asked before each attempt to connect: the system "
                            + "properties https.proxyHost for wss://, http.proxyHost for ws://, socksProxyHost and http.nonProxyHosts, or "
                            + "another ProxySelector. " + CONNECTION_TIMEOUT_MS_CONFIG + " covers the proxy as well.",
                    PROXY, 1, Width.LONG, "Proxy URL")
            .define(PROXY_USERNAME_CONFIG, Type.STRING, null, USERNAME, Importance.LOW,
                    "Who we are to the proxy, whether " + PROXY_URL_CONFIG + " or the JVM names it: Basic authentication, or username and password "
                            + "of SOCKS 5. If not set, the JVM's java.net.Authenticator is asked, if it has one, about proxies that the JVM names.",
                    PROXY, 2, Width.MEDIUM, "Proxy username")
            .define(PROXY_PASSWORD_CONFIG, Type.PASSWORD, null, ConfigChecks.TOKEN, Importance.LOW,
                    "The password that belongs to " + PROXY_USERNAME_CONFIG + ".",
                    PROXY, 3, Width.MEDIUM, "Proxy password");
    }
}
