package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.AUTH_TOKEN_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEADERS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEADER_PREFIX;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PROXY_URL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.VALIDATE_CONNECT_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects while a configuration is validated, to tell on which key it will fail. Any thread; nothing is left behind. */
final class ValidationDial {
    static final String OFF = "off";
    /** From nothing to everything. */
    static final List<String> DEPTHS = List.of(OFF, "dns", "handshake", "subscribe");
    /** System property: how far validation may go on this worker, whatever configurations say. */
    static final String PROPERTY = "io.conduktor.connect.websocket.validate.connect";
    /** What the property does, in the words of the keys' documentation. */
    static final String DOC = "System property of the worker's JVM (KAFKA_OPTS): how far validation may go on this worker, whatever "
            + VALIDATE_CONNECT_CONFIG + " says. off: whoever may validate configurations cannot make this worker connect to anything by that; they "
            + "still can by creating a connector, if they may.";

    /** Keys that say who we are, in the order in which they win; of OAuth 2.0 what the token is for, since one was granted. */
    private static final List<String> CREDENTIALS = List.of(AUTH_TOKEN_CONFIG, "websocket.auth.password", "websocket.auth.oauth2.scope",
            "websocket.auth.oauth2.client.id");

    /** At once: what each costs is a thread of Connect's REST server and one of the engine's. */
    private static final int AT_ONCE = 4;
    private static final long WAIT_SECONDS = 20;
    private static final Semaphore ROOM = new Semaphore(AT_ONCE, true);
    private static final Logger log = LoggerFactory.getLogger(ValidationDial.class);

    private final Supplier<Engine> engine;
    private final Semaphore room;
    private final long waitMillis;

    ValidationDial(Supplier<Engine> engine) {
        this(engine, ROOM, TimeUnit.SECONDS.toMillis(WAIT_SECONDS));
    }

    ValidationDial(Supplier<Engine> engine, Semaphore room, long waitMillis) {
        this.engine = engine;
        this.room = room;
        this.waitMillis = waitMillis;
    }

    /** What goes wrong with a configuration that is fine otherwise: key to sentence. Empty where it says {@code off}. */
    Map<String, String> problems(Map<String, String> properties) {
        Map<String, String> problems = new TreeMap<>();
        if (properties.getOrDefault(VALIDATE_CONNECT_CONFIG, OFF).equals(OFF)) {
            return problems;
        }
        try {
            WebSocketSourceConnectorConfig config = new WebSocketSourceConnectorConfig(properties);
            String depth = lesser(config.getValidateConnect(), allowed(System.getProperty(PROPERTY)));
            if (depth.equals(OFF)) {
                return problems;
            }
            for (String key : ConfigVariables.unresolved(properties)) {
                problems.put(key, key + " has a variable that no ConfigProvider of this worker has replaced, so nothing was dialled");
            }
            if (problems.isEmpty()) {
                dial(config, properties, depth).forEach((key, text) -> problems.put(key, told(key, text)));
            }
        } catch (ConfigException e) {
            String key = namedIn(e.getMessage(), e.getMessage().contains(PROXY_URL_CONFIG) ? PROXY_URL_CONFIG : VALIDATE_CONNECT_CONFIG);
            problems.put(key, told(key, e.getMessage()));
        } catch (ConnectException | NativeException | LinkageError e) {
            if (e instanceof NativeException && ((NativeException) e).code() == NativeException.Code.CONFIG) {
                String key = namedIn(e.getMessage(), WEBSOCKET_URL_CONFIG);
                problems.put(key, told(key, e.getMessage()));
            } else {
                log.debug("The native library cannot dial", e); // The task's start will say why.
            }
        }
        return problems;
    }

    /** @throws ConfigException if the system property is set to something else than a depth */
    static String allowed(String configured) {
        if (configured == null || configured.isEmpty()) {
            return DEPTHS.get(DEPTHS.size() - 1);
        }
        if (!DEPTHS.contains(configured)) {
            throw new ConfigException("The system property " + PROPERTY + " must be one of " + String.join(", ", DEPTHS) + ", not '" + configured
                    + "'");
        }
        return configured;
    }

