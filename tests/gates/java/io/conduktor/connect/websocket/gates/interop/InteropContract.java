package io.conduktor.connect.websocket.gates.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.system.TestConnector;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold with every server: a subscription is answered by numbers, a restart is survived, and both sides close cleanly. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class InteropContract {
    static final int COUNT = 10_000;
    private static final int FEW = 100;

    abstract Stream<Peer> peers();

    /** With which codes the servers are to close. */
    abstract List<Integer> closeCodes();

    /** Where a test tells what it saw. */
    abstract void record(Peer peer, Results.Scenario scenario, String seen);

    @ParameterizedTest(name = "{0}")
    @MethodSource("peers")
    void numbersArriveOnceAndInOrderAndRestartsAreSurvived(Peer peer) {
        try (Endpoint endpoint = Endpoint.open(peer); Subscriber subscriber = new Subscriber("interop-numbers-" + peer.id(), endpoint, COUNT)) {
            subscriber.start().assertTopicHolds(1);
            assertTrue(subscriber.isConnected());
            subscriber.assertOpened(1);
            subscriber.assertNoTrouble();
            record(peer, Results.Scenario.NUMBERS, "all");
            assertEquals(peer.server().compresses(), subscriber.isCompressed());
            record(peer, Results.Scenario.COMPRESSION, subscriber.isCompressed() ? "yes" : "no");
            endpoint.server().stop();
            subscriber.awaitClosed(1001, "INFO", 1);
            awaitOutage(subscriber);
            endpoint.startServer();
            subscriber.awaitRuns(2);
            endpoint.server().kill();
            subscriber.awaitClosed(1006, "WARN", 1);
            awaitOutage(subscriber);
            endpoint.startServer();
            subscriber.awaitRuns(3);
            subscriber.assertTopicHolds(3);
            subscriber.assertOpened(3);
            assertTrue(subscriber.isConnected());
            assertEquals(subscriber.failures() + 2, subscriber.connector().number("TotalReconnects"), "each outage ends with an attempt that succeeds");
            record(peer, Results.Scenario.RESTART, "1001, 1006");
            subscriber.leave(endpoint);
            record(peer, Results.Scenario.OUR_CLOSE, "1000");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("peers")
    void theServersCloseIsUnderstood(Peer peer) {
        List<String> seen = new ArrayList<>();
        for (int code : closeCodes()) {
            String name = "interop-close-" + code + "-" + peer.id();
            try (Endpoint endpoint = Endpoint.open(peer);
                    Subscriber subscriber = new Subscriber(name, endpoint, FEW, ",\"close\":" + code).reconnectingLate()) {
                subscriber.start();
                String ending = subscriber.awaitClosed(code, code == 4000 ? "WARN" : "INFO", 1);
                assertEquals("code=" + code + " reason=all sent", ending);
                Await.until("the connection to be gone", TestConnector.LIMIT, () -> !subscriber.isConnected());
                subscriber.connector().log().await(name, "WebSocket Reconnecting in ", 1, TestConnector.LIMIT);
                endpoint.awaitEvents("subscribed " + subscriber.subscription(), "closed " + peer.server().codeOfAnswer(code));
                subscriber.assertTopicHolds(1);
                seen.add(Integer.toString(code));
            }
        }
        record(peer, Results.Scenario.CLOSE, String.join(", ", seen));
    }

    /** While nothing serves, the connector says so and tries again. */
    private static void awaitOutage(Subscriber subscriber) {
        int failures = subscriber.failures();
        Await.until("the connection to be gone", TestConnector.LIMIT, () -> !subscriber.isConnected());
        String failed = subscriber.awaitFailed(failures + 1);
        assertTrue(failed.contains("refused") || failed.contains("HTTP status 502") || failed.contains("HTTP status 503"), failed);
    }
}
