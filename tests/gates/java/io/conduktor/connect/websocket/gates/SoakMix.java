package io.conduktor.connect.websocket.gates;

import io.conduktor.connect.websocket.harness.Feed;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The connectors of the soak: plain and TLS, strings and bytes, all overflow policies, feeds that end in every way. */
final class SoakMix {
    /** The one whose feed changes. */
    private static final String WANDERER = "soak-wanderer";
    /** What the feeds' faults bring about; a stop may lose what was queued. */
    private static final String FAULTS = "WebSocket Connection (closed|failed)|stopped with \\d+ received messages discarded";
    private static final String DROPS = FAULTS + "|WebSocket Queue full, dropping message";
    private static final String FAILS = DROPS + "|WebSocket Connection is given up|Task threw an uncaught and unrecoverable exception";
    private static final String ANYTHING_SENT = DROPS + "|WebSocket message discarded|WebSocket binary message discarded";
    private static final Map<String, String> SMALL_QUEUE = Map.of("websocket.message.queue.size", "100", "websocket.pause.disconnect.ms", "0");

    /** What the wanderer visits; whether a connection can be opened there. */
    private record Place(String path, boolean connects) {
    }

    private static final List<Place> PLACES = List.of(
        new Place("/silence", true), new Place("/hang", false), new Place("/status?code=503", false), new Place("/garbage", false),
        new Place("/bad-accept", false), new Place("/flood?size=2000", true), new Place("/no-pong?rate=50", true),
        new Place("/fragments?rate=50&count=0&parts=4", true), new Place("/binary?rate=50&count=0&utf8=false", true),
        new Place("/sizes?list=10,500000,2000000,20", true), new Place("/pings?every_ms=20", true), new Place("/blackhole?after=20", true),
        new Place("/numbered?rate=2000&size=5000", true));

    private SoakMix() {
    }

    static List<SoakConnector> of(Feed feed, Feed secure) {
        return List.of(
            numbered(feed, "soak-steady", "rate=300", Map.of(), FAULTS),
            new SoakConnector("soak-secure", secure.url("/numbered?rate=20&stream=soak-secure"), Map.of("websocket.value.format", "bytes",
                "value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"), FAULTS, true),
            numbered(feed, "soak-newest", "rate=400", SMALL_QUEUE, DROPS),
            numbered(feed, "soak-oldest", "rate=400", with(SMALL_QUEUE, "websocket.overflow.policy", "drop_oldest"), DROPS),
            numbered(feed, "soak-block", "rate=400", with(with(SMALL_QUEUE, "websocket.overflow.policy", "block"),
                "websocket.overflow.block.max.ms", "500"), DROPS),
            numbered(feed, "soak-fail", "rate=400", with(SMALL_QUEUE, "websocket.overflow.policy", "fail"), FAILS),
            numbered(feed, "soak-burst", "rate=5000&size=100", Map.of("websocket.message.queue.size", "2000"), DROPS),
            ending(feed, "soak-closed", "/close?code=1012&after=200&rate=400"),
            ending(feed, "soak-reset", "/reset?after=100&rate=400"),
            ending(feed, "soak-eof", "/eof?after=100&rate=400"),
            wanderer(feed));
    }

    /** Sends the wanderer to another place. */
    static void wander(List<SoakConnector> connectors, Feed feed, int choice) {
        Place place = PLACES.get(choice % PLACES.size());
        SoakConnector wanderer = connectors.stream().filter(connector -> connector.name().equals(WANDERER)).findFirst().orElseThrow();
        wanderer.wander(feed.url(place.path), place.connects);
    }

    private static SoakConnector numbered(Feed feed, String name, String parameters, Map<String, String> config, String trouble) {
        return new SoakConnector(name, feed.url("/numbered?" + parameters + "&stream=" + name), config, trouble, true);
    }

    private static SoakConnector ending(Feed feed, String name, String path) {
        return new SoakConnector(name, feed.url(path + "&stream=" + name), Map.of(), FAULTS, true);
    }

    /** Its records are filtered, or its floods would fill the disk. */
    private static SoakConnector wanderer(Feed feed) {
        return new SoakConnector(WANDERER, feed.url("/silence"), Map.of("transforms", "none", "transforms.none.type",
            "org.apache.kafka.connect.transforms.Filter"), ANYTHING_SENT, false);
    }

    private static Map<String, String> with(Map<String, String> config, String key, String value) {
        Map<String, String> more = new TreeMap<>(config);
        more.put(key, value);
        return more;
    }
}
