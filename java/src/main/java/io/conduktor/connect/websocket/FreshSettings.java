package io.conduktor.connect.websocket;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a session its settings as the configuration has them now, since a token that comes from a ConfigProvider may have changed. What
 * cannot be read or is refused leaves the old settings in force. Nothing of the configuration's values is logged.
 */
final class FreshSettings implements Runnable {
    /** What answers a session that there is nothing better than what it has: it is refused at once. */
    static final String NONE = "";
    /** How Kafka's own checks begin, which repeat the value. */
    private static final Pattern WITH_VALUE = Pattern.compile("^Invalid value .* for configuration (\\S+?)(?=:|$)", Pattern.DOTALL);
    private static final Logger log = LoggerFactory.getLogger(WebSocketSourceTask.class);

    private final String connector;
    private final Engine engine;
    private final long handle;
    private final Supplier<Map<String, String>> configuration;
    private final Function<WebSocketSourceConnectorConfig, String> json;
    private final Function<WebSocketSourceConnectorConfig, TlsMaterial> tls;
    /** Keys that have held variables from the start: whoever wrote them means what they say. */
    private final Set<String> unresolved;
    private volatile boolean running;

    /**
     * {@code configuration} reads what the task is configured with, every ConfigProvider asked anew; {@code json} makes settings of it,
     * and {@code tls} reads the certificates and the key that it names; {@code started} is what it was at the task's start.
     */
    FreshSettings(String connector, Engine engine, long handle, Supplier<Map<String, String>> configuration,
            Function<WebSocketSourceConnectorConfig, String> json, Function<WebSocketSourceConnectorConfig, TlsMaterial> tls,
            Map<String, String> started) {
        this.connector = connector;
        this.engine = engine;
        this.handle = handle;
        this.configuration = configuration;
        this.json = json;
        this.tls = tls;
        this.unresolved = ConfigVariables.unresolved(started);
    }

    /** Whether the task's thread is here, and hence not in a poll: a ConfigProvider may take its time. Any thread. */
    boolean isRunning() {
        return running;
    }

    /** Answers the session, one way or the other. */
    @Override
    public void run() {
        running = true;
        try {
            read();
        } finally {
            running = false;
        }
    }

    private void answer(String settings, TlsMaterial material) {
        try {
            engine.refresh(handle, settings, material);
        } catch (NativeException e) {
            if (e.code() == NativeException.Code.CONFIG && !settings.equals(NONE)) {
                warn(e.getMessage());
            } else if (e.code() == NativeException.Code.BUG) {
                log.warn("WebSocket connector {}: the configuration could not be taken on, the old one is used", connector, e);
            }
        }
    }

    private void read() {
        Map<String, String> fresh;
        try {
            fresh = configuration.get();
        } catch (RuntimeException | LinkageError e) { // A provider may be half installed. Its text may be anything, a secret among it.
            warn("reading it failed with " + e.getClass().getName());
            answer(NONE, TlsMaterial.NONE);
            return;
        }
        String settings = NONE;
        TlsMaterial material = TlsMaterial.NONE;
        try {
            Optional<String> lost = ConfigVariables.unresolved(fresh).stream().filter(key -> !unresolved.contains(key)).findFirst();
            if (lost.isPresent()) {
                throw new ConfigException(lost.get() + " holds a variable that no ConfigProvider has replaced");
            }
            WebSocketSourceConnectorConfig config = new WebSocketSourceConnectorConfig(fresh);
            material = tls.apply(config);
            settings = json.apply(config);
        } catch (ConfigException e) {
            warn(WITH_VALUE.matcher(e.getMessage()).replaceFirst("$1"));
        } catch (ConnectException e) { // A store that cannot be read.
            warn(e.getMessage());
        } catch (RuntimeException | LinkageError e) {
            warn("checking it failed with " + e.getClass().getName());
        }
        try (TlsMaterial closed = material) {
            answer(settings, closed);
        }
    }

    private void warn(String why) {
        log.warn("WebSocket connector {}: the configuration was read anew before connecting and is not usable, the old one is used: {}. Check the "
                + "ConfigProviders and files that it names", connector, why);
    }
}
