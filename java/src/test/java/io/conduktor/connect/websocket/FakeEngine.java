package io.conduktor.connect.websocket;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** An engine whose answers a test lays out. Any number of sessions; they share batches and stats. */
final class FakeEngine implements Engine {
    /** What the next polls answer: a batch, a bare number, or an exception to throw. */
    final BlockingDeque<Object> polls = new LinkedBlockingDeque<>();
    final BlockingQueue<byte[]> logs = new LinkedBlockingQueue<>();
    final List<String> settings = new CopyOnWriteArrayList<>();
    /** What the next refreshes were given. */
    final List<String> refreshed = new CopyOnWriteArrayList<>();
    final List<String> checked = new CopyOnWriteArrayList<>();
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    final List<Long> pauses = new CopyOnWriteArrayList<>();
    final List<Long> closed = new CopyOnWriteArrayList<>();
    final AtomicInteger logReaders = new AtomicInteger();
    final AtomicInteger mostLogReaders = new AtomicInteger();
    volatile int level = -1;
    volatile int wireLevel = -1;
    volatile long[] stats = new long[Stat.values().length];
    volatile String[] problems = {};
    /** To what depth was dialled, with which settings. */
    final List<String> dialled = new CopyOnWriteArrayList<>();
    volatile String[] dialProblems = {};
    volatile RuntimeException dialFailure;
    volatile String[] texts = {"OPEN", "", "", "ws://feed/"};
    volatile RuntimeException refreshFailure;
    volatile RuntimeException openFailure;
    volatile RuntimeException closeFailure;
    volatile RuntimeException pauseFailure;
    volatile String lineBeforeOpenReturns;
    volatile boolean silentEnd;
    volatile int trustAnchors;
    volatile byte[][] clientIdentity;
    volatile int lastCapacity;
    private final AtomicLong handles = new AtomicLong();

    @Override
    public String[] check(String settingsJson) {
        checked.add(settingsJson);
        return problems;
    }

    @Override
    public String[] dial(String settingsJson, TlsMaterial tls, String depth) {
        dialled.add(depth + " " + settingsJson);
        trustAnchors = tls.trustAnchors().length;
        if (dialFailure != null) {
            throw dialFailure;
        }
        return dialProblems;
    }

    @Override
    public long open(String settingsJson, TlsMaterial tls) {
        settings.add(settingsJson);
        trustAnchors = tls.trustAnchors().length;
        clientIdentity = tls.clientIdentity();
        if (openFailure != null) {
            throw openFailure;
        }
        long handle = handles.incrementAndGet();
        if (lineBeforeOpenReturns != null) {
            logs.add(Batches.logLine(handle, 3, "WebSocketConnection", lineBeforeOpenReturns));
            Eventually.eventually("the early line is taken", () -> logs.isEmpty() || handle == 1);
        }
        return handle;
    }

    @Override
    public int poll(long handle, byte[] batch, long timeoutMillis) {
        lastCapacity = batch.length;
        Object next = take(polls, timeoutMillis);
        if (next instanceof RuntimeException) {
            throw (RuntimeException) next;
        }
        if (next == null) {
            return 0;
        }
        if (next instanceof Integer) {
            return (Integer) next;
        }
        byte[] bytes = (byte[]) next;
        if (bytes.length > batch.length) {
            polls.addFirst(bytes);
            return -bytes.length;
        }
        System.arraycopy(bytes, 0, batch, 0, bytes.length);
        return bytes.length;
    }

    @Override
    public String[] takeEvents(long handle) {
        List<String> taken = new ArrayList<>();
        events.drainTo(taken);
        return taken.toArray(new String[0]);
    }

    @Override
    public void refresh(long handle, String settingsJson, TlsMaterial tls) {
        refreshed.add(settingsJson);
        if (refreshFailure != null) {
            throw refreshFailure;
        }
        if (settingsJson.isEmpty()) {
            throw new NativeException(1, "the settings cannot be read");
        }
    }

    @Override
    public String[] texts(long handle) {
        if (closed.contains(handle)) {
            throw new NativeException(2, "closed");
        }
        return texts;
    }

    @Override
    public void stats(long handle, long[] target) {
        if (closed.contains(handle)) {
            throw new NativeException(2, "closed");
        }
        System.arraycopy(stats, 0, target, 0, target.length);
    }

    @Override
    public void pauseIfUnpolled(long handle, long millis) {
        if (closed.contains(handle)) {
            throw new NativeException(2, "closed");
        }
        pauses.add(millis);
        if (pauseFailure != null) {
            throw pauseFailure;
        }
    }

    @Override
    public byte[] takeLogs(long timeoutMillis) {
        mostLogReaders.accumulateAndGet(logReaders.incrementAndGet(), Math::max);
        try {
            byte[] lines = take(logs, timeoutMillis);
            return lines == null ? new byte[0] : lines;
        } finally {
            logReaders.decrementAndGet();
        }
    }

    @Override
    public void logLevels(int level, int wire) {
        this.level = level;
        this.wireLevel = wire;
    }

    @Override
    public void close(long handle, long[] target) {
        if (closeFailure != null) {
            throw closeFailure;
        }
        closed.add(handle);
        System.arraycopy(stats, 0, target, 0, target.length);
        if (!silentEnd) {
            logs.add(Batches.logLine(handle, 3, "WebSocketConnection", "last words of " + handle));
            logs.add(Batches.logLine(handle, 255, "", ""));
        }
    }

    void set(Stat stat, long value) {
        long[] changed = stats.clone();
        changed[stat.ordinal()] = value;
        stats = changed;
    }

    private static <T> T take(BlockingQueue<T> queue, long timeoutMillis) {
        try {
            return queue.poll(timeoutMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
