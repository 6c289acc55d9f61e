package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.Eventually.eventually;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfigTest.properties;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Open, poll, stats, events, fresh settings, pause and close of one session on threads that start together, over and over: only the results that the boundary
 * defines, and nothing is left. {@code -Draces=N} says how often; the gate of the boundary does it 20,000 times.
 */
class NativeRacesTest {
    private static final int RACES = Integer.getInteger("races", 200);
    private static final byte[][] NO_CERTIFICATES = {};
    private static final int POLLERS = 2;
    private static final int CLOSERS = 2;

    /** How a call ended: a code, or null for a result. */
    private final Map<NativeException.Code, AtomicInteger> ends = new EnumMap<>(NativeException.Code.class);
    private final AtomicInteger results = new AtomicInteger();
    private final AtomicLong received = new AtomicLong();
    private final AtomicInteger booksClosed = new AtomicInteger();

    NativeRacesTest() {
        for (NativeException.Code code : NativeException.Code.values()) {
            ends.put(code, new AtomicInteger());
        }
    }

    /** A call whose result the boundary defines. */
    private interface Call {
        void on(long handle);
    }

    @Test
    void onlyDefinedResultsAndNothingIsLeft() throws Exception {
        NativeEngine.load();
        byte[] message = OneFeed.frame(1, "message".getBytes(StandardCharsets.UTF_8));
        ExecutorService threads = Executors.newFixedThreadPool(POLLERS + CLOSERS + 4);
        try (OneFeed feed = new OneFeed(message, message, message); ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<String> urls = List.of(feed.url(), deadUrl(), feed.url(), "ws://127.0.0.1:" + silent.getLocalPort() + "/", feed.url());
            for (int i = 0; i < RACES; i++) {
                race(threads, urls.get(i % urls.size()), i);
                Native.takeLogs(0); // Nobody else does, and the ring is to have room for what a failure says.
            }
            eventually("the feed has no connection", () -> feed.open() == 0);
            eventually("no engine thread is left", () -> engineThreads().isEmpty());
        } finally {
            threads.shutdownNow();
        }
        Set<NativeException.Code> seen = ends.entrySet().stream().filter(end -> end.getValue().get() > 0).map(Map.Entry::getKey)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(NativeException.Code.class)));
        System.out.println("FIGURE " + RACES + " races: " + results + " results, " + ends + ", " + received + " messages");
        assertEquals(EnumSet.of(NativeException.Code.CLOSED, NativeException.Code.BUSY), seen);
        assertEquals(RACES, booksClosed.get(), "sessions whose final numbers were told to one of those who closed them");
    }

    private void race(ExecutorService threads, String url, int number) throws Exception {
        String settings = settings(url);
        CyclicBarrier start = new CyclicBarrier(POLLERS + CLOSERS + 4);
        AtomicLong opened = new AtomicLong();
        List<Future<?>> racers = new ArrayList<>();
        racers.add(threads.submit(() -> {
            start.await();
            opened.set(Native.open(settings, NO_CERTIFICATES, NO_CERTIFICATES));
            return null;
        }));
        for (int poller = 0; poller < POLLERS; poller++) {
            byte[] batch = new byte[64];
            racers.add(untilClosed(threads, start, opened, handle -> Native.poll(handle, batch, 5)));
        }
        racers.add(untilClosed(threads, start, opened, handle -> Native.stats(handle, new long[Stat.values().length])));
        racers.add(untilClosed(threads, start, opened, handle -> {
            Native.texts(handle);
            Native.takeEvents(handle);
            Native.refresh(handle, settings, NO_CERTIFICATES, NO_CERTIFICATES);
        }));
        racers.add(untilClosed(threads, start, opened, handle -> Native.pauseIfUnpolled(handle, 1)));
        for (int closer = 0; closer < CLOSERS; closer++) {
            racers.add(threads.submit(() -> {
                start.await();
                // From before the session is open until it has messages.
                for (int spins = 0; opened.get() == 0 || spins < number % 50 * 10; spins++) {
                    Thread.yield();
                }
                close(opened.get());
                return null;
            }));
        }
        for (Future<?> racer : racers) {
            racer.get(60, TimeUnit.SECONDS);
        }
        long handle = opened.get();
        assertEquals(NativeException.Code.CLOSED, assertThrows(NativeException.class, () -> Native.poll(handle, new byte[64], 0)).code());
    }

    /** Calls from the start on, also without a session, until the session is closed. */
    private Future<?> untilClosed(ExecutorService threads, CyclicBarrier start, AtomicLong opened, Call call) {
        return threads.submit(() -> {
            start.await();
            boolean closed = false;
            while (!closed) {
                long handle = opened.get();
                NativeException.Code end = end(() -> call.on(handle));
                closed = end == NativeException.Code.CLOSED && handle != 0;
                LockSupport.parkNanos(end == NativeException.Code.BUSY ? 100_000 : 1); // There are more threads than processors.
            }
            return null;
        });
    }

    private NativeException.Code end(Runnable call) {
        try {
            call.run();
            results.incrementAndGet();
            return null;
        } catch (NativeException e) {
            ends.get(e.code()).incrementAndGet();
            return e.code();
        }
    }

    /** One of those who close is told the final numbers, and they balance; the others' arrays stay as they are. */
    private void close(long handle) {
        long[] stats = new long[Stat.values().length];
        Arrays.fill(stats, -1);
        Native.close(handle, stats);
        if (stats[Stat.RECEIVED.ordinal()] >= 0) {
            booksClosed.incrementAndGet();
            received.addAndGet(stats[Stat.RECEIVED.ordinal()]);
            assertEquals(stats[Stat.RECEIVED.ordinal()], stats[Stat.HANDED_OVER.ordinal()] + stats[Stat.DISCARDED.ordinal()],
                    () -> Arrays.toString(stats));
        }
    }

    private static String settings(String url) {
        Map<String, String> properties = properties("websocket.reconnect.interval.ms", "1", "websocket.url", url);
        return SessionSettings.json(new WebSocketSourceConnectorConfig(properties), "race", 0, Long.MAX_VALUE, false);
    }

    private static String deadUrl() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "ws://127.0.0.1:" + socket.getLocalPort() + "/";
        }
    }

    /** By the names that the kernel knows; none on systems without /proc. */
    private static List<String> engineThreads() {
        Path tasks = Path.of("/proc/self/task");
        if (!Files.isDirectory(tasks)) {
            return List.of();
        }
        try (Stream<Path> threads = Files.list(tasks)) {
            return threads.map(NativeRacesTest::name).filter(name -> name.startsWith("ws-0-race")).collect(Collectors.toList());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String name(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).trim();
        } catch (IOException e) {
            return ""; // It has ended.
        }
    }
}
