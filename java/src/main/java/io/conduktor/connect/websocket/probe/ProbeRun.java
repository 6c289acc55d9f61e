package io.conduktor.connect.websocket.probe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.ProbeSession;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.LoggerFactory;

/** One run of {@link Probe}, in the class loader that has Kafka's classes. */
public final class ProbeRun {
    /** Characters of a text, and bytes of anything else, that are shown. */
    private static final int SHOWN_CHARACTERS = 160;
    private static final int SHOWN_BYTES = 32;
    /** Messages that are shown in a second: of a flood nobody reads more. */
    private static final int SHOWN_A_SECOND = 50;
    private static final int SHOWN_OF_A_REASON = 600;
    /** How lines begin that say again what an event says, or that nobody needs here. */
    private static final List<String> TOLD_BY_EVENTS = List.of("WebSocket wire: ", "WebSocket log: ", "WebSocket Connection ", "WebSocket Login ",
            "WebSocket Subscriptions done", "WebSocket Failed to send subscription message");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintStream out;
    private final ProbeArguments wanted;
    private final Map<String, String> config;
    private final Mask mask;
    private final Observations seen = new Observations();
    private final CountDownLatch ended = new CountDownLatch(1);
    private long begun;
    private volatile boolean interrupted;
    private long shownSecond;
    private int shown;
    private int unshown;

    private ProbeRun(PrintStream out, ProbeArguments wanted, Map<String, String> config) {
        this.out = out;
        this.wanted = wanted;
        this.config = config;
        this.mask = Mask.of(config);
    }

    /** @return the exit code of {@link Probe} */
    public static int run(PrintStream out, PrintStream err, String... arguments) {
        try {
            ProbeArguments wanted = ProbeArguments.parse(arguments);
            withoutLogging(); // Kafka's classes ask for it as soon as they are loaded.
            Map<String, String> config = ProbeConfig.read(wanted.config);
            return new ProbeRun(out, wanted, config).run(err);
        } catch (ProbeException | ConfigException | ConnectException e) {
            err.println(e.getMessage());
            return Probe.USAGE;
        }
    }

    /** SLF4J complains on System.err that there is no logging; here none is wanted. */
    private static void withoutLogging() {
        PrintStream err = System.err;
        System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        try {
            LoggerFactory.getILoggerFactory();
        } finally {
            System.setErr(err);
        }
    }

    private int run(PrintStream err) {
        Thread hook = new Thread(this::interrupt, "probe-interrupted");
        try (ProbeSession session = new ProbeSession(config)) {
            begun = System.nanoTime(); // Loading the library is not what is probed.
            Runtime.getRuntime().addShutdownHook(hook);
            session.warnings().forEach(warning -> out.println("warning: " + warning));
            print("connecting to " + session.url());
            while (!isOver(session)) {
                round(session);
            }
            round(session);
            double seconds = now();
            Map<String, Long> numbers = session.numbers();
            List<Suggestion> suggestions = Suggestions.of(seen, config, numbers, seconds);
            out.println();
            new Summary(seen, numbers, seconds).lines().forEach(out::println);
            out.println(suggestions.isEmpty() ? "Nothing that was seen speaks for another configuration." : "What was seen speaks for:");
            for (Suggestion suggestion : suggestions) {
                out.println("  " + mask.excerpt(suggestion.setting, SHOWN_OF_A_REASON));
                out.println("      " + mask.excerpt(suggestion.reason, SHOWN_OF_A_REASON));
            }
            out.flush();
            return result(session, err);
        } finally {
            ended.countDown();
            forget(hook);
        }
    }

