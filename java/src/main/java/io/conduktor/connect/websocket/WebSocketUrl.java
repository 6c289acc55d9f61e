package io.conduktor.connect.websocket;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * A ws:// or wss:// URL (RFC 6455, section 3), or that of an HTTP call before the connection; may be a template. Split without
 * {@link java.net.URI}, which refuses characters such as {@code |} and <code>{</code> that real feeds have in their queries. Messages of this class never repeat the URL: it may hold secrets.
 */
final class WebSocketUrl {
    private static final int JMX_LENGTH = 50;
    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    private final String raw;
    /** Null: an expression brings it. */
    private final String scheme;
    /** Null: there is none. */
    private final String userinfo;
    /** Null: an expression brings it. */
    private final String host;
    private final int port;
    private final String sanitized;

    private WebSocketUrl(String raw, String scheme, String userinfo, String host, int port, String sanitized) {
        this.raw = raw;
        this.scheme = scheme;
        this.userinfo = userinfo;
        this.host = host;
        this.port = port;
        this.sanitized = sanitized;
    }

    /**
     * Splits and checks a URL, as far as it is known where it is a template.
     *
     * @throws IllegalArgumentException with a sentence that continues "websocket.url …" and does not repeat the value
     */
    static WebSocketUrl parse(String raw) {
        return parse(raw, "ws", "wss");
    }

    /** As {@link #parse(String)}, of an http:// or https:// URL. */
    static WebSocketUrl parseHttp(String raw) {
        return parse(raw, "http", "https");
    }

    private static WebSocketUrl parse(String raw, String plain, String secure) {
        require(raw != null && !raw.trim().isEmpty(), "must not be empty");
        // Of the same length: what stands in an expression splits nothing.
        String known = TemplateText.masked(raw);
        require(known.chars().noneMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c)),
                "must not contain spaces or control characters");
        int schemeEnd = known.indexOf("://");
        boolean hasScheme = schemeEnd >= 0 && schemeEnd < firstOf(known, "/?", 0);
        boolean schemeless = raw.startsWith("{{") && !raw.equals(known) && !hasScheme;
        String scheme = schemeEnd < 0 ? "" : raw.substring(0, schemeEnd).toLowerCase(Locale.ROOT);
        require(schemeless || scheme.equals(plain) || scheme.equals(secure), "must start with " + plain + ":// or " + secure + "://");
        require(known.indexOf('#') < 0, "must not have a fragment (#…): RFC 6455 forbids it, and a # in a query is written %23");

        int authorityStart = schemeless ? 0 : schemeEnd + 3;
        int authorityEnd = firstOf(known, "/?", authorityStart);
        String authority = known.substring(authorityStart, authorityEnd);
        // URL parsers disagree on where a host ends at a backslash: none is let through to find out.
        require(authority.indexOf('\\') < 0, "must not contain a backslash before the path");
        int hostStart = authorityStart + authority.lastIndexOf('@') + 1;
        String hostAndPort = known.substring(hostStart, authorityEnd);
        int hostEnd = hostEnd(hostAndPort);
        String host = hostAndPort.substring(0, hostEnd);
        checkHost(host);
        boolean hostIsKnown = raw.startsWith(host, hostStart);
        int port = schemeless ? 0 : port(hostAndPort.substring(hostEnd), scheme.equals(secure));
        int queryStart = firstOf(known, "?", authorityEnd);
        String sanitized = raw.substring(0, authorityStart) + raw.substring(hostStart, queryStart);
        String userinfo = hostStart == authorityStart ? null : raw.substring(authorityStart, hostStart - 1);
        return new WebSocketUrl(raw, schemeless ? null : scheme, userinfo, hostIsKnown ? host : null, port, sanitized);
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

    /** Whether this is wss:// or https://, or may become that. */
    boolean isSecure() {
        return scheme == null || scheme.length() > 2 && scheme.endsWith("s");
    }

    /** Whether the URL carries a user or a password. */
    boolean hasUserinfo() {
        return userinfo != null;
    }

    /** The host, for texts; an IPv6 address keeps its brackets. */
    String host() {
        return host == null ? "the host that " + sanitized + " becomes" : host;
    }

    /** The port, 80 or 443 where the URL names none. */
    int port() {
        return port;
    }

    /** Scheme (ws or wss, for http and https too), host and port; null if the host is not known before an attempt to connect. */
    URI origin() {
        return scheme == null || host == null ? null : Proxies.origin(isSecure() ? "wss" : "ws", host, port);
    }

    /** The URL without userinfo and query: what may be shown and stored. Equal to {@link #raw} if it has neither. */
    String sanitized() {
        return sanitized;
    }

    /** The value of {@code url} in the MBean's name: no scheme, {@code [A-Za-z0-9._-]} only, at most 50 characters. */
    String jmxValue() {
        String value = (scheme == null ? sanitized : sanitized.substring(scheme.length() + 3)).replaceAll("[^A-Za-z0-9._-]", "_");
        return value.substring(0, Math.min(JMX_LENGTH, value.length()));
    }

    /** Whether the host is this machine by name or address, so that plain ws:// does not leave it. */
    boolean isLoopback() {
        String name = host == null ? "" : host.toLowerCase(Locale.ROOT);
        return name.equals("localhost") || name.endsWith(".localhost") || name.equals("[::1]")
                || name.matches("127(\\.[0-9]{1,3}){3}");
    }

    @Override
    public String toString() {
        return sanitized;
    }
}
