package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Which proxies the session is told of. Isolated: the JVM's proxies and authenticator are those of all its threads. */
@Isolated
class ProxiesTest {
    private static final Proxy HTTP = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy", 3128));
    private static final Proxy SOCKS = new Proxy(Proxy.Type.SOCKS, InetSocketAddress.createUnresolved("socks", 1080));

    private static WebSocketSourceConnectorConfig config(String... more) {
        Map<String, String> properties = new HashMap<>(Map.of("websocket.url", "wss://feed.example/?k=s3cret", "kafka.topic", "t"));
        for (int i = 0; i < more.length; i += 2) {
            properties.put(more[i], more[i + 1]);
        }
        return new WebSocketSourceConnectorConfig(properties);
    }

    private static ProxySelector selector(Function<String, List<Proxy>> select) {
        return new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                return select.apply(uri.toString());
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException failure) {
                throw new AssertionError(failure);
            }
        };
    }

    private static List<Map<String, Object>> of(WebSocketSourceConnectorConfig config, ProxySelector jvm) {
        return Proxies.of(config, config.origins(), jvm);
    }

    @Test
    void asksTheJvmAsItsOwnClientsDoAndKeepsItsOrder() {
        ProxySelector jvm = selector(uri -> {
            assertFalse(uri.contains("s3cret"));
            return uri.equals("https://feed.example:443/") ? List.of(HTTP, SOCKS, Proxy.NO_PROXY) : List.of(Proxy.NO_PROXY);
        });
        assertEquals(List.of(Map.of("for", "wss://feed.example:443", "url", "http://proxy:3128"),
                Map.of("for", "wss://feed.example:443", "url", "socks5://socks:1080"),
                Map.of("for", "wss://feed.example:443", "url", "direct")), of(config(), jvm));
        assertEquals(List.of(), of(config("websocket.url", "ws://feed.example/"), jvm));
        assertEquals(List.of(), of(config("websocket.url", "wss://feed_1.example/"), jvm));
        assertEquals(List.of(), of(config(), null));
        assertEquals(List.of(), of(config(), selector(uri -> null)));
    }

    @Test
    void asksForEachEndpoint() {
        ProxySelector jvm = selector(uri -> uri.equals("http://[2001:db8::1]:81/")
                ? List.of(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("2001:db8::2", 1))) : List.of(Proxy.NO_PROXY));
        assertEquals(List.of(Map.of("for", "ws://[2001:db8::1]:81", "url", "http://[2001:db8::2]:1")),
                of(config("websocket.urls", "wss://other.example/, ws://[2001:db8::1]:81/"), jvm));
    }

    @Test
    void whatIsKnownOnlyLaterGoesWhereUnknownHostsGoAndWhatIsNoUrisHostGoesDirectly() {
        ProxySelector jvm = selector(uri -> uri.contains("internal") ? List.of(Proxy.NO_PROXY) : List.of(HTTP));
        assertEquals(List.of(), of(config("websocket.url", "wss://feed_1.example/", "websocket.urls", "wss://feed.internal/"), jvm));
        assertEquals(List.of(Map.of("for", "ws://feed_1:8080", "url", "direct"), Map.of("for", "*", "url", "http://proxy:3128"),
                Map.of("for", "wss://feed.internal:443", "url", "direct")),
                of(config("websocket.url", "ws://feed_1:8080/", "websocket.urls", "wss://{{secret.h}}/,wss://feed.internal/", "websocket.secret.h", "x"), jvm));
    }

    @Test
    void aHostThatIsCalledAndConnectedToHasItsProxyOnce() {
        assertEquals(List.of(Map.of("for", "wss://feed.example:443", "url", "http://proxy:3128")), of(config("websocket.url", "wss://feed.example/",
                "websocket.preconnect.url", "https://feed.example/token", "websocket.preconnect.extract", "{\"t\":\"/t\"}"), selector(uri -> List.of(HTTP))));
    }

    @Test
    void followsTheSystemPropertiesWithoutRestart() {
        Map<String, String> properties = Map.of("https.proxyHost", "proxy", "https.proxyPort", "3128", "http.nonProxyHosts", "*.internal");
        properties.forEach(System::setProperty);
        try {
            assertEquals(List.of(Map.of("for", "wss://feed.example:443", "url", "http://proxy:3128")), of(config(), ProxySelector.getDefault()));
            assertEquals(List.of(), of(config("websocket.url", "wss://feed.internal/"), ProxySelector.getDefault()));
            assertEquals(List.of(), of(config("websocket.url", "ws://feed.example/"), ProxySelector.getDefault()));
        } finally {
            properties.keySet().forEach(System::clearProperty);
        }
        assertEquals(List.of(), of(config(), ProxySelector.getDefault()));
    }

    @Test
    void theKeyWinsOverTheJvm() {
        ProxySelector jvm = selector(uri -> {
            throw new AssertionError(uri);
        });
        for (String url : List.of("socks5://p:1", "http://my_proxy:3128")) {
            assertEquals(List.of(Map.of("for", "*", "url", url)), of(config("websocket.proxy.url", url), jvm));
        }
        assertEquals(List.of(), of(config("websocket.proxy.url", "direct"), jvm));
        assertEquals(List.of(Map.of("for", "*", "url", "http://p:1", "username", "u", "password", "s3cret")), of(config(
                "websocket.proxy.url", "http://p:1", "websocket.proxy.username", "u", "websocket.proxy.password", "s3cret"), jvm));
    }

    @Test
    void theKeysLoginIsForTheJvmsProxiesTooAndWinsOverItsAuthenticator() {
        Authenticator.setDefault(new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                String who = getRequestorType() + " " + getRequestingHost() + " " + getRequestingPort() + " " + getRequestingProtocol();
                return new PasswordAuthentication(who, "pw".toCharArray());
            }
        });
        try {
            ProxySelector jvm = selector(uri -> List.of(HTTP, SOCKS));
            assertEquals(List.of("PROXY proxy 3128 http", "SERVER socks 1080 SOCKS5"), usernames(of(config(), jvm)));
            assertEquals(List.of("u", "u"), usernames(of(config("websocket.proxy.username", "u"), jvm)));
            assertEquals("[null]", usernames(of(config("websocket.proxy.url", "http://p:1"), jvm)).toString());
        } finally {
            Authenticator.setDefault(null);
        }
    }

    private static List<Object> usernames(List<Map<String, Object>> entries) {
        List<Object> usernames = new ArrayList<>();
        entries.forEach(entry -> usernames.add(entry.get("username")));
        return usernames;
    }

    @Test
    void aSelectorThatFailsIsNoReasonToGoDirectly() {
        ProxySelector jvm = selector(uri -> {
            throw new IllegalStateException("s3cret");
        });
        String message = assertThrows(ConfigException.class, () -> of(config(), jvm)).getMessage();
        assertTrue(message.contains("set websocket.proxy.url") && message.contains("feed.example:443") && !message.contains("s3cret"), message);
    }

    @Test
    void refusesOtherProxyUrlsWithoutRepeatingThem() {
        for (String wrong : List.of("proxy:3128", "ftp://p:1", "http://p", "http://u:s3cret@p:1", "http://p:1/path", "http://p:1?s3cret", "none",
                "http:///", "http://p:0", "http://p :1", "socks5://", "socks4://p:1")) {
            String message = assertThrows(ConfigException.class, () -> config("websocket.proxy.url", wrong)).getMessage();
            assertTrue(message.startsWith("websocket.proxy.url must "), message);
            assertFalse(message.contains("s3cret"), message);
        }
        assertEquals("http://p:1/", config("websocket.proxy.url", "http://p:1/").getProxyUrl());
    }

    @Test
    void refusesLoginsThatNobodyAsksFor() {
        assertEquals("websocket.proxy.password has no effect without websocket.proxy.username",
                assertThrows(ConfigException.class, () -> config("websocket.proxy.password", "s3cret")).getMessage());
        assertEquals("websocket.proxy.username has no effect without a proxy: websocket.proxy.url is direct",
                assertThrows(ConfigException.class, () -> config("websocket.proxy.url", "direct", "websocket.proxy.username", "u")).getMessage());
    }
}
