package io.conduktor.connect.websocket.probe;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A line of the wire log (docs/LOGS.md) that is about a frame or about the answer to the opening handshake. */
final class WireLine {
    private static final Pattern FRAME = Pattern.compile(
            "WebSocket wire: (sent|received) frame opcode=\\d+ \\((\\w+)\\) fin=(\\d) rsv=(\\d)\\d\\d length=(\\d+)(?: code=(\\d+))? connector=.*",
            Pattern.DOTALL);
    private static final Pattern RESPONSE = Pattern.compile("WebSocket wire: received response (.*) connector=.*", Pattern.DOTALL);

    final boolean sent;
    /** text, binary, continuation, ping, pong or close; null of the handshake's answer. */
    final String frame;
    /** Whether it is a compressed message's first frame (RFC 7692). */
    final boolean compressed;
    final long length;
    /** A close frame's code, or null. */
    final String code;
    /** The handshake's answer: status line and headers, separated by {@code " | "}; null of a frame. */
    final String response;

    private WireLine(boolean sent, String frame, boolean compressed, long length, String code, String response) {
        this.sent = sent;
        this.frame = frame;
        this.compressed = compressed;
        this.length = length;
        this.code = code;
        this.response = response;
    }

    /** Null if the line is about something else. */
    static WireLine of(String line) {
        Matcher frame = FRAME.matcher(line);
        if (frame.matches()) {
            return new WireLine(frame.group(1).equals("sent"), frame.group(2), frame.group(4).equals("1"), Long.parseLong(frame.group(5)),
                    frame.group(6), null);
        }
        Matcher response = RESPONSE.matcher(line);
        return response.matches() ? new WireLine(false, null, false, 0, null, response.group(1)) : null;
    }

    /** Whether the frame is about the connection, and carries no message. */
    boolean isControl() {
        return frame != null && (frame.equals("ping") || frame.equals("pong") || frame.equals("close"));
    }

    /** A header of the handshake's answer, or null. */
    String header(String name) {
        for (String field : response.split(" \\| ")) {
            if (field.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ": ")) {
                return field.substring(name.length() + 2);
            }
        }
        return null;
    }
}
