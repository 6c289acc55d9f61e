package io.conduktor.connect.websocket;

/** What the plugin needs of the native library: the seam that lets its Java side be tested alone. See {@link Native} for each method. */
interface Engine {
    String[] check(String settingsJson);

    String[] dial(String settingsJson, TlsMaterial tls, String depth);

    long open(String settingsJson, TlsMaterial tls);

    int poll(long handle, byte[] batch, long timeoutMillis);

    String[] takeEvents(long handle);

    void refresh(long handle, String settingsJson, TlsMaterial tls);

    void stats(long handle, long[] stats);

    String[] texts(long handle);

    void pauseIfUnpolled(long handle, long millis);

    byte[] takeLogs(long timeoutMillis);

    void logLevels(int level, int wire);

    void close(long handle, long[] stats);
}
