package io.conduktor.connect.websocket.system;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a connector's task told when it stopped, in its last line and in the warning about what it lost. */
record StopNote(long received, long produced, long discarded, long unacknowledged) {
    private static final Pattern LOST = Pattern.compile("stopped with (\\d+) received messages discarded .* and (\\d+) records handed over");
    private static final Pattern STOPPED = Pattern.compile("WebSocket task stopped: .* received=(\\d+) produced=(\\d+)");

    /** One note for each stop that the log tells of, in order. */
    static List<StopNote> in(WorkerLog log, String connector) {
        List<StopNote> notes = new ArrayList<>();
        long discarded = 0;
        long unacknowledged = 0;
        for (LogLine line : log.ours(connector)) {
            Matcher lost = LOST.matcher(line.text());
            Matcher stopped = STOPPED.matcher(line.text());
            if (lost.find()) {
                discarded = Long.parseLong(lost.group(1));
                unacknowledged = Long.parseLong(lost.group(2));
            } else if (stopped.find()) {
                notes.add(new StopNote(Long.parseLong(stopped.group(1)), Long.parseLong(stopped.group(2)), discarded, unacknowledged));
                discarded = 0;
                unacknowledged = 0;
            }
        }
        return notes;
    }
}
