package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Each file in {@code examples/venues/} against a simulator that enforces its venue's rules; all at once, on one worker. */
class VenueExamplesTest {
    /** The number of a data message: a member of its own, or a trade's id in Bitfinex's arrays. */
    private static final Pattern NUMBER = Pattern.compile("\"n\":(\\d+)|^\\[\\d+,\"te\",\\[(\\d+),");
    /** Venues with greetings or undocumented messages, which no matcher is for: they become records. */
    private static final Set<String> TALKATIVE = Set.of("alpaca", "bitfinex", "coinbase", "kraken", "slack");
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Pattern HEADING = Pattern.compile("## `([\\w-]+)\\.json`");

    @Test
    void everyFileIsRunAndExplained() throws IOException {
        Set<String> files = ExampleFile.all().stream().map(ExampleFile::toString).filter(file -> file.startsWith("venues/"))
            .map(file -> file.replaceAll("venues/|\\.json", "")).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(files, VenueExample.ALL.stream().map(VenueExample::venue).collect(Collectors.toCollection(TreeSet::new)));
        Set<String> explained = new TreeSet<>();
        for (String line : Files.readAllLines(ExampleFile.FOLDER.resolve("venues/README.md"))) {
            Matcher heading = HEADING.matcher(line);
            if (heading.matches()) {
                explained.add(heading.group(1));
            }
        }
        assertEquals(files, explained);
    }

    @Test
    void noRuleIsBrokenAndNothingIsLostOnAConnection() throws IOException {
        Path folder = Files.createDirectories(Suite.folder("venue-secrets"));
        Path secrets = Files.writeString(folder.resolve("feed.properties"),
            "okx.key=key\nokx.pass=pass\nokx.secret=secret\nalpaca.key=key\nalpaca.secret=secret\ngraphql.token=t0ken\nslack.token=xapp-token\n");
        Deque<TestConnector> started = new ArrayDeque<>();
        try (Feed feed = Suite.feed("venues")) {
            for (VenueExample example : VenueExample.ALL) {
                started.addLast(start(example.properties(feed, secrets)));
            }
            started.addLast(start(talking(feed)));
            started.addLast(start(tour(feed, secrets)));
            List<VenueExample> examples = new ArrayList<>(VenueExample.ALL);
            examples.addAll(List.of(VenueExample.TALKING, VenueExample.TOUR));
            for (VenueExample example : examples) {
                awaitCrossed(feed, example);
            }
            feed.control("/_pause");
            JsonNode venues = feed.stats().path("venues");
            for (VenueExample example : examples) {
                TestConnector connector = started.removeFirst();
                started.addLast(connector);
                judge(example, venues.path(example.client()), connector);
            }
        } finally {
            started.forEach(TestConnector::close);
            Folders.delete(folder);
        }
    }

    @Test
    void aVenueThatKeepsClosingIsNotConnectedToTooOften() throws IOException {
        try (Feed feed = Suite.feed("flapping-venue")) {
            Map<String, String> properties = VenueExample.FLAPPING.properties(feed, Suite.folder("no-secrets"));
            properties.putAll(Map.of("name", "venue-flapping", "kafka.topic", "flapping-matches", "websocket.reconnect.interval.ms", "1",
                "websocket.reconnect.backoff.max.ms", "1", "websocket.reconnect.reset.after.ms", "0"));
            try (TestConnector connector = start(properties)) {
                JsonNode stats = awaitCrossed(feed, VenueExample.FLAPPING);
                assertEquals(0, stats.path("broken").size(), () -> stats + connector.log().text());
            }
        }
    }

    /** With a subscription for each of twelve streams, and the file's own bound on sending. */
    private static Map<String, String> talking(Feed feed) throws IOException {
        Map<String, String> written = VenueExample.TALKING.file().properties(Map.of());
        Map<String, String> properties = VenueExample.TALKING.properties(written, feed);
        String budget = "websocket.send.max.per.window";
        properties.put(budget, written.get(budget));
        properties.put("name", "venue-talking");
        properties.put("kafka.topic", "talking-trades");
        properties.put("websocket.connection.handover", "break");
        properties.remove("websocket.dedupe.pointer"); // The simulator's trade ids start anew with each stream that is added.
        properties.put("websocket.subscription.ack.match", "/id&/result");
        properties.put("websocket.subscription.messages", IntStream.rangeClosed(1, 12)
            .mapToObj(id -> "{\"method\":\"SUBSCRIBE\",\"params\":[\"symbol" + id + "@trade\"],\"id\":" + id + "}")
            .collect(Collectors.joining(",", "[", "]")));
        return properties;
    }

