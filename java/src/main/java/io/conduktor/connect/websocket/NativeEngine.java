package io.conduktor.connect.websocket;

import org.apache.kafka.connect.errors.ConnectException;

/** The engine in the native library. */
final class NativeEngine implements Engine {
    private static final String ADVICE = "if -D" + NativeLibrary.PATH_PROPERTY + " is set, remove it or point it at the matching library, "
            + "then restart the worker";

    private NativeEngine() {
    }

    /**
     * Loads the library unless this class loader already has it.
     *
     * @throws ConnectException if it cannot be loaded or is of another version
     */
    static NativeEngine load() {
        NativeLibrary.load();
        String version = libraryVersion();
        if (!version.equals(Version.current())) {
            throw new ConnectException("The native library is version " + version + " but the WebSocket connector is version "
                    + Version.current() + "; " + ADVICE);
        }
        return new NativeEngine();
    }

    private static String libraryVersion() {
        try {
            return Native.version();
        } catch (UnsatisfiedLinkError e) {
            throw new ConnectException("The native library that was loaded is not the WebSocket connector's; " + ADVICE, e);
        } catch (NativeException e) {
            throw new ConnectException("The native library cannot tell its version: " + e.getMessage() + "; " + ADVICE, e);
        }
    }

    @Override
    public String[] check(String settingsJson) {
        return Native.check(settingsJson);
    }

    @Override
    public String[] dial(String settingsJson, TlsMaterial tls, String depth) {
        return Native.dial(settingsJson, tls.trustAnchors(), tls.clientIdentity(), depth);
    }

    @Override
    public long open(String settingsJson, TlsMaterial tls) {
        return Native.open(settingsJson, tls.trustAnchors(), tls.clientIdentity());
    }

    @Override
    public int poll(long handle, byte[] batch, long timeoutMillis) {
        return Native.poll(handle, batch, timeoutMillis);
    }

    @Override
    public String[] takeEvents(long handle) {
        return Native.takeEvents(handle);
    }

    @Override
    public void refresh(long handle, String settingsJson, TlsMaterial tls) {
        Native.refresh(handle, settingsJson, tls.trustAnchors(), tls.clientIdentity());
    }

    @Override
    public void stats(long handle, long[] stats) {
        Native.stats(handle, stats);
    }

    @Override
    public String[] texts(long handle) {
        return Native.texts(handle);
    }

    @Override
    public void pauseIfUnpolled(long handle, long millis) {
        Native.pauseIfUnpolled(handle, millis);
    }

    @Override
    public byte[] takeLogs(long timeoutMillis) {
        return Native.takeLogs(timeoutMillis);
    }

    @Override
    public void logLevels(int level, int wire) {
        Native.logLevels(level, wire);
    }

    @Override
    public void close(long handle, long[] stats) {
        Native.close(handle, stats);
    }
}
