package io.conduktor.connect.websocket.gates.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.gates.interop.Results.Scenario;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;

/** The contract, and the rules of pings, with all servers and proxies, plain and with TLS. Writes the table of the results. */
@Tag("long")
class InteropTest extends InteropContract {
    private static final String WIRE = "io.conduktor.connect.websocket.wire";
    /** Longer than two of our pings, which come every 30 s, and than nginx's usual patience. */
    private static final Duration QUIET = Duration.ofSeconds(75);
    private static final Duration QUIET_LIMIT = QUIET.plusSeconds(60);
    private static final int PINGS = 3;
    private static final int PING_SECONDS = 2;

    private final Results results = new Results();
    private final Map<Peer, Quiet> quiet = new LinkedHashMap<>();

    /** A connection on which nothing but our pings and their answers moves. */
    private record Quiet(Endpoint endpoint, Subscriber subscriber) implements AutoCloseable {
        static Quiet open(Peer peer) {
            Endpoint endpoint = Endpoint.open(peer);
            return new Quiet(endpoint, new Subscriber("interop-quiet-" + peer.id(), endpoint, 1).start());
        }

        @Override
        public void close() {
            subscriber.close();
            endpoint.close();
        }
    }

    @Override
    Stream<Peer> peers() {
        return Peer.all();
    }

    @Override
    List<Integer> closeCodes() {
        return List.of(1000, 1001, 4000);
    }

    @Override
    void record(Peer peer, Scenario scenario, String seen) {
        results.record(peer, scenario, seen);
    }

    /** The quiet connections grow old while the other tests run. */
    @BeforeAll
    void open() {
        Suite.standalone().worker().rest().logLevel(WIRE, "DEBUG");
        peers().forEach(peer -> {
            try {
                quiet.put(peer, Quiet.open(peer));
                record(peer, Scenario.VERSION, quiet.get(peer).endpoint().version());
            } catch (TestAbortedException e) {
                record(peer, Scenario.VERSION, "not to be had"); // its tests are skipped and say why
            }
        });
    }

    @AfterAll
    void close() {
        quiet.values().forEach(Quiet::close);
        Suite.standalone().worker().rest().logLevel(WIRE, "INFO");
        results.write(peers());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("peers")
    void theServersPingsAreAnswered(Peer peer) throws IOException {
        try (Endpoint endpoint = Endpoint.open(peer, PING_SECONDS, Proxy.Timeouts.USUAL);
                Subscriber subscriber = new Subscriber("interop-pings-" + peer.id(), endpoint, 1)) {
            subscriber.start();
            try (SilentClient silent = SilentClient.connect(endpoint.port(), peer.tls())) {
                long start = System.nanoTime();
                int unanswered = silent.awaitDropped();
                double seconds = (System.nanoTime() - start) / 1e9;
                assertTrue(unanswered > 0, "no ping before the end");
                Await.until(peer + " to send pings that we answer", TestConnector.LIMIT,
                    () -> subscriber.frames("received", "ping") >= PINGS && subscriber.frames("sent", "pong") >= PINGS);
                subscriber.assertOpened(1);
                assertTrue(subscriber.isConnected());
                subscriber.connector().delete();
                endpoint.awaitEvent("closed 1000");
                record(peer, Scenario.SERVER_PINGS, String.format("answered; silent client dropped after %.1f s", seconds));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("peers")
    void ourPingsAreAnswered(Peer peer) {
        peer.server().command();
        peer.proxy().ifPresent(Launchers::of);
        Subscriber subscriber = quiet.get(peer).subscriber();
        Await.until("the connection to grow old", QUIET_LIMIT, () -> subscriber.uptimeMillis() > QUIET.toMillis());
        int sent = subscriber.frames("sent", "ping");
        assertTrue(sent >= 2, () -> sent + " pings sent");
        Await.until("the pongs", TestConnector.LIMIT, () -> subscriber.frames("received", "pong") >= sent);
        subscriber.assertOpened(1);
        subscriber.assertTopicHolds(1);
        subscriber.assertNoTrouble();
        record(peer, Scenario.OUR_PINGS, sent + " answered");
    }
}
