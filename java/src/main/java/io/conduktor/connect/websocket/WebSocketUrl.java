package io.conduktor.connect.websocket;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * A ws:// or wss:// URL (RFC 6455, section 3), split without {@link java.net.URI}, which refuses characters such as {@code |}
 * and <code>{</code> that real feeds have in their queries. Messages of this class never repeat the URL: it may hold secrets.
 */
final class WebSocketUrl {
    private static final int JMX_LENGTH = 50;
    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    private final String raw;
    private final boolean secure;
    private final String host;
    private final int port;
    private final String sanitized;

    private WebSocketUrl(String raw, boolean secure, String host, int port, String sanitized) {
        this.raw = raw;
        this.secure = secure;
        this.host = host;
        this.port = port;
        this.sanitized = sanitized;
    }

    /**
     * Splits and checks a URL.
     *
     * @throws IllegalArgumentException with a sentence that continues "websocket.url …" and does not repeat the value
     */
    static WebSocketUrl parse(String raw) {
        require(raw != null && !raw.trim().isEmpty(), "must not be empty");
        require(raw.chars().noneMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c)),
                "must not contain spaces or control characters");
        int schemeEnd = raw.indexOf("://");
        String scheme = schemeEnd < 0 ? "" : raw.substring(0, schemeEnd).toLowerCase(Locale.ROOT);
        require(scheme.equals("ws") || scheme.equals("wss"), "must start with ws:// or wss://");
        require(raw.indexOf('#') < 0, "must not have a fragment (#…): RFC 6455 forbids it, and a # in a query is written %23");

        int authorityStart = schemeEnd + 3;
        int authorityEnd = firstOf(raw, "/?", authorityStart);
        String authority = raw.substring(authorityStart, authorityEnd);
        // URL parsers disagree on where a host ends at a backslash: none is let through to find out.
        require(authority.indexOf('\\') < 0, "must not contain a backslash before the path");
        String hostAndPort = authority.substring(authority.lastIndexOf('@') + 1);
        int hostEnd = hostEnd(hostAndPort);
        String host = hostAndPort.substring(0, hostEnd);
        checkHost(host);
        boolean secure = scheme.equals("wss");
        int port = port(hostAndPort.substring(hostEnd), secure);
        int queryStart = firstOf(raw, "?", authorityEnd);
        String sanitized = raw.substring(0, authorityStart) + hostAndPort + raw.substring(authorityEnd, queryStart);
        return new WebSocketUrl(raw, secure, host, port, sanitized);
    }

    private static int hostEnd(String hostAndPort) {
        if (hostAndPort.startsWith("[")) {
            int bracket = hostAndPort.indexOf(']');
            require(bracket > 0, "has an IPv6 address without its closing bracket");
            return bracket + 1;
        }
        return firstOf(hostAndPort, ":", 0);
    }

    private static void checkHost(String host) {
        require(!host.isEmpty(), "must name a host");
        if (host.startsWith("[")) {
            String address = host.substring(1, host.length() - 1);
            require(address.indexOf(':') >= 0 && address.indexOf('%') < 0 && isUriHost(host), "has an IPv6 address that is not one");
        } else {
            require(firstOf(host, "<>\"^`{|}%[]", 0) == host.length(), "has a host name with illegal characters");
            // A host whose last part is a number is an IPv4 address or nothing (WHATWG URL standard, host parsing).
            require(!host.matches("(.*\\.)?[0-9]+\\.?") || host.matches("(" + OCTET + "\\.){3}" + OCTET),
                    "has an IPv4 address that is not one");
        }
    }

    private static boolean isUriHost(String host) {
        try {
            return new URI("ws://" + host + "/").getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static int port(String colonAndPort, boolean secure) {
        if (colonAndPort.isEmpty()) {
            return secure ? 443 : 80;
        }
        require(colonAndPort.matches(":[0-9]{1,5}"), "must have a port between 1 and 65535");
        int port = Integer.parseInt(colonAndPort.substring(1));
        require(port >= 1 && port <= 65535, "must have a port between 1 and 65535");
        return port;
    }

    private static int firstOf(String text, String characters, int from) {
        for (int i = from; i < text.length(); i++) {
            if (characters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return text.length();
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(problem);
        }
    }

    /** The URL as configured. May hold secrets: for the engine only. */
    String raw() {
        return raw;
    }

    /** Whether this is wss://. */
    boolean isSecure() {
        return secure;
    }

    /** Whether the URL carries a user or a password. */
    boolean hasUserinfo() {
        int start = raw.indexOf("://") + 3;
        return raw.substring(start, firstOf(raw, "/?", start)).indexOf('@') >= 0;
    }

    /** The host; an IPv6 address keeps its brackets. */
    String host() {
        return host;
    }

    /** The port, 80 or 443 where the URL names none. */
    int port() {
        return port;
    }

    /** Scheme, host and port; null if the host is no URI's. */
    URI origin() {
        return Proxies.origin(secure ? "wss" : "ws", host, port);
    }

    /** The URL without userinfo and query: what may be shown and stored. Equal to {@link #raw} if it has neither. */
    String sanitized() {
        return sanitized;
    }

    /** The value of {@code url} in the MBean's name: no scheme, {@code [A-Za-z0-9._-]} only, at most 50 characters. */
    String jmxValue() {
        String value = sanitized.substring(sanitized.indexOf("://") + 3).replaceAll("[^A-Za-z0-9._-]", "_");
        return value.substring(0, Math.min(JMX_LENGTH, value.length()));
    }

    /** Whether the host is this machine by name or address, so that plain ws:// does not leave it. */
    boolean isLoopback() {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost") || name.endsWith(".localhost") || name.equals("[::1]")
                || name.matches("127(\\.[0-9]{1,3}){3}");
    }

    @Override
    public String toString() {
        return sanitized;
    }
}
