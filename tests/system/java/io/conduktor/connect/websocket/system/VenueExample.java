package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.Feed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file in {@code examples/venues/} and how its simulator is run.
 *
 * @param venue the file's name without its ending, and the simulator's
 * @param scale how long a second of the venue takes, in seconds
 * @param course the simulator's further parameters, see {@code websocket-feed --help}
 * @param crossed the counters of the simulator, and what they have reached at least when every rule was put to the test
 */
record VenueExample(String venue, double scale, String course, Map<String, Integer> crossed) {
    private static final String SECRETS = "/etc/kafka/websocket-feed.properties";
    private static final Set<String> VENUES_TIMES = Set.of("websocket.heartbeat.interval.ms", "websocket.idle.timeout.ms",
        "websocket.data.timeout.ms", "websocket.subscription.delay.ms", "websocket.subscription.interval.ms");
    private static final String CALLED = "websocket.preconnect.url";
    private static final String MAX_AGE = "websocket.connection.max.age.ms";
    private static final Pattern WINDOW = Pattern.compile("(\\d+)/(\\d+)(ms|s|m|h)");
    private static final Map<String, Long> UNITS = Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L);
    private static final Pattern CLIENT = Pattern.compile("client=(\\w+)");
    private static final Pattern LIFETIME = Pattern.compile("lifetime_s=(\\d+)");
    private static final double DAY = 86_400;

    /**
     * All of them, in half a minute. Put to the test are logins, subscriptions, heartbeats, pings and other questions, notices, ends of age and
     * data or connections that stop. The limits of connects and frames are enforced, but only {@link #FLAPPING} and {@link #TALKING} lead up to
     * them.
     */
    static final List<VenueExample> ALL = List.of(
        new VenueExample("alpaca", 0.2, "lifetime_s=60", Map.of("logins", 2, "subscriptions", 2)),
        new VenueExample("binance", 0.05, "lifetime_s=200&upgrade_s=500", Map.of("connects", 4, "notices", 1, "pings_answered", 10)),
        new VenueExample("bitfinex", 0.1, "stall_s=60&upgrade_s=100", Map.of("connects", 3, "notices", 2, "heartbeats", 4)),
        new VenueExample("bybit", 0.05, "max_active_time=300s&stall_s=100", Map.of("heartbeats", 20)),
        new VenueExample("coinbase", 0.2, "lifetime_s=60", Map.of("subscriptions", 3)),
        new VenueExample("crypto-com", 0.05, "freeze_s=300", Map.of("subscriptions", 2, "answers", 10)),
        new VenueExample("deribit", 0.05, "lifetime_s=250", Map.of("subscriptions", 2, "answers", 10)),
        new VenueExample("graphql", 0.3, "lifetime_s=40", Map.of("logins", 2, "answers", 4, "heartbeats", 2)),
        new VenueExample("htx", 0.1, "freeze_s=100", Map.of("connects", 2, "answers", 30)),
        new VenueExample("jetstream", 0.05, "stall_s=200", Map.of("connects", 2)),
        new VenueExample("kraken", 0.2, "stall_s=40", Map.of("connects", 2, "subscriptions", 4, "heartbeats", 3)),
        new VenueExample("okx", 0.1, "stall_s=50&upgrade_s=150", Map.of("logins", 3, "notices", 2, "heartbeats", 3)),
        new VenueExample("kucoin", 0.1, "lifetime_s=80", Map.of("connects", 3, "subscriptions", 3, "heartbeats", 8)),
        new VenueExample("polymarket", 0.1, "lifetime_s=150", Map.of("connects", 2, "heartbeats", 15)),
        new VenueExample("slack", 0.1, "upgrade_s=80", Map.of("connects", 3, "notices", 2, "answers", 100)));

    /** A venue that ends each connection at once, to a client of its own: only the file's budget keeps the connects within the limit. */
    static final VenueExample FLAPPING = new VenueExample("coinbase", 0.2, "client=flapping&lifetime_s=0.05", Map.of("connects", 30));

    /**
     * Twelve subscriptions at once, from a client of its own: only the file's {@code websocket.send.max.per.window} keeps the frames within the
     * limit. The venue's second is half as long as the connector's, so a machine that stands still for a moment breaks no rule.
     */
    static final VenueExample TALKING = new VenueExample("binance", 0.5, "client=talking", Map.of("subscriptions", 12));

    /** The configuration that docs/CONNECTING.md builds step by step, from a client of its own. */
    static final VenueExample TOUR = new VenueExample("okx", 0.1, "client=tour&upgrade_s=80", Map.of("logins", 3, "notices", 2));

    /** What the simulator knows the client by. */
    String client() {
        Matcher client = CLIENT.matcher(course);
        return client.find() ? venue + "/" + client.group(1) : venue;
    }

    ExampleFile file() {
        return new ExampleFile("venues/" + venue + ".json");
    }

    /** The file's connector, pointed at the simulator and living in its time; {@code name} among them. */
    Map<String, String> properties(Feed feed, Path secrets) throws IOException {
        return properties(file().properties(Map.of(SECRETS, secrets.toString())), feed);
    }

    /** As the above, of a connector that is written elsewhere. */
    Map<String, String> properties(Map<String, String> written, Feed feed) {
        Map<String, String> result = new TreeMap<>();
        written.forEach((key, value) -> result.put(key, scaled(key, value)));
        String url = result.get("websocket.url").replaceFirst("wss://[^/?]+", Matcher.quoteReplacement(feed.url("/venue/" + venue)));
        String parameters = "scale=" + scale + (course.isEmpty() ? "" : "&" + course);
        String called = result.get(CALLED);
        if (called != null) {
            String simulator = feed.url("/venue/" + venue).replaceFirst("^ws", "http");
            result.put(CALLED, called.replaceFirst("https://[^/?]+", Matcher.quoteReplacement(simulator)));
        }
        // A URL that is nothing but an answer has the parameters that the question had.
        boolean answered = called != null && !url.contains("?");
        result.put(answered ? CALLED : "websocket.url", (answered ? result.get(CALLED) : url) + (url.contains("?") ? "&" : "?") + parameters);
        result.put("websocket.reconnect.interval.ms", milliseconds(5000 * scale));
        result.put("websocket.reconnect.backoff.max.ms", milliseconds(60_000 * scale));
        result.put("websocket.reconnect.reset.after.ms", milliseconds(10_000 * scale));
        return result;
    }

    private String scaled(String key, String value) {
        if (VENUES_TIMES.contains(key)) {
            return milliseconds(Long.parseLong(value) * scale);
        }
        if (key.equals(MAX_AGE)) {
            return milliseconds(Long.parseLong(value) * scale * lifetime() / DAY);
        }
        Matcher window = WINDOW.matcher(value);
        if (key.endsWith(".max.per.window") && window.matches()) {
            return window.group(1) + "/" + milliseconds(Long.parseLong(window.group(2)) * UNITS.get(window.group(3)) * scale) + "ms";
        }
        return value;
    }

    /** A venue's day, in its seconds. */
    private double lifetime() {
        Matcher lifetime = LIFETIME.matcher(course);
        return lifetime.find() ? Double.parseDouble(lifetime.group(1)) : DAY;
    }

    private static String milliseconds(double value) {
        return Long.toString(Math.max(1, Math.round(value)));
    }
}