    private static String lesser(String one, String other) {
        return DEPTHS.get(Math.min(DEPTHS.indexOf(one), DEPTHS.indexOf(other)));
    }

    private Map<String, String> dial(WebSocketSourceConnectorConfig config, Map<String, String> properties, String depth) {
        Map<String, String> texts = new LinkedHashMap<>();
        TlsMaterial material;
        try {
            material = new TlsStores().read(config);
        } catch (ConnectException e) {
            texts.put(namedIn(e.getMessage(), WEBSOCKET_URL_CONFIG), e.getMessage());
            return texts;
        }
        try (TlsMaterial tls = material) {
            dial(config, properties, depth, tls, texts);
        }
        return texts;
    }

    /** The key that a text begins with. */
    private static String namedIn(String text, String otherwise) {
        String first = text.split("[ :,]", 2)[0];
        return WebSocketSourceConnectorConfig.CONFIG_DEF.names().contains(first) ? first : otherwise;
    }

    private static String told(String key, String text) {
        return text.startsWith(key) ? text : key + ": " + text;
    }

    private void dial(WebSocketSourceConnectorConfig config, Map<String, String> properties, String depth, TlsMaterial tls,
            Map<String, String> texts) {
        Engine library = engine.get();
        String settings = SessionSettings.json(config, ConnectorName.of(properties), 0, MemoryLimit.MINIMUM, false);
        boolean mayDial = false;
        try {
            mayDial = room.tryAcquire(waitMillis, TimeUnit.MILLISECONDS);
            if (!mayDial) {
                texts.put(VALIDATE_CONNECT_CONFIG, "too many configurations are being dialled by this worker at once; try again");
                return;
            }
            for (String problem : library.dial(settings, tls, depth)) {
                String[] keyAndText = problem.split(": ", 2);
                add(texts, keyAndText[0], keyAndText[keyAndText.length - 1], config);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // The worker is stopping; nobody waits for the answer.
        } finally {
            if (mayDial) {
                room.release();
            }
        }
    }

    private static void add(Map<String, String> texts, String key, String text, WebSocketSourceConnectorConfig config) {
        if (!key.equals(AUTH_TOKEN_CONFIG)) {
            texts.merge(key, text, (one, other) -> one + "; " + other);
            return;
        }
        String credentials = credentials(config);
        String told = text + (isSent(config) ? ": check " + credentials : ": no credentials are configured, such as " + AUTH_TOKEN_CONFIG);
        texts.merge(credentials, told, (one, other) -> one + "; " + other);
    }

    private static boolean isSent(WebSocketSourceConnectorConfig config) {
        return !credentialKeys(config).isEmpty() || !config.getHeaders().isEmpty() || config.url().hasUserinfo()
                || config.getWebSocketUrl().contains("?");
    }

    /** The keys for credentials that are configured, the one that wins first. */
    private static List<String> credentialKeys(WebSocketSourceConnectorConfig config) {
        Map<String, String> configured = config.originalsStrings();
        return Stream.concat(CREDENTIALS.stream(), configured.keySet().stream().filter(key -> key.startsWith(HEADER_PREFIX)).sorted())
                .filter(key -> !configured.getOrDefault(key, "").isEmpty()).collect(Collectors.toList());
    }

    /** The key whose credentials a server has refused. */
    private static String credentials(WebSocketSourceConnectorConfig config) {
        List<String> keys = credentialKeys(config);
        if (!keys.isEmpty()) {
            return keys.get(0);
        }
        if (!config.getHeaders().isEmpty()) {
            return HEADERS_CONFIG;
        }
        return isSent(config) ? WEBSOCKET_URL_CONFIG : AUTH_TOKEN_CONFIG;
    }
}
