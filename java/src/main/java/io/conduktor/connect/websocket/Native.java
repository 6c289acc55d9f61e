package io.conduktor.connect.websocket;

/**
 * The native methods, registered when {@link NativeLibrary} loads the library. Use them through {@link NativeEngine}. Handles are
 * numbers above 0 that are never used again. All methods throw {@link NativeException} only.
 */
final class Native {
    /** What {@link #poll} answers if {@link #takeEvents} has something to take. */
    static final int EVENTS = Integer.MIN_VALUE;
    /** What {@link #poll} answers, once for each time, if {@link #refresh} is to be called. */
    static final int SETTINGS_WANTED = Integer.MIN_VALUE + 1;

    private Native() {
    }

    /** The library's version. */
    static native String version();

    /**
     * What is wrong with settings, each as {@code websocket.key: text}; empty if nothing is. Settings that cannot be read at all are a
     * problem as well.
     */
    static native String[] check(String settingsJson);

    /**
     * Connects once, as far as {@code depth} says ({@code dns}, {@code handshake} or {@code subscribe}), and lets go. Returns what went wrong,
     * each as {@code websocket.key: text}; empty if nothing did. Blocks for seconds; leaves nothing behind. What TLS needs is as for
     * {@link #open}.
     */
    static native String[] dial(String settingsJson, byte[][] trustAnchors, byte[][] clientIdentity, String depth);

    /**
     * Starts a session without waiting for its connection. {@code trustAnchors} are DER certificates; {@code clientIdentity} is our
     * certificate and those above it as DER, and last its key as PKCS#8 DER, or empty. Returns its handle.
     */
    static native long open(String settingsJson, byte[][] trustAnchors, byte[][] clientIdentity);

    /**
     * Waits up to {@code timeoutMillis} for records, then fills {@code batch} from its start. Returns the bytes written, 0 if nothing came,
     * or {@code -n} if the next record needs an array of at least {@code n} bytes. Answers at once, with nothing taken, {@link #EVENTS} if
     * events wait and {@link #SETTINGS_WANTED} if {@link #refresh} is waited for.
     */
    static native int poll(long handle, byte[] batch, long timeoutMillis);

    /** The events that wait, each a JSON object, the oldest first. Never waits. */
    static native String[] takeEvents(long handle);

    /**
     * Answers {@link #SETTINGS_WANTED} with the settings, certificates and key as they are now. What is refused throws CONFIG and answers as
     * well: the old ones stay in force.
     */
    static native void refresh(long handle, String settingsJson, byte[][] trustAnchors, byte[][] clientIdentity);

    /** Fills {@code stats} in the order of {@link Stat}. */
    static native void stats(long handle, long[] stats);

    /** What can be said in words, in the order of {@link Text}; empty where there is nothing to say. */
    static native String[] texts(long handle);

    /**
     * Lets go of the feed if nobody has polled for {@code millis}; the next poll takes it up again. Only for sessions all of whose
     * records are acknowledged.
     */
    static native void pauseIfUnpolled(long handle, long millis);

    /** Waits up to {@code timeoutMillis} for log lines, which {@link LogLine} reads; empty if none came. One caller at a time. */
    static native byte[] takeLogs(long timeoutMillis);

    /**
     * The most verbose level worth a log line, of the target {@code wire} and of all others: 0 off, 1 error, 2 warn, 3 info, 4 debug,
     * 5 trace.
     */
    static native void logLevels(int level, int wire);

    /** Ends a session, on any thread and any number of times, and fills {@code stats} with its final numbers if it was open. */
    static native void close(long handle, long[] stats);
}
