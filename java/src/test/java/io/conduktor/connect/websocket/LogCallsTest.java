package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogCallsTest {
    private static final String CONSTANTS = "pub const QUEUE: &str = \"WebSocketQueue\"; static final String KEY = \"a.key\";";
    private static final String LOGGER = "class X { Logger log = LoggerFactory.getLogger(X.class); Y y = ";

    private static List<String> rust(String source) {
        LogCalls calls = new LogCalls();
        calls.learn(CONSTANTS);
        calls.readRust("x.rs", source);
        return calls.calls().stream().map(LogCall::toString).collect(Collectors.toList());
    }

    private static List<String> java(String name, String source) {
        LogCalls calls = new LogCalls();
        calls.learn(CONSTANTS);
        calls.readJava(name, LOGGER + source);
        return calls.calls().stream().map(LogCall::toString).collect(Collectors.toList());
    }

    @Test
    void rustMacrosAreRead() {
        assertEquals(List.of("WARN WebSocketQueue: {} lost, \"all\" {} of it"), rust("log::warn!(\n target: logs::QUEUE, // why, \"not\"\n"
            + "\"{lost} lost, \\\"all\\\" \\\n    {:?} of it\", a.b(\"c\"))"));
        assertEquals(List.of("ERROR WebSocketQueue: one"), rust("error!(target: QUEUE, r#\"one\"#); debug!(\"two\"); if error != (1) {}"));
    }

    @Test
    void rustLevelsWithTheirTextsAreRead() {
        assertEquals(List.of("INFO WebSocketQueue: one {}", "WARN WebSocketQueue: two"),
            rust("log::log!(target: logs::QUEUE, level, \"{text}\"); fn f<'a>() { (Level::Info, format!(\"one {}\", '\"')); "
            + "(\n log::Level::Warn,\n format!(\"two\"),) } if x <= Level::Warn && y > Level::Info as u8 {} (Level::Debug, 1)"));
        assertEquals(List.of("WARN WebSocketQueue: one"), rust("line(QUEUE, Level::Warn, format!(\"one\"))"));
    }

    @Test
    void testsAreNoSources() {
        assertEquals(List.of("INFO WebSocketQueue: one"), rust("#[cfg(test)] mod tests { fn f() { warn!(target: QUEUE, \"no\") } }\n"
            + "#[cfg(test)]\nmod more;\ninfo!(target: QUEUE, \"one\")"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "warn!(\"no target\")", "warn!(target: QUEUE, text)", "warn!(target: OTHER, \"x\")", "warn!(target: QUEUE, concat!(\"a\", \"b\"))",
        "log!(target: QUEUE, level, \"WebSocket {text}\")", "let level = if x { Level::Info } else { Level::Warn };",
        "(Level::Info, format!(\"nobody passes it on\"))", "warn!(target: QUEUE, \"{{x}}\")"})
    void whatCannotBeReadInRustIsAnError(String source) {
        String message = assertThrows(IllegalStateException.class, () -> rust("\n" + source)).getMessage();
        assertTrue(message.startsWith("x.rs:2: "), message);
    }

    @Test
    void javaCallsAreRead() {
        assertEquals(List.of("INFO X: one {} two a.key {} three"),
            java("X.java", "log.info(\"one {} \" /* no */\n + \"two \" + KEY + \" \" + a.b(\"x\", 1) + \" three\", c, d)"));
        assertEquals(List.of("WARN WebSocketSourceConnector: WebSocket connector {}: a.key is bad"),
            java("ConfigWarnings.java", "warnings.add(KEY + \" is bad\")"));
        assertEquals(List.of(), java("LogLine.java", "logger.warn(message)"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"log.warn(text)", "other.warn(\"x\")", "log.warn(a ? \"x\" : \"y\")", "log.atWarn().log(\"x\")",
        "LoggerFactory.getLogger(\"x\").error(\"x\")", "logger.warn(message)"})
    void whatCannotBeReadInJavaIsAnError(String source) {
        String message = assertThrows(IllegalStateException.class, () -> java("X.java", "\n" + source)).getMessage();
        assertTrue(message.startsWith("X.java:2: "), message);
    }
}
