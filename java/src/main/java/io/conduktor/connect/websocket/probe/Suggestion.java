package io.conduktor.connect.websocket.probe;

/** A key that something observed speaks for. */
final class Suggestion {
    /** As it would stand in a properties file, or the key alone where its value cannot be known. */
    final String setting;
    /** What was observed. */
    final String reason;

    Suggestion(String setting, String reason) {
        this.setting = setting;
        this.reason = reason;
    }

    @Override
    public String toString() {
        return setting + ": " + reason;
    }
}
