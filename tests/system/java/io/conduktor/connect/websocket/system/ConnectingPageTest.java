package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A worker takes what docs/CONNECTING.md says; {@link VenueExamplesTest} runs its configuration step by step. */
class ConnectingPageTest {
    /** The fragments that stand for themselves, each by its lines, and what the page has after each step of its tour. */
    static Stream<Map<String, String>> configurations() {
        Stream<Map<String, String>> alone = ConnectingPage.fragments().stream().filter(fragment -> !ConnectingPage.isOfTour(fragment))
            .map(ConnectingPage::properties);
        return Stream.concat(alone, ConnectingPage.tour().stream());
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void isAccepted(Map<String, String> written) {
        Map<String, String> config = new TestConnector(Suite.standalone(), "connecting", "wss://localhost/").config();
        config.put("name", "connecting");
        config.putAll(written);
        // As a ConfigProvider does; Base64, as one of these keys has to be.
        config.replaceAll((key, value) -> value.replaceAll("\\$\\{[^}]+}", "c2VjcmV0"));
        JsonNode answer = Suite.standalone().worker().rest().validate("WebSocketSourceConnector", config);
        List<String> errors = new ArrayList<>();
        answer.path("configs").forEach(entry -> entry.path("value").path("errors").forEach(error -> errors.add(error.asText())));
        assertEquals(List.of(), errors);
    }
}
