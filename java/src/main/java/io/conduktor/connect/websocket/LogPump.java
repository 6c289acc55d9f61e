package io.conduktor.connect.websocket;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Writes the engine's log lines to SLF4J, each with the MDC of the task it belongs to. One daemon thread per class loader, from the
 * first session to the last: not the task's thread, since Connect polls no task that is paused or whose producer is blocked. The
 * thread also tells the engine which levels are worth a line, so that a change through Connect's REST API takes effect.
 */
final class LogPump {
    private static final Logger log = LoggerFactory.getLogger(LogPump.class);
    private static final long TAKE_MILLIS = 250;
    private static final long LEVEL_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long PAUSE_AFTER_FAILURE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Engine engine;
    private final Runnable everyRound;
    private final EngineLoggers loggers = new EngineLoggers();
    private final Map<Long, Session> sessions = new ConcurrentHashMap<>();
    private final Object openLock = new Object();
    private Thread thread; // guarded by openLock
    private long levelsSentAt;
    private int levelSent = -1;
    private int wireLevelSent = -1;

    /** {@code everyRound} is run on the pump's thread, several times a second. */
    LogPump(Engine engine, Runnable everyRound) {
        this.engine = engine;
        this.everyRound = everyRound;
    }

    /** A session whose lines are written. */
    final class Session {
        private final long handle;
        private final Map<String, String> mdc;
        private final CountDownLatch ended = new CountDownLatch(1);

        private Session(long handle, Map<String, String> mdc) {
            this.handle = handle;
            this.mdc = mdc;
        }

        long handle() {
            return handle;
        }

        /** Waits, at most {@code millis}, until the closed session's last line is written; then the session is forgotten. */
        void awaitEnd(long millis) {
            try {
                ended.await(millis, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                sessions.remove(handle);
            }
        }
    }

    /** Opens a session of the engine and writes its lines with the calling thread's MDC, from the first one on. */
    Session open(LongSupplier open) {
        Map<String, String> mdc = MDC.getCopyOfContextMap();
        // A line may come before open returns; the pump waits for this lock before it takes a session for unknown.
        synchronized (openLock) {
            if (thread == null) {
                sendLevels();
                startThread(); // First, so that no session is opened whose lines nobody could write.
            }
            Session session = new Session(open.getAsLong(), mdc == null ? Map.of() : mdc);
            sessions.put(session.handle, session);
            return session;
        }
    }

    private void startThread() {
        Thread starting = new Thread(this::run, "websocket-source-logs");
        starting.setDaemon(true);
        starting.setContextClassLoader(LogPump.class.getClassLoader());
        starting.start();
        thread = starting;
    }

    private void run() {
        MDC.clear(); // Some MDCs are inherited from the thread that started this one.
        do {
            try {
                write(engine.takeLogs(TAKE_MILLIS));
                everyRound.run();
                if (System.nanoTime() - levelsSentAt >= LEVEL_EVERY_NANOS) {
                    sendLevels();
                }
            } catch (RuntimeException | Error e) { // Out of memory, say: the pump must outlive it.
                log.warn("WebSocket engine log lines could not be written", e);
                LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
            }
        } while (!endsNow());
    }

    /** Decides under the lock, so that a session opened meanwhile either keeps this thread or starts the next. */
    private boolean endsNow() {
        if (!sessions.isEmpty()) {
            return false;
        }
        synchronized (openLock) {
            if (sessions.isEmpty()) {
                thread = null;
                return true;
            }
            return false;
        }
    }

    private void write(byte[] lines) {
        LogLine.read(lines, line -> {
            Session session = session(line.handle());
            if (!line.isEnd()) {
                write(line, session);
            } else if (session != null) {
                sessions.remove(session.handle);
                session.ended.countDown();
            }
        });
    }

    private Session session(long handle) {
        Session session = sessions.get(handle);
        if (session != null || handle == 0) {
            return session;
        }
        synchronized (openLock) {
            return sessions.get(handle);
        }
    }

    private void write(LogLine line, Session session) {
        MDC.setContextMap(session == null ? Map.of() : session.mdc);
        try {
            line.writeTo(loggers.of(line));
        } finally {
            MDC.clear();
        }
    }

    private void sendLevels() {
        levelsSentAt = System.nanoTime();
        int level = loggers.level();
        int wireLevel = loggers.wireLevel();
        if (level != levelSent || wireLevel != wireLevelSent) {
            engine.logLevels(level, wireLevel);
            levelSent = level;
            wireLevelSent = wireLevel;
        }
    }
}
