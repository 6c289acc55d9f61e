package io.conduktor.connect.websocket.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.InfoCmp.Capability;

/**
 * The whole screen of a terminal, drawn anew for each snapshot and each change of its size. Ctrl-C is read as a key, so that it
 * reaches neither the servers nor make before the demo has ended them.
 */
final class TerminalView implements View {
    private static final int CTRL_C = 3;
    private static final int CTRL_D = 4;
    private static final long KEY_WAIT_MILLIS = 50;

    private final Terminal terminal;
    private final Attributes before;
    private final Panel panel;
    private final CountDownLatch end;
    private final Thread restore = new Thread(this::leave, "restore-terminal");
    private volatile boolean resized = true;
    private Snapshot shown;

    TerminalView(Panel panel, CountDownLatch end) throws IOException {
        this.panel = panel;
        this.end = end;
        terminal = TerminalBuilder.builder().system(true).encoding(StandardCharsets.UTF_8).build();
        before = terminal.enterRawMode();
        Attributes raw = terminal.getAttributes();
        raw.setLocalFlag(LocalFlag.ISIG, false);
        terminal.setAttributes(raw);
        terminal.handle(Terminal.Signal.WINCH, signal -> resized = true);
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        Runtime.getRuntime().addShutdownHook(restore);
    }

    @Override
    public void show(Snapshot snapshot) {
        shown = snapshot;
        draw();
    }

    @Override
    public boolean pause(Duration time) {
        long deadline = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - deadline < 0) {
            if (end.getCount() == 0 || isEndKey(readKey())) {
                return true;
            }
            if (resized && shown != null) {
                draw();
            }
        }
        return false;
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(restore);
        leave();
        try {
            terminal.close();
        } catch (IOException e) {
            // The demo ends anyway, and the terminal has its old state.
        }
    }

    private void leave() {
        terminal.puts(Capability.cursor_normal);
        terminal.puts(Capability.exit_ca_mode);
        terminal.flush();
        terminal.setAttributes(before);
    }

    /** Overwrites the screen line by line: once a second there is no need to send less, and no line is left half old. */
    private void draw() {
        Size size = terminal.getSize();
        if (resized) {
            resized = false;
            terminal.puts(Capability.clear_screen);
        }
        terminal.puts(Capability.cursor_home);
        // The last column stays free: behind it terminals differ in where the cursor is.
        Iterator<AttributedString> lines = panel.lines(shown, size.getRows(), size.getColumns() - 1).iterator();
        while (lines.hasNext()) {
            terminal.writer().print(lines.next().toAnsi(terminal));
            terminal.puts(Capability.clr_eol);
            terminal.writer().print(lines.hasNext() ? "\r\n" : "");
        }
        terminal.puts(Capability.clr_eos);
        terminal.flush();
    }

    private int readKey() {
        try {
            return terminal.reader().read(KEY_WAIT_MILLIS);
        } catch (IOException e) {
            return CTRL_C;
        }
    }

    private static boolean isEndKey(int key) {
        return key == CTRL_C || key == CTRL_D || key == 'q' || key == -1;
    }
}
