package io.conduktor.connect.websocket.demo;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What the user asked for.
 *
 * @param url the user's feed; our own one if empty
 * @param subscription the message to send after connecting
 * @param hasToken whether {@value #TOKEN} is set for the user's feed; its value stays in the environment, where the worker reads it
 * @param duration how long to show the records; until Ctrl-C if empty
 */
record Request(Optional<String> url, Optional<String> subscription, boolean hasToken, Optional<Duration> duration) {
    /** The environment variable that holds the auth token. */
    static final String TOKEN = "TOKEN";

    /** @throws IllegalArgumentException in words for the user */
    static Request from(Map<String, String> environment) {
        return new Request(text(environment, "URL"), text(environment, "SUBSCRIBE"),
            text(environment, "URL").isPresent() && text(environment, TOKEN).isPresent(), text(environment, "DURATION").map(Request::seconds));
    }

    private static Optional<String> text(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    private static Duration seconds(String value) {
        try {
            Duration duration = Duration.ofSeconds(Long.parseLong(value));
            if (!duration.isNegative() && !duration.isZero()) {
                return duration;
            }
        } catch (NumberFormatException e) {
            // Told below, as for numbers out of range.
        }
        throw new IllegalArgumentException("DURATION is " + value + ", but must be a number of seconds above 0");
    }
}
