package io.conduktor.connect.websocket.harness;

/** An answer of Connect's REST API that is no success. */
public final class RestException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String body;

    RestException(String request, int status, String body) {
        super(request + " was answered with " + status + ": " + body);
        this.status = status;
        this.body = body;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The answer's body, mostly {@code {"error_code":…,"message":…}}. */
    public String body() {
        return body;
    }
}
