package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.SourceTokens.isAt;

import io.conduktor.connect.websocket.SourceTokens.Token;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The log lines at INFO and above in sources. What looks like a log call and cannot be read is an error: a line that this overlooks
 * would be missing from docs/LOGS.md.
 */
final class LogCalls {
    private static final Set<String> LEVELS = Set.of("info", "warn", "error");
    private static final Set<String> FLUENT = Set.of("atInfo", "atWarn", "atError", "atLevel");

    private final Set<LogCall> calls = new TreeSet<>();
    /** String constants by their names, of both languages. */
    private final Map<String, String> constants = new HashMap<>();
    private String file;
    private List<Token> tokens;

    Set<LogCall> calls() {
        return calls;
    }

    /** Learns the constants of a file; to be called for all files first. */
    void learn(String source) {
        tokens = SourceTokens.of(source);
        for (int i = 0; i + 2 < tokens.size(); i++) {
            boolean java = isAt(tokens, i, "String") && isAt(tokens, i + 2, "=");
            boolean rust = isAt(tokens, i, "const") && isAt(tokens, i + 2, ":", "&", "str", "=");
            int value = i + (java ? 3 : 6);
            if ((java || rust) && value + 1 < tokens.size() && tokens.get(value).isText() && tokens.get(value + 1).is(";")) {
                constants.put(tokens.get(i + 1).text, tokens.get(value).text);
            }
        }
    }

    // ---- Java ----

    void readJava(String name, String source) {
        file = name;
        tokens = SourceTokens.of(source);
        for (int i = 1; i + 1 < tokens.size(); i++) {
            if (!isAt(tokens, i - 1, ".") || !isAt(tokens, i + 1, "(")) {
                continue;
            }
            String method = tokens.get(i).text;
            if (FLUENT.contains(method)) {
                throw unreadable(i, "the fluent API");
            }
            if (LEVELS.contains(method)) {
                readLoggerCall(i, method.toUpperCase(Locale.ROOT));
            } else if (name.matches("(Config|Conversation)Warnings[.]java") && isAt(tokens, i - 2, "warnings", ".", "add")) {
                // Each is logged by WebSocketSourceConnector.
                calls.add(new LogCall("WARN", "WebSocketSourceConnector", "WebSocket connector {}: " + javaText(i + 2)));
            }
        }
    }

    private void readLoggerCall(int at, String level) {
        if (file.equals("LogLine.java") && isAt(tokens, at - 2, "logger", ".", tokens.get(at).text, "(", "message", ")")) {
            return; // The engine's lines on their way.
        }
        String logger = null;
        for (int i = 0; i + 4 < tokens.size(); i++) {
            if (isAt(tokens, i, "getLogger", "(") && isAt(tokens, i + 3, ".", "class")) {
                logger = tokens.get(i + 2).text;
            }
        }
        if (logger == null || !isAt(tokens, at - 2, "log")) {
            throw unreadable(at, "a logger that is not the class's own");
        }
        calls.add(new LogCall(level, logger, javaText(at + 2)));
    }

    /** The value of a string expression, with {@code {}} for what is no literal and no constant. */
    private String javaText(int from) {
        StringBuilder text = new StringBuilder();
        boolean literal = false;
        int depth = 0;
        boolean operand = false; // Inside an operand that is no literal.
        for (int i = from; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (depth == 0 && (token.is(",") || token.is(")"))) {
                break;
            }
            if (token.is("(")) {
                depth++;
            } else if (token.is(")")) {
                depth--;
            } else if (depth == 0 && token.is("?")) {
                throw unreadable(i, "a choice between texts");
            } else if (depth == 0 && token.is("+")) {
                operand = false;
            } else if (depth == 0 && token.isText()) {
                text.append(token.text);
                literal = true;
            } else if (depth == 0 && !operand && constants.containsKey(token.text)) {
                text.append(constants.get(token.text));
                operand = true;
            } else if (depth == 0 && !operand) {
                text.append("{}");
                operand = true;
            }
        }
        if (!literal) {
            throw unreadable(from, "a text that is not written here");
        }
        return text.toString();
    }

    // ---- Rust ----

    void readRust(String name, String source) {
        file = name;
        tokens = SourceTokens.withoutTests(SourceTokens.of(source));
        String passedOn = null;
        for (int i = 0; i + 2 < tokens.size(); i++) {
            String word = tokens.get(i).text;
            if (LEVELS.contains(word) && isAt(tokens, i + 1, "!", "(")) {
                int after = afterTarget(i + 3);
                calls.add(new LogCall(word.toUpperCase(Locale.ROOT), target(after - 2), rustText(after)));
            } else if (isAt(tokens, i, "log", "!", "(")) {
                // A level and a text that were made elsewhere: there both stand together, see below.
                int after = afterTarget(i + 3);
                if (!isAt(tokens, after + 1, ",") || !rustText(after + 2).matches("\\{\\w*}") || passedOn != null) {
                    throw unreadable(i, "a level or a text that is not written here");
                }
                passedOn = target(after - 2);
            }
        }
        for (int i = 0; i + 3 < tokens.size(); i++) {
            if (isAt(tokens, i, "Level", ":", ":")) {
                readLevel(i, passedOn);
            }
        }
    }

    /** {@code (Level::Info, format!("…"))}, or the same behind a target. */
    private void readLevel(int at, String passedOn) {
        String level = tokens.get(at + 3).text;
        int before = tokens.get(at - 1).is(":") ? at - 4 : at - 1; // log::Level
        boolean compared = isAt(tokens, at + 4, "as") || isAt(tokens, before, "=") || isAt(tokens, before, "<");
        if (compared || !LEVELS.contains(level.toLowerCase(Locale.ROOT))) {
            return;
        }
        if (!isAt(tokens, at + 4, ",", "format", "!", "(")) {
            throw unreadable(at, "a level without its text");
        }
        String target = isAt(tokens, at - 1, ",") ? target(at - 2) : passedOn;
        if (target == null) {
            throw unreadable(at, "no target");
        }
        calls.add(new LogCall(level.toUpperCase(Locale.ROOT), target, rustText(at + 8)));
    }

    /** The place behind {@code target: X,}. */
    private int afterTarget(int from) {
        if (!isAt(tokens, from, "target", ":")) {
            throw unreadable(from, "no target: nobody would get the line");
        }
        int i = from;
        while (!tokens.get(i).is(",")) {
            i++;
        }
        return i + 1;
    }

    private String target(int at) {
        String target = constants.get(tokens.get(at).text);
        if (target == null) {
            throw unreadable(at, "an unknown target");
        }
        return target;
    }

    private String rustText(int at) {
        Token token = tokens.get(at);
        if (!token.isText() || token.text.contains("{{")) {
            throw unreadable(at, "a text that is not written here");
        }
        return token.text;
    }

    private IllegalStateException unreadable(int at, String why) {
        return new IllegalStateException(file + ":" + tokens.get(at).line + ": a log call that LogCalls cannot read: " + why);
    }
}
