package io.conduktor.connect.websocket.demo;

import static org.jline.utils.AttributedStyle.BOLD;
import static org.jline.utils.AttributedStyle.CYAN;
import static org.jline.utils.AttributedStyle.DEFAULT;
import static org.jline.utils.AttributedStyle.GREEN;
import static org.jline.utils.AttributedStyle.RED;
import static org.jline.utils.AttributedStyle.YELLOW;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** The lines of the terminal view; knows nothing of terminals but their size. */
final class Panel {
    private static final AttributedStyle FAINT = DEFAULT.faint();
    private static final AttributedStyle TITLE = BOLD.foreground(CYAN);
    private static final int MARGIN = 1;
    private static final int LABEL = 12;
    private static final String[][] ATTRIBUTES = {
        {"MessagesReceived", "QueueSize"},
        {"RecordsProduced", "QueueCapacity"},
        {"MessagesDropped", "QueueUtilizationPercent"},
        {"DropRate", "UptimeMillis"},
        {"LagCount", "MillisSinceLastMessage"},
        {"isConnected", "TotalReconnects"},
    };

    private final Hints hints;
    private final String feed;
    private final String connector;
    private final String kafka;
    private final String log;

    Panel(Stage stage, Hints hints) {
        this.hints = hints;
        this.feed = stage.shownUrl();
        this.connector = stage.connectorName();
        this.kafka = stage.kafkaVersion() + " on localhost:" + stage.broker().port() + ", topic " + stage.topic();
        this.log = stage.shown(stage.worker().process().log()).toString();
    }

    /** At most {@code rows} lines of at most {@code columns}; what matters least is left out first. */
    List<AttributedString> lines(Snapshot snapshot, int rows, int columns) {
        List<AttributedString> top = new ArrayList<>();
        top.addAll(heading(snapshot));
        top.add(rate(snapshot, columns));
        top.add(AttributedString.EMPTY);
        top.addAll(mbean(snapshot, columns));
        top.add(AttributedString.EMPTY);
        top.addAll(lastRecord(snapshot, columns));
        List<AttributedString> bottom = bottom(rows - top.size());
        List<AttributedString> all = new ArrayList<>(top);
        all.addAll(bottom);
        return all.stream().limit(rows).map(line -> line.columnSubSequence(0, columns)).toList();
    }

    private List<AttributedString> heading(Snapshot snapshot) {
        AttributedString title = line().styled(TITLE, "WebSocket source connector").styled(FAINT,
            "   running " + clock(snapshot.elapsed()) + "   Ctrl-C ends").toAttributedString();
        AttributedStringBuilder states = label("Connector").append(connector).append("  ")
            .styled(colour(snapshot.connectorState()), snapshot.connectorState()).append(", task ")
            .styled(colour(snapshot.taskState()), snapshot.taskState());
        AttributedString problem = snapshot.problem()
            .map(text -> label("Problem").styled(DEFAULT.foreground(RED), printable(text)).toAttributedString())
            .orElse(AttributedString.EMPTY);
        return List.of(title, label("Feed").append(feed).toAttributedString(), states.toAttributedString(),
            label("Kafka").append(kafka).toAttributedString(), problem);
    }

    private AttributedString rate(Snapshot snapshot, int columns) {
        String numbers = String.format("%,9.0f ", snapshot.rate());
        String total = String.format(" %,d in Kafka", snapshot.records());
        int width = columns - MARGIN - LABEL - numbers.length() - total.length() - MARGIN;
        return label("Records/s").styled(BOLD, numbers)
            .styled(DEFAULT.foreground(GREEN), Sparkline.of(snapshot.rates(), Math.max(0, width)))
            .styled(FAINT, total).toAttributedString();
    }

    private List<AttributedString> mbean(Snapshot snapshot, int columns) {
        List<AttributedString> lines = new ArrayList<>();
        lines.add(line().styled(TITLE, "MBean of the connector").toAttributedString());
        int half = (columns - 3 * MARGIN) / 2;
        for (String[] pair : ATTRIBUTES) {
            AttributedStringBuilder row = line();
            attribute(row, snapshot, pair[0], half);
            row.append("  ");
            attribute(row, snapshot, pair[1], half);
            lines.add(row.toAttributedString());
        }
        return lines;
    }

    private static void attribute(AttributedStringBuilder row, Snapshot snapshot, String name, int width) {
        String value = snapshot.attribute(name);
        int gap = Math.max(1, Math.min(width, 36) - name.length() - value.length());
        row.styled(FAINT, name).append(" ".repeat(gap)).styled(alarm(name, value), value);
        row.append(" ".repeat(Math.max(0, width - name.length() - gap - value.length())));
    }

    private static AttributedStyle alarm(String name, String value) {
        boolean bad = name.equals("isConnected") && value.equals("false") || name.equals("MessagesDropped") && !value.matches("0|-");
        return bad ? BOLD.foreground(RED) : BOLD;
    }

    private List<AttributedString> lastRecord(Snapshot snapshot, int columns) {
        List<AttributedString> lines = new ArrayList<>();
        AttributedStringBuilder title = line().styled(TITLE, "Last record, read back from Kafka");
        if (snapshot.last().isEmpty()) {
            lines.add(title.toAttributedString());
            lines.add(line().styled(FAINT, "none yet").toAttributedString());
            lines.add(AttributedString.EMPTY);
            return lines;
        }
        Snapshot.LastRecord last = snapshot.last().get();
        lines.add(title.styled(FAINT, String.format("   offset %,d, %,d ms old", last.offset(), last.age().toMillis()))
            .toAttributedString());
        AttributedString value = new AttributedString(printable(last.value()));
        int width = columns - 2 * MARGIN;
        for (int row = 0; row < 2; row++) {
            lines.add(line().append(value.columnSubSequence(row * width, (row + 1) * width)).toAttributedString());
        }
        return lines;
    }

    private List<AttributedString> bottom(int rows) {
        List<AttributedString> lines = new ArrayList<>();
        lines.add(AttributedString.EMPTY);
        lines.add(line().styled(TITLE, "Try in another terminal").append("   " + hints.preparation()).toAttributedString());
        int room = Math.max(1, rows - lines.size() - 1);
        hints.commands().stream().limit(room).forEach(command -> lines.add(line().append("  " + command).toAttributedString()));
        lines.add(line().styled(FAINT, "Worker's log: " + log).toAttributedString());
        return lines;
    }

    private static AttributedStyle colour(String state) {
        return switch (state) {
            case "RUNNING" -> DEFAULT.foreground(GREEN);
            case "FAILED" -> BOLD.foreground(RED);
            default -> DEFAULT.foreground(YELLOW);
        };
    }

    private static AttributedStringBuilder line() {
        return new AttributedStringBuilder().append(" ".repeat(MARGIN));
    }

    private static AttributedStringBuilder label(String text) {
        return line().styled(FAINT, String.format("%-" + LABEL + "s", text));
    }

    private static String clock(Duration time) {
        return String.format("%02d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }

    /** Text from a feed must not reach the terminal as control codes. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }
}
