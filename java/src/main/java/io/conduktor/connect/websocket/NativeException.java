package io.conduktor.connect.websocket;

/** What the native library throws; {@link #code()} says what kind of failure it is. */
final class NativeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kinds of failure; the library sends their numbers. */
    enum Code {
        /** A setting is refused by open. */
        CONFIG(1),
        /** The session is gone. */
        CLOSED(2),
        /** Two polls at once. */
        BUSY(3),
        /** The session has ended for good, for example because its attempts are exhausted. */
        FAILED(4),
        /** A defect of the library: a panic or an unexpected JNI error. */
        BUG(5);

        private final int number;

        Code(int number) {
            this.number = number;
        }

        private static Code of(int number) {
            for (Code code : values()) {
                if (code.number == number) {
                    return code;
                }
            }
            return BUG;
        }
    }

    private final Code code;

    /** Called by the native library; an unknown number counts as BUG. */
    NativeException(int code, String message) {
        super(message);
        this.code = Code.of(code);
    }

    Code code() {
        return code;
    }
}
