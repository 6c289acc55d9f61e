package io.conduktor.connect.websocket.probe;

/** Why nothing can be probed: one line for the operator. */
final class ProbeException extends Exception {
    private static final long serialVersionUID = 1L;

    ProbeException(String message) {
        super(message);
    }
}