    /** The page's feed is imaginary: its secrets and what counts its messages are those of the simulator here. */
    private static Map<String, String> tour(Feed feed, Path secrets) {
        List<Map<String, String>> steps = ConnectingPage.tour();
        Map<String, String> written = new TreeMap<>(steps.get(steps.size() - 1));
        List.of("key", "passphrase", "sign").forEach(name -> written.put("websocket.secret." + name,
            "${file:" + secrets + ":okx." + Map.of("key", "key", "passphrase", "pass", "sign", "secret").get(name) + "}"));
        written.put("websocket.dedupe.pointer", "/arg/channel,/data/0/n");
        return VenueExample.TOUR.properties(written, feed);
    }

    private static TestConnector start(Map<String, String> properties) {
        Cluster cluster = Suite.standalone();
        TestConnector connector = TestConnector.existing(cluster, properties.get("name"), WorkerLog.fromNow(cluster.worker()));
        properties.forEach(connector::set);
        return connector.apply();
    }

    /** Until every rule was put to the test, or one was broken. */
    private static JsonNode awaitCrossed(Feed feed, VenueExample example) {
        return Await.value(example.client() + " to have put every rule to the test: " + example.crossed(), TestConnector.LIMIT,
            () -> feed.stats().path("venues").path(example.client()),
            stats -> !stats.path("broken").isEmpty()
                || example.crossed().entrySet().stream().allMatch(wanted -> stats.path(wanted.getKey()).asInt() >= wanted.getValue()));
    }

    private static void judge(VenueExample example, JsonNode stats, TestConnector connector) {
        String told = example.client() + ": " + stats;
        assertEquals(0, stats.path("broken").size(), told);
        assertEquals(0, stats.path("refused").asInt(), told);
        if (stats.path("notices").asInt() > 0) {
            assertEquals(0, stats.path("planned_ends").asInt(), () -> "not gone before the announced end: " + told);
        }
        connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
        Map<String, String> config = connector.config();
        boolean overlaps = "overlap".equals(config.get("websocket.connection.handover"));
        assertEquals(overlaps ? 2 : 1, stats.path("max_open").asInt(), told);
        if (overlaps) {
            assertEquals(0, stats.path("unsent").size(), () -> "a gap in spite of the overlap: " + told);
        }
        List<Long> arrived;
        List<String> others = new ArrayList<>();
        try (TopicReader topic = connector.topic(config.get("kafka.topic"))) {
            arrived = numbers(topic, stats.path("next").asLong() - 1, others);
        }
        if (!TALKATIVE.contains(example.venue())) {
            assertEquals(List.of(), others, () -> "no data, in the topic of " + example.venue());
        }
        Set<Long> distinct = new HashSet<>(arrived);
        assertEquals(distinct.size(), arrived.size(), () -> "doubles in the topic, " + told);
        assertEquals(sent(stats), new TreeSet<>(distinct), told);
    }

    /** The numbers that went to a connection. */
    private static Set<Long> sent(JsonNode stats) {
        Set<Long> numbers = LongStream.range(stats.path("first").asLong(), stats.path("next").asLong()).boxed()
            .collect(Collectors.toCollection(TreeSet::new));
        stats.path("unsent").forEach(range -> LongStream.rangeClosed(range.path(0).asLong(), range.path(1).asLong()).forEach(numbers::remove));
        return numbers;
    }

    /** The numbers in the topic, once the last one sent is there; what has none is added to {@code others}. */
    private static List<Long> numbers(TopicReader topic, long last, List<String> others) {
        List<Long> numbers = new ArrayList<>();
        Await.until("number " + last + " in the topic", TestConnector.LIMIT, () -> {
            topic.next(POLL).forEach(record -> {
                Matcher number = NUMBER.matcher(TopicReader.text(record));
                if (number.find()) {
                    numbers.add(Long.parseLong(number.group(number.group(1) == null ? 2 : 1)));
                } else {
                    others.add(TopicReader.text(record));
                }
            });
            return numbers.contains(last);
        });
        return numbers;
    }
}
