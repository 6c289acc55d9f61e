package io.conduktor.connect.websocket;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams the messages of one WebSocket endpoint into a Kafka topic, with one task. Loads the native library only to validate a
 * configuration with matchers or templates, whose grammar it alone knows, or to dial while validating: Connect makes instances of this class just to ask for its version
 * and configuration.
 */
public class WebSocketSourceConnector extends SourceConnector {
    private static final Logger log = LoggerFactory.getLogger(WebSocketSourceConnector.class);

    private final Supplier<Engine> engine;
    private Map<String, String> properties;

    public WebSocketSourceConnector() {
        this(NativeEngine::load);
    }

    WebSocketSourceConnector(Supplier<Engine> engine) {
        this.engine = engine;
    }

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public ConfigDef config() {
        return WebSocketSourceConnectorConfig.CONFIG_DEF;
    }

    @Override
    public Class<? extends Task> taskClass() {
        return WebSocketSourceTask.class;
    }

    @Override
    public void start(Map<String, String> properties) {
        WebSocketSourceConnectorConfig config = new WebSocketSourceConnectorConfig(properties);
        for (String warning : ConfigWarnings.of(config, properties)) {
            log.warn("WebSocket connector {}: {}", ConnectorName.of(properties), warning);
        }
        this.properties = properties;
    }

    /** The connector's own properties, once: a task reads what its connector reads. */
    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return Collections.singletonList(properties);
    }

    @Override
    public void stop() {
        // Nothing runs here: the task owns the connection.
    }

    /** As Connect's own check, with every wrong key answered by name and no value shown that may hold a secret. */
    @Override
    public Config validate(Map<String, String> properties) {
        Map<String, Object> clean = PropertyCleaner.clean(properties);
        Map<String, String> texts = new HashMap<>();
        clean.forEach((key, value) -> texts.put(key, value.toString()));
        Map<String, ConfigValue> values = new HashMap<>(config().validateAll(texts));
        Map<String, Object> configured = new HashMap<>(); // Checked whole, and shown in part.
        values.forEach((key, value) -> configured.put(key, value.value()));
        ConfigValue url = values.get(WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG);
        url.value(url.errorMessages().isEmpty() ? WebSocketUrl.parse((String) url.value()).sanitized() : null);
        showEndpointsOnly(values);
        RequestHeaders.problems(texts).forEach((key, problem) -> addProblem(values, key, problem));
        Secrets.problems(texts).forEach((key, problem) -> addProblem(values, key, problem));
        Set<String> wrong = values.values().stream().filter(value -> !value.errorMessages().isEmpty()).map(ConfigValue::name)
                .collect(Collectors.toSet());
        ConfigValues readable = new ConfigValues(key -> wrong.contains(key) ? ConfigValues.defaultOf(key) : configured.get(key));
        KeyRules.problems(readable).forEach((key, problem) -> {
            if (wrong.stream().noneMatch(problem::contains)) { // Else it may be about a value that is not there.
                addProblem(values, key, problem);
            }
        });
        RequestHeaders.conflicts(readable, texts).forEach((key, problem) -> addProblem(values, key, problem));
        for (String problem : grammarProblems(readable, texts)) {
            String key = RequestHeaders.keyOf(problem.substring(0, Math.max(0, problem.indexOf(": "))), texts);
            if (texts.containsKey(key)) { // A header has no entry before there is something wrong with it.
                values.computeIfAbsent(key, ConfigValue::new);
            }
            if (values.containsKey(key) && values.get(key).errorMessages().isEmpty()) {
                addProblem(values, key, problem);
            }
        }
        if (values.values().stream().allMatch(value -> value.errorMessages().isEmpty())) {
            new ValidationDial(engine).problems(texts).forEach((key, problem) -> addProblem(values, key, problem));
        }
        values.values().forEach(value -> value.visible(KeyRules.hasEffect(value.name(), readable)));
        return new Config(List.copyOf(values.values()));
    }

    /** What is wrong may hold a password where none belongs. */
    private static void showEndpointsOnly(Map<String, ConfigValue> values) {
        ConfigValue urls = values.get(WebSocketSourceConnectorConfig.URLS_CONFIG);
        urls.value(!urls.errorMessages().isEmpty() ? null : ((List<?>) urls.value()).stream()
                .map(url -> WebSocketUrl.parse((String) url).sanitized()).collect(Collectors.toList()));
        for (String key : List.of(WebSocketSourceConnectorConfig.PROXY_URL_CONFIG, WebSocketSourceConnectorConfig.PROXY_USERNAME_CONFIG,
                WebSocketSourceConnectorConfig.SUBPROTOCOLS_CONFIG, WebSocketSourceConnectorConfig.AUTH_USERNAME_CONFIG)) {
            if (!values.get(key).errorMessages().isEmpty()) {
                values.get(key).value(null);
            }
        }
        for (String key : AccessSettings.CALLED) {
            ConfigValue called = values.get(key);
            String text = (String) called.value();
            called.value(!called.errorMessages().isEmpty() || text == null || text.isEmpty() ? null : WebSocketUrl.parseHttp(text).sanitized());
        }
    }

    /** What only the library can tell; nothing if it cannot be loaded, which the task's start will say. */
    private String[] grammarProblems(ConfigValues values, Map<String, String> properties) {
        String url = values.text(WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG);
        Map<String, String> headers = RequestHeaders.merge(RequestHeaders.parseList(values.text(WebSocketSourceConnectorConfig.HEADERS_CONFIG)), properties);
        Stream<String> urls = Stream.concat(Stream.of(url).filter(Objects::nonNull), values.list(WebSocketSourceConnectorConfig.URLS_CONFIG).stream());
        if (Stream.concat(urls, headers.values().stream()).noneMatch(TemplateText::isTemplate) && !ConversationSettings.hasGrammar(values)) {
            return new String[0];
        }
        try {
            return engine.get().check(SessionSettings.toCheck(values, url, headers, Secrets.of(properties)));
        } catch (ConnectException | NativeException | LinkageError e) {
            log.debug("The native library cannot check matchers and templates", e);
            return new String[0];
        }
    }

    private static void addProblem(Map<String, ConfigValue> values, String key, String problem) {
        values.computeIfAbsent(key, ConfigValue::new).addErrorMessage(problem);
    }

    /** WebSocket has no replay, so no position in the stream can be resumed exactly. */
    @Override
    public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> properties) {
        return ExactlyOnceSupport.UNSUPPORTED;
    }

    @Override
    public ConnectorTransactionBoundaries canDefineTransactionBoundaries(Map<String, String> properties) {
        return ConnectorTransactionBoundaries.UNSUPPORTED;
    }

    /** Accepts offsets in the shape that the task writes; any partition's offset may be removed. */
    @Override
    public boolean alterOffsets(Map<String, String> properties, Map<Map<String, ?>, Map<String, ?>> offsets) {
        WebSocketUrl url = WebSocketUrl.parse(properties.get(WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG));
        offsets.forEach((partition, offset) -> SourceOffsets.check(url, partition, offset));
        return true;
    }
}
