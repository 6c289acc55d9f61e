package io.conduktor.connect.websocket.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaskTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "websocket.auth.token | c4n4ry",
        "websocket.auth.password | c4n4ry",
        "websocket.auth.oauth2.client.secret | c4n4ry",
        "websocket.proxy.password | c4n4ry",
        "websocket.secret.key | c4n4ry",
        "websocket.ssl.keystore.password | c4n4ry",
        "websocket.header.X-Api-Key | c4n4ry",
        "websocket.headers | X-Api-Key:c4n4ry,X-Other:other",
        "websocket.url | wss://user:c4n4ry@host/path",
        "websocket.url | wss://host/path?stream=btc&listenKey=c4n4ry",
        "websocket.url | wss://host/path?token=c%34n4ry",
        "websocket.subscription.message | {\"op\":\"subscribe\",\"auth\":{\"apiKey\":\"c4n4ry\"}}",
        "websocket.preconnect.headers | {\"Authorization\":\"c4n4ry\"}",
        "websocket.login.message | {\"args\":[{\"passphrase\":\"c4n4ry\"}]}",
    })
    void theConfigurationsSecretsAreHidden(String key, String value) {
        assertEquals("you sent *** to us", Mask.of(Map.of(key, value)).hide("you sent c4n4ry to us"));
    }

    @Test
    void partsOfAHeaderAndValuesWithoutTheirWhiteSpaceAreHidden() {
        assertEquals("***", Mask.of(Map.of("websocket.auth.token", "c4n4ry\n")).hide("c4n4ry"));
        assertEquals("token ***", Mask.of(Map.of("websocket.headers", "Authorization:Bearer c4n4ry-c4n4ry")).hide("token c4n4ry-c4n4ry"));
        assertEquals("id ***", Mask.of(Map.of("websocket.header.Cookie", "a=1; session=c4n4ry-c4n4ry")).hide("id c4n4ry-c4n4ry"));
        assertEquals("id ***", Mask.of(Map.of("websocket.preconnect.headers", "{\"Cookie\":\"session=c4n4ry-c4n4ry\"}")).hide("id c4n4ry-c4n4ry"));
    }

    @Test
    void whatIsNoSecretIsShown() {
        Mask mask = Mask.of(Map.of("websocket.url", "wss://host/path?streams=btcusdt@trade", "websocket.subscription.message",
                "{\"op\":\"subscribe\",\"args\":[\"trades\"]}", "websocket.header.Origin", "https://example.com", "websocket.secret.short", "abc"));
        assertEquals("subscribe trades btcusdt@trade https://example.com abc", mask.hide("subscribe trades btcusdt@trade https://example.com abc"));
    }

    @Test
    void textsAreCutAndEscapedWithoutShowingAPartOfASecret() {
        Mask mask = Mask.of(Map.of("websocket.auth.token", "c4n4ry-c4n4ry"));
        assertEquals("a\\u000ab\\u202ec", mask.excerpt("a\nb\u202ec", 10));
        assertEquals("12345678***…", mask.excerpt("12345678c4n4ry-c4n4ry and more", 11));
        assertFalse(mask.excerpt("1234567890c4n4ry-c4n4ry", 14).contains("c4n"));
    }
}
