package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.TopicReader;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The feed's numbered messages. */
public final class Numbers {
    private static final Pattern NUMBERED = Pattern.compile("\\{\"n\":(\\d+)[,}].*");

    private Numbers() {
    }

    /** The number in a message. */
    public static long of(String message) {
        Matcher matcher = NUMBERED.matcher(message);
        assertTrue(matcher.matches(), () -> "not a numbered message: " + message);
        return Long.parseLong(matcher.group(1));
    }

    /** The numbers of the next records, at least that many. */
    public static List<Long> read(TopicReader topic, long atLeast, Duration limit) {
        return topic.texts(Math.toIntExact(atLeast), limit).stream().map(Numbers::of).toList();
    }

    /** Each number is larger than the one before: nothing came twice or out of order. */
    public static void assertAscending(List<Long> numbers) {
        IntStream.range(1, numbers.size()).forEach(i -> assertTrue(numbers.get(i) > numbers.get(i - 1),
            () -> numbers.get(i) + " follows " + numbers.get(i - 1) + " as record " + i));
    }

    /** How many numbers are missing between the first and the last one. */
    public static long missing(List<Long> ascending) {
        return ascending.isEmpty() ? 0 : ascending.get(ascending.size() - 1) - ascending.get(0) + 1 - ascending.size();
    }
}