    /** Ctrl-C: the summary comes first. */
    private void interrupt() {
        interrupted = true;
        try {
            ended.await(3, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It runs.
        }
    }

    private int result(ProbeSession session, PrintStream err) {
        if (seen.messages > 0) {
            return Probe.RECEIVED;
        }
        String why = seen.lastFailure != null ? seen.lastFailure : session.end() != null ? session.end() : "no message came";
        err.println("failed: " + mask.excerpt(why, SHOWN_OF_A_REASON));
        return Probe.FAILED;
    }

    private boolean isOver(ProbeSession session) {
        long endpoints = 1 + Arrays.stream(config.getOrDefault("websocket.urls", "").split(",")).filter(url -> !url.trim().isEmpty()).count();
        boolean unreachable = seen.opened == 0 && seen.failedStatuses.size() >= endpoints;
        return interrupted || unreachable || session.end() != null || now() >= wanted.seconds || seen.messages >= wanted.messages;
    }

    private void round(ProbeSession session) {
        List<byte[]> messages = new ArrayList<>();
        session.poll((micros, bytes, offset, length) -> messages.add(Arrays.copyOfRange(bytes, offset, offset + length)));
        seen.replies = session.numbers().getOrDefault("REPLIES", 0L);
        // What is said of the connection was first.
        session.lines().forEach(this::line);
        session.events().forEach(this::event);
        messages.forEach(this::message);
    }

    private double now() {
        return (System.nanoTime() - begun) / 1e9;
    }

    private void print(String text) {
        out.printf(Locale.ROOT, "%9.3f  %s%n", now(), text);
    }

    private void line(String line) {
        WireLine wire = WireLine.of(line);
        if (wire == null) {
            if (TOLD_BY_EVENTS.stream().noneMatch(line::startsWith)) {
                print(mask.excerpt(line, SHOWN_OF_A_REASON));
            }
            return;
        }
        seen.wire(now(), wire);
        if (wire.response != null) {
            print("answer: " + wire.response);
        } else if (wire.isControl() || wire.sent) {
            show((wire.sent ? "> " : "< ") + wire.frame + (wire.code == null ? "" : " code=" + wire.code) + " (" + wire.length + " bytes)");
        }
    }

    private void event(String text) {
        JsonNode event;
        try {
            event = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the engine's event is no JSON", e);
        }
        String kind = event.path("event").asText();
        String reason = event.path("reason").asText();
        switch (kind) {
            case "open":
                seen.opened(now());
                break;
            case "close":
                seen.closed(now(), event.path("code").asText(), reason, event.path("by").asText().equals("server"));
                break;
            case "connect_failed":
                seen.failed(event.path("http_status").isInt() ? event.path("http_status").asInt() : null, reason);
                break;
            default:
        }
        StringBuilder told = new StringBuilder(kind.replace('_', ' '));
        event.fieldNames().forEachRemaining(name -> {
            JsonNode value = event.path(name);
            boolean known = List.of("event", "at", "connector", "task", "url").contains(name);
            if (!known && !value.isNull() && !value.asText().isEmpty()) {
                told.append(' ').append(name).append('=').append(value.asText());
            }
        });
        print(mask.excerpt(told.toString(), SHOWN_OF_A_REASON));
    }

    private void message(byte[] payload) {
        seen.message(now(), payload);
        if (wanted.quiet) {
            return;
        }
        String text = Observations.text(payload);
        show("< " + (text != null ? "text " : "binary ") + payload.length + " bytes  "
                + (text != null ? mask.excerpt(text, SHOWN_CHARACTERS) : hex(payload)));
    }

    /** Prints something of which there may be very many. */
    private void show(String text) {
        if (wanted.quiet) {
            return;
        }
        long second = (long) now();
        if (second != shownSecond) {
            if (unshown > 0) {
                print("… and " + unshown + " more in that second");
            }
            shownSecond = second;
            shown = 0;
            unshown = 0;
        }
        if (shown < SHOWN_A_SECOND) {
            shown++;
            print(text);
        } else {
            unshown++;
        }
    }

    private static String hex(byte[] payload) {
        StringBuilder hex = new StringBuilder();
        for (int i = 0; i < Math.min(SHOWN_BYTES, payload.length); i++) {
            hex.append(String.format("%02x", payload[i]));
        }
        return hex + (payload.length > SHOWN_BYTES ? "…" : "");
    }
}
