package io.conduktor.connect.websocket.gates.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.gates.interop.Proxy.Timeouts;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What proxies do to connections by themselves: idle timeouts, reloads and restarts. The contract is run through them by {@link InteropTest}. */
@Tag("long")
class ProxyTest {
    private static final int FEW = 10;
    private static final int NO_PINGS = 0;
    private static final Timeouts HASTY = new Timeouts(2, 600);
    private static final Timeouts CUTTING = new Timeouts(60, 1);

    static Stream<Peer> peers() {
        return Peer.allProxied();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("peers")
    void anIdleTimeoutCutsAQuietConnectionAndItIsOpenedAnew(Peer peer) {
        try (Endpoint endpoint = Endpoint.open(peer, NO_PINGS, HASTY); Subscriber subscriber = new Subscriber("proxy-idle-" + peer.id(), endpoint, FEW)) {
            subscriber.start();
            String first = subscriber.awaitClosed(1006, "WARN", 1);
            subscriber.awaitRuns(2);
            subscriber.awaitClosed(1006, "WARN", 2);
            subscriber.awaitRuns(3);
            subscriber.assertTopicHolds(3);
            assertEquals(0, subscriber.failures(), "a cut connection is opened anew at the first attempt");
            Suite.figure("%s: a quiet connection is cut by the idle timeout: %s", peer, first);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("peers")
    void theServersPingsKeepAQuietConnection(Peer peer) {
        try (Endpoint endpoint = Endpoint.open(peer, 1, HASTY); Subscriber subscriber = new Subscriber("proxy-pings-" + peer.id(), endpoint, FEW)) {
            subscriber.start();
            Await.until("the connection to outlive the idle timeout", TestConnector.LIMIT, () -> subscriber.uptimeMillis() > 4 * 1000 * HASTY.idle());
            subscriber.assertOpened(1);
            subscriber.leave(endpoint);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("peers")
    void aReloadLeavesAConnectionThatIsBusy(Peer peer) {
        int count = 5000;
        try (Endpoint endpoint = Endpoint.open(peer); Subscriber subscriber = new Subscriber("proxy-reload-" + peer.id(), endpoint, count, ",\"pause_ms\":1")) {
            subscriber.connector().apply();
            subscriber.connector().awaitBooks("some numbers", books -> books.received() > count / 10);
            Set<Long> before = reload(peer, endpoint);
            assertTrue(subscriber.connector().books().received() < count, "the reload came too late to show anything");
            subscriber.awaitRuns(1);
            subscriber.assertTopicHolds(1);
            subscriber.assertOpened(1);
            assertTrue(before.stream().allMatch(ProxyTest::isAlive), "the connection's process waits for its end");
            subscriber.leave(endpoint);
            Await.until("the process with the old configuration to end", TestConnector.LIMIT, () -> before.stream().noneMatch(ProxyTest::isAlive));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("peers")
    void aReloadThatCutsConnectionsIsSurvived(Peer peer) {
        try (Endpoint endpoint = Endpoint.open(peer, NO_PINGS, CUTTING); Subscriber subscriber = new Subscriber("proxy-cut-" + peer.id(), endpoint, FEW)) {
            subscriber.start();
            reload(peer, endpoint);
            String ending = subscriber.awaitClosed(1006, "WARN", 1);
            subscriber.awaitRuns(2);
            subscriber.assertTopicHolds(2);
            subscriber.assertOpened(2);
            Suite.figure("%s: a reload that cuts connections: %s", peer, ending);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("peers")
    void aRestartOfTheProxyIsSurvived(Peer peer) {
        try (Endpoint endpoint = Endpoint.open(peer); Subscriber subscriber = new Subscriber("proxy-restart-" + peer.id(), endpoint, FEW)) {
            subscriber.start();
            endpoint.proxy().stop();
            String stopped = subscriber.awaitClosed(1006, "WARN", 1);
            subscriber.awaitFailed(1);
            endpoint.startProxy();
            subscriber.awaitRuns(2);
            int failures = subscriber.failures();
            endpoint.proxy().kill();
            String killed = subscriber.awaitClosed(1006, "WARN", 2);
            subscriber.awaitFailed(failures + 1);
            endpoint.startProxy();
            subscriber.awaitRuns(3);
            subscriber.assertTopicHolds(3);
            Suite.figure("%s: the proxy's restart by SIGTERM: %s; by SIGKILL: %s", peer, stopped, killed);
        }
    }

    /** Reloads the proxy, waits until new processes serve, and returns those that served before. */
    private static Set<Long> reload(Peer peer, Endpoint endpoint) {
        Proxy proxy = peer.proxy().orElseThrow();
        Set<Long> before = Proxy.workers(endpoint.proxy());
        proxy.reload(endpoint.proxy());
        Await.until(peer + " to start a new process", TestConnector.LIMIT, () -> !before.containsAll(Proxy.workers(endpoint.proxy())));
        return before;
    }

    private static boolean isAlive(long process) {
        return ProcessHandle.of(process).map(ProcessHandle::isAlive).orElse(false);
    }
}
