package io.conduktor.connect.websocket.jmx;

/** Why nothing could be read: one line for the operator and the exit code of {@link JmxReader}. */
final class ReaderException extends Exception {
    /** No such MBean or attribute, or more than one MBean. */
    static final int NOT_FOUND = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;
    /** No connection to the JMX server, or it refused the login, or it did not answer in time. */
    static final int NO_CONNECTION = 3;

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    ReaderException(int exitCode, String message) {
        super(message.replaceAll("\\s+", " "));
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
