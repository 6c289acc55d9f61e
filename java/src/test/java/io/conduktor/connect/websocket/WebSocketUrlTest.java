package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketUrlTest {
    @ParameterizedTest
    @CsvSource(delimiter = ' ', value = {
        // URL, sanitized, JMX value, port
        "ws://feed ws://feed feed 80",
        "wss://feed/ wss://feed/ feed_ 443",
        "WSS://Feed.Example:9443/a/b WSS://Feed.Example:9443/a/b Feed.Example_9443_a_b 9443",
        "ws://u:p@feed:1/p?token=s3cret ws://feed:1/p feed_1_p 1",
        "ws://u:p@q@feed?a=b|{c} ws://feed feed 80",
        "ws://feed/a@b/c:d?x=y@z ws://feed/a@b/c:d feed_a_b_c_d 80",
        "ws://[::1]:8080/x ws://[::1]:8080/x ___1__8080_x 8080",
        "wss://stream_1.example/ws/grüße wss://stream_1.example/ws/grüße stream_1.example_ws_gr__e 443",
    })
    void splits(String raw, String sanitized, String jmx, int port) {
        WebSocketUrl url = WebSocketUrl.parse(raw);
        assertEquals(raw, url.raw());
        assertEquals(sanitized, url.sanitized());
        assertEquals(sanitized, url.toString());
        assertEquals(jmx, url.jmxValue());
        assertEquals(port, url.port());
        assertEquals(raw.toLowerCase().startsWith("wss"), url.isSecure());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        // template, sanitized, JMX value, secure, host
        "wss://u@h/{{secret.a}}/{{hmac_sha256_hex(secret.b, '}}?/@ #' + uuid)}}?t={{now_ms}}"
                + "|wss://h/{{secret.a}}/{{hmac_sha256_hex(secret.b, '}}?/@ #' + uuid)}}|h___secret.a_____hmac_sha256_hex_secret.b_________|true|h",
        "ws://h?t={{pre.t}}|ws://h|h|false|h",
        "WSS://{{pre.host}}:81/a|WSS://{{pre.host}}:81/a|__pre.host___81_a|true|the host that WSS://{{pre.host}}:81/a becomes",
        "{{pre.url}}|{{pre.url}}|__pre.url__|true|the host that {{pre.url}} becomes",
        "{{ pre.url }}?token={{pre.t}}|{{ pre.url }}|___pre.url___|true|the host that {{ pre.url }} becomes",
        "{{pre.url}}?from=https://x/|{{pre.url}}|__pre.url__|true|the host that {{pre.url}} becomes",
        "ws://feed/a{{b|ws://feed/a{{b|feed_a__b|false|feed",
    })
    void splitsTemplatesOutsideOfTheirExpressions(String raw, String sanitized, String jmx, boolean secure, String host) {
        WebSocketUrl url = WebSocketUrl.parse(raw);
        assertEquals(List.of(raw, sanitized, jmx, host), List.of(url.raw(), url.sanitized(), url.jmxValue(), url.host()));
        assertEquals(secure, url.isSecure());
        assertFalse(url.isLoopback());
        assertEquals(host.equals("h") || host.equals("feed"), url.origin() != null);
    }

    @ParameterizedTest(name = "[{index}]") // Values hold control characters.
    @ValueSource(strings = {"ws://1.2.3.999/s3cret", "ws://1.2.3/s3cret", "ws://08.1.1.1/s3cret", "ws://[fe80::1%25eth0]/s3cret", "ws://[1:2:3:4:5:6:7:8:9]/s3cret", "", " ", "s3cret", "http://s3cret/", "s3cret://h", "ws:/s3cret", "ws://", "ws:///s3cret", "ws://u:s3cret@", "ws://:80/s3cret",
        "ws://h:0/s3cret", "ws://h:65536/s3cret", "ws://h:s3cret", "ws://h:/s3cret", "ws://h:+80/s3cret", "ws://h/s3 cret", "ws://h/s3cret\n",
        "ws://h/\u0000s3cret", "ws://h/?s3cret#x", "ws://h\\s3cret@x", "ws://h\\@s3cret/", "ws://[::1/s3cret", "ws://[s3cret]/", "ws://[::1]s3cret", "ws://h%41/s3cret",
        "ws://{s3cret}/", "ws://{{s3cret/", "x{{s3cret}}", "http://{{s3cret}}/", "{{s3cret}}#x", "ws://h:{{s3cret}}/", "{{s3cret}} x", "ws://h/\u00a0\u2003s3cret\u0085"})
    void refusesWithoutRepeatingTheValue(String raw) {
        String message = assertThrows(IllegalArgumentException.class, () -> WebSocketUrl.parse(raw)).getMessage();
        assertFalse(message.contains("s3cret"), message);
        assertTrue(message.startsWith("must") || message.startsWith("has"), message);
    }

    @Test
    void jmxValuesHaveAtMostFiftyCharacters() {
        assertEquals("h_".concat("a".repeat(48)), WebSocketUrl.parse("ws://h/" + "a".repeat(100)).jmxValue());
    }

    @Test
    void knowsLoopback() {
        for (String host : new String[] {"localhost", "LocalHost", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]"}) {
            assertTrue(WebSocketUrl.parse("ws://" + host + ":1/").isLoopback(), host);
        }
        for (String host : new String[] {"localhost.example", "128.0.0.1", "127.0.0.1.example", "[::2]"}) {
            assertFalse(WebSocketUrl.parse("ws://" + host).isLoopback(), host);
        }
    }
}
