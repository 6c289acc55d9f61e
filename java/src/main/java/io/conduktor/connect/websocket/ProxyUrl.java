package io.conduktor.connect.websocket;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef;

/** What {@code websocket.proxy.url} may be. Messages of this class never repeat it: it may hold a password where none belongs. */
final class ProxyUrl {
    /** No proxy, whatever the JVM says. */
    static final String DIRECT = "direct";
    private static final List<String> SCHEMES = List.of("http", "https", "socks5");

    static final ConfigDef.Validator VALIDATOR = ConfigChecks.check("http://, https:// or socks5:// with host and port, or " + DIRECT,
            value -> check((String) value));

    private ProxyUrl() {
    }

    /** Whether it stands for no proxy. */
    static boolean isDirect(String value) {
        return value.equals(DIRECT);
    }

    private static void check(String value) {
        if (isDirect(value)) {
            return;
        }
        URI url;
        try {
            url = new URI(value);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("must be a URL such as http://proxy.example.com:3128, or " + DIRECT);
        }
        require(url.getScheme() != null && SCHEMES.contains(url.getScheme().toLowerCase(Locale.ROOT)),
                "must start with http://, https:// or socks5://, or be " + DIRECT);
        require(url.getRawAuthority() == null || url.getRawAuthority().indexOf('@') < 0, "must not hold a username or a password: use "
                + WebSocketSourceConnectorConfig.PROXY_USERNAME_CONFIG + " and " + WebSocketSourceConnectorConfig.PROXY_PASSWORD_CONFIG);
        String host = url.getHost();
        int port = url.getPort();
        String authority = url.getRawAuthority();
        if (host == null && authority != null && authority.matches("[\\w.-]+:[0-9]{1,5}")) { // No URI's host, but one of a network.
            host = authority.replaceFirst(":.*", "");
            port = Integer.parseInt(authority.substring(host.length() + 1));
        }
        require(host != null, "must name a host");
        require(port >= 1 && port <= 65535, "must name a port between 1 and 65535");
        require((url.getRawPath() == null || url.getRawPath().isEmpty() || url.getRawPath().equals("/")) && url.getRawQuery() == null
                && url.getRawFragment() == null, "must have a host and a port only");
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(problem);
        }
    }
}
