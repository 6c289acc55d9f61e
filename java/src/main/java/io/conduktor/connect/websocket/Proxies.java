package io.conduktor.connect.websocket;

import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.MalformedURLException;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;

/**
 * The ways from the worker to the servers, as the session's settings have them: what {@code websocket.proxy.url} says, or else what the JVM
 * would use. The engine tries several in their order; of its failures the {@link ProxySelector} is not told.
 */
final class Proxies {
    private static final String ANY = "*";

    /** Stands for what is talked to at a host that is known only before an attempt to connect. */
    static final URI UNKNOWN = URI.create("wss://unknown.invalid:443/");

    private Proxies() {
    }

    /**
     * The entries of the settings; none means that every way is direct. {@code origins} are the URLs of everything that is talked to, ws, wss, http
     * or https, of which host and port matter, or {@link #UNKNOWN}; {@code jvm} is the JVM's selector and may be null. Holds a secret: never to be shown.
     *
     * @throws ConfigException if the JVM's selector does not say what can be used
     */
    static List<Map<String, Object>> of(WebSocketSourceConnectorConfig config, List<URI> origins, ProxySelector jvm) {
        String url = config.getProxyUrl();
        List<Map<String, Object>> entries = new ArrayList<>();
        if (url != null) {
            if (!ProxyUrl.isDirect(url)) {
                entries.add(entry(ANY, url, login(config)));
            }
            return entries;
        }
        if (jvm == null) {
            return entries;
        }
        boolean hasUnknown = origins.contains(UNKNOWN);
        for (URI origin : origins) {
            // The JVM's clients go directly to what is no URI's host, such as one with an underscore.
            List<Proxy> proxies = origin.getHost() == null ? List.of() : select(jvm, origin);
            if (proxies.stream().allMatch(proxy -> proxy.type() == Proxy.Type.DIRECT)) {
                if (hasUnknown && !origin.equals(UNKNOWN)) { // The proxies of what is unknown are not for this.
                    entries.add(entry(named(origin), ProxyUrl.DIRECT, null));
                }
                continue;
            }
            for (Proxy proxy : proxies) {
                entries.add(of(proxy, origin, config));
            }
        }
        return entries;
    }

    /** A URL of which only scheme, host and port matter here. If its host is no URI's, the URL has an authority and no host. */
    static URI origin(String scheme, String host, int port) {
        try {
            return new URI(scheme, null, host, port, "/", null, null);
        } catch (URISyntaxException e) {
            try {
                return new URI(scheme, host + ":" + port, "/", null, null);
            } catch (URISyntaxException impossible) {
                throw new IllegalArgumentException("must name a host", impossible); // Whoever parsed the URL has checked it.
            }
        }
    }

    private static List<Proxy> select(ProxySelector jvm, URI origin) {
        // As the JVM's own clients ask: it knows nothing of ws and wss.
        String scheme = origin.getScheme().equals("wss") || origin.getScheme().equals("https") ? "https" : "http";
        List<Proxy> proxies;
        try {
            proxies = jvm.select(origin(scheme, origin.getHost(), origin.getPort()));
        } catch (RuntimeException e) { // Somebody else's code; its text may be anything.
            throw new ConfigException("the JVM's " + jvm.getClass().getName() + " cannot say which proxy leads to " + origin.getHost() + ":"
                    + origin.getPort() + ", it failed with " + e.getClass().getName() + "; set "
                    + WebSocketSourceConnectorConfig.PROXY_URL_CONFIG);
        }
        return proxies == null ? List.of() : proxies;
    }

    private static String named(URI origin) {
        return origin.equals(UNKNOWN) ? ANY : origin.getScheme() + "://" + origin.getRawAuthority();
    }

    private static Map<String, Object> of(Proxy proxy, URI origin, WebSocketSourceConnectorConfig config) {
        String origins = named(origin);
        if (proxy.type() == Proxy.Type.DIRECT) {
            return entry(origins, ProxyUrl.DIRECT, null);
        }
        SocketAddress address = proxy.address();
        if (!(address instanceof InetSocketAddress)) {
            throw new ConfigException("the JVM's proxy for " + origins + " has no host and port; set " + WebSocketSourceConnectorConfig.PROXY_URL_CONFIG);
        }
        InetSocketAddress internet = (InetSocketAddress) address;
        String host = internet.getHostString();
        boolean isV6 = host.indexOf(':') >= 0 && !host.startsWith("[");
        boolean isSocks = proxy.type() == Proxy.Type.SOCKS;
        String url = (isSocks ? "socks5://" : "http://") + (isV6 ? "[" + host + "]" : host) + ":" + internet.getPort();
        PasswordAuthentication login = login(config);
        return entry(origins, url, login == null ? jvmLogin(internet, isSocks, origin) : login);
    }

    private static Map<String, Object> entry(String origin, String url, PasswordAuthentication login) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("for", origin);
        entry.put("url", url);
        if (login != null) {
            entry.put("username", login.getUserName());
            entry.put("password", new String(login.getPassword()));
        }
        return entry;
    }

    private static PasswordAuthentication login(WebSocketSourceConnectorConfig config) {
        String username = config.getProxyUsername();
        String password = config.getProxyPassword();
        return username == null ? null : new PasswordAuthentication(username, password == null ? new char[0] : password.toCharArray());
    }

    /** What the JVM's own clients would tell this proxy, or null. */
    private static PasswordAuthentication jvmLogin(InetSocketAddress proxy, boolean isSocks, URI origin) {
        PasswordAuthentication login = Authenticator.getDefault() == null ? null : asked(proxy, isSocks, origin);
        String username = System.getProperty("java.net.socks.username");
        if (login == null && isSocks && username != null) {
            login = new PasswordAuthentication(username, System.getProperty("java.net.socks.password", "").toCharArray());
        }
        return login == null || login.getUserName() == null ? null : login;
    }

    private static PasswordAuthentication asked(InetSocketAddress proxy, boolean isSocks, URI origin) {
        try {
            return isSocks
                    ? Authenticator.requestPasswordAuthentication(proxy.getHostString(), proxy.getAddress(), proxy.getPort(), "SOCKS5",
                            "SOCKS authentication", null)
                    : Authenticator.requestPasswordAuthentication(proxy.getHostString(), proxy.getAddress(), proxy.getPort(), "http", "", "Basic",
                            httpUrl(origin), Authenticator.RequestorType.PROXY);
        } catch (RuntimeException e) { // Somebody else's code; its text may be anything.
            throw new ConfigException("the JVM's Authenticator cannot say who we are to the proxy " + proxy.getHostString() + ":" + proxy.getPort()
                    + ", it failed with " + e.getClass().getName() + "; set " + WebSocketSourceConnectorConfig.PROXY_USERNAME_CONFIG);
        }
    }

    private static URL httpUrl(URI origin) {
        boolean isSecure = origin.getScheme().equals("wss") || origin.getScheme().equals("https");
        try {
            return origin(isSecure ? "https" : "http", origin.getHost(), origin.getPort()).toURL();
        } catch (MalformedURLException e) {
            return null; // The JVM knows both schemes.
        }
    }
}
