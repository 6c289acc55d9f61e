package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class LogPumpTest {
    private static final String CONTEXT = "connector.context";
    private static final String WIRE = "io.conduktor.connect.websocket.wire";

    private final FakeEngine engine = new FakeEngine();
    private final LogPump pump = new LogPump(engine, () -> { });
    private final CapturedLog log = new CapturedLog();

    @AfterEach
    void restore() {
        MDC.remove(CONTEXT);
        log.close();
    }

    private LogPump.Session open(String context) {
        MDC.put(CONTEXT, context);
        return pump.open(() -> engine.open("{}", TlsMaterial.NONE));
    }

    private void close(LogPump.Session session) {
        engine.close(session.handle(), new long[Stat.values().length]);
        session.awaitEnd(TimeUnit.SECONDS.toMillis(20));
    }

    private static List<Thread> pumpThreads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals("websocket-source-logs"))
                .collect(Collectors.toList());
    }

    @Test
    void linesHaveTheContextOfTheirTask() {
        LogPump.Session a = open("[a|task-0] ");
        LogPump.Session b = open("[b|task-0] ");
        engine.logs.add(Batches.logLine(a.handle(), 2, "WebSocketQueue", "Queue full"));
        engine.logs.add(Batches.logLine(b.handle(), 3, "WebSocketConnection", "Connection opened: {} ${x}"));
        engine.logs.add(Batches.logLine(0, 1, "WebSocketTls", "no session"));
        engine.logs.add(Batches.logLine(99, 4, "WebSocketTls", "unknown session"));
        close(a);
        close(b);
        assertEquals("[b|task-0] ", MDC.get(CONTEXT));
        String prefix = "io.conduktor.connect.websocket.";
        assertEquals(List.of(
                "WARN [a|task-0] " + prefix + "WebSocketQueue Queue full",
                "INFO [b|task-0] " + prefix + "WebSocketConnection Connection opened: {} ${x}",
                "ERROR " + prefix + "WebSocketTls no session",
                "DEBUG " + prefix + "WebSocketTls unknown session",
                "INFO [a|task-0] " + prefix + "WebSocketConnection last words of 1",
                "INFO [b|task-0] " + prefix + "WebSocketConnection last words of 2"), log.lines(line -> line.contains(prefix)));
    }

    @Test
    void aLineThatComesBeforeOpenReturnsHasItsContextToo() {
        LogPump.Session first = open("[first] ");
        engine.lineBeforeOpenReturns = "early";
        LogPump.Session second = open("[second] ");
        close(second);
        close(first);
        assertEquals(1, log.lines(line -> line.contains("[second] ") && line.endsWith("early")).size(), log.text());
    }

    @Test
    void oneDaemonThreadFromTheFirstSessionToTheLast() {
        List<Thread> before = pumpThreads();
        for (int round = 0; round < 20; round++) {
            LogPump.Session a = open("a");
            LogPump.Session b = open("b");
            close(a);
            List<Thread> own = pumpThreads();
            own.removeAll(before);
            assertTrue(own.stream().allMatch(Thread::isDaemon));
            close(b);
        }
        eventually("the thread ends", () -> before.containsAll(pumpThreads()));
        assertEquals(1, engine.mostLogReaders.get());
    }

    @Test
    void sessionsOpenedAndClosedAtOnceAllGetTheirLastLine() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        List<Long> slow = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(new Thread(() -> {
                for (int round = 0; round < 50; round++) {
                    LogPump.Session session = open("x");
                    long start = System.nanoTime();
                    close(session);
                    if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(19)) {
                        slow.add(session.handle());
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), slow);
        assertEquals(1, engine.mostLogReaders.get());
    }

    @Test
    void awaitEndGivesUpAndTheThreadStillEnds() {
        List<Thread> before = pumpThreads();
        engine.silentEnd = true;
        LogPump.Session session = open("a");
        engine.close(session.handle(), new long[Stat.values().length]);
        session.awaitEnd(10);
        eventually("the thread ends", () -> before.containsAll(pumpThreads()));
    }

    @Test
    void anOpenThatFailsLeavesNothing() {
        List<Thread> before = pumpThreads();
        engine.openFailure = new NativeException(1, "no");
        assertThrows(NativeException.class, () -> open("a"));
        eventually("the pump's thread ends", () -> before.containsAll(pumpThreads()));
    }

    @Test
    void theEngineLearnsTheLevelWhileSessionsRun() throws ReflectiveOperationException {
        LogPump.Session session = open("a");
        assertEquals(4, engine.level);
        try {
            setLevel("io.conduktor.connect.websocket", "ERROR");
            eventually("ERROR reaches the engine", () -> engine.level == 1);
            setLevel("io.conduktor.connect.websocket.WebSocketQueue", "TRACE");
            eventually("TRACE of one logger reaches the engine", () -> engine.level == 5);
            setLevel("io.conduktor.connect.websocket.WebSocketQueue", "OFF");
            setLevel("io.conduktor.connect.websocket", "OFF");
            eventually("OFF reaches the engine", () -> engine.level == 0);
        } finally {
            setLevel("io.conduktor.connect.websocket.WebSocketQueue", null);
            setLevel("io.conduktor.connect.websocket", "DEBUG");
        }
        close(session);
    }

    @Test
    void theWireLogHasALevelOfItsOwn() throws ReflectiveOperationException {
        LogPump.Session session = open("a");
        assertEquals(4, engine.wireLevel, "io.conduktor.connect.websocket=DEBUG, the runbook's line, covers it");
        try {
            setLevel("io.conduktor.connect.websocket", "INFO");
            eventually("the parent's level reaches the engine", () -> engine.level == 3 && engine.wireLevel == 3);
            setLevel(WIRE, "TRACE");
            eventually("the wire log's level reaches the engine alone", () -> engine.level == 3 && engine.wireLevel == 5);
            setLevel(WIRE, null);
            setLevel("okhttp3", "DEBUG");
            eventually("the level of okhttp3 stands for the wire log's", () -> engine.level == 3 && engine.wireLevel == 4);
            setLevel("okhttp3", null);
            eventually("off again", () -> engine.level == 3 && engine.wireLevel == 3);
        } finally {
            setLevel("okhttp3", null);
            setLevel(WIRE, null);
            setLevel("io.conduktor.connect.websocket", "DEBUG");
        }
        close(session);
    }

    @Test
    void aLineOfTheWireLogGoesToOkhttpIfOnlyThatOneWantsIt() throws ReflectiveOperationException {
        LogPump.Session session = open("[a] ");
        try {
            wireLine(session, 4, "both");
            setLevel(WIRE, "INFO");
            wireLine(session, 4, "neither");
            setLevel("okhttp3", "DEBUG");
            wireLine(session, 4, "only okhttp3");
            wireLine(session, 5, "too detailed for both");
            setLevel(WIRE, "TRACE");
            wireLine(session, 5, "only wire");
        } finally {
            setLevel("okhttp3", null);
            setLevel(WIRE, null);
        }
        close(session);
        assertEquals(List.of("DEBUG [a] " + WIRE + " both", "DEBUG [a] okhttp3 only okhttp3", "TRACE [a] " + WIRE + " only wire"),
                log.lines(line -> (line.contains(WIRE) || line.contains("okhttp3")) && !line.contains("after ")));
    }

    /** Returns when the line has been written, or not. */
    private void wireLine(LogPump.Session session, int level, String text) {
        engine.logs.add(Batches.logLine(session.handle(), level, "wire", text));
        engine.logs.add(Batches.logLine(session.handle(), 1, "WebSocketConnection", "after " + text));
        eventually("the line after it", () -> log.text().contains("after " + text));
    }

    /** The backend is a runtime dependency of the tests only, so its one needed method is called by reflection. */
    private static void setLevel(String logger, String level) throws ReflectiveOperationException {
        Class<?> levelClass = Class.forName("org.apache.log4j.Level");
        Object value = level == null ? null : levelClass.getField(level).get(null);
        Class<?> loggerClass = Class.forName("org.apache.log4j.Logger");
        loggerClass.getMethod("setLevel", levelClass).invoke(loggerClass.getMethod("getLogger", String.class).invoke(null, logger), value);
    }

    @Test
    void survivesTroubleWithALine() {
        LogPump.Session session = open("[a] ");
        engine.logs.add(new byte[] {1, 2, 3});
        engine.logs.add(Batches.logLine(session.handle(), 3, "WebSocketConnection", "after the trouble"));
        eventually("the next line is written", () -> log.text().contains("after the trouble"));
        assertEquals(1, log.warnings().size(), log.text());
        close(session);
    }
}
