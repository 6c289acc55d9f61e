package io.conduktor.connect.websocket.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.management.Attribute;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Reads MBeans of another process through remote JMX on the loopback interface. Thread-safe. */
public final class JmxClient implements AutoCloseable {
    private final JMXConnector connector;
    private final MBeanServerConnection server;

    private JmxClient(JMXConnector connector) throws IOException {
        this.connector = connector;
        this.server = connector.getMBeanServerConnection();
    }

    public static JmxClient connect(int port) {
        try {
            JMXServiceURL url = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi");
            return new JmxClient(JMXConnectorFactory.connect(url));
        } catch (IOException e) {
            throw new UncheckedIOException("JMX on port " + port, e);
        }
    }

    /** The names that match the pattern, sorted; empty if none does. */
    public Set<ObjectName> names(String pattern) {
        return ask(pattern, () -> new TreeSet<>(server.queryNames(new ObjectName(pattern), null)));
    }

    /**
     * The one name that matches the pattern.
     *
     * @throws IllegalStateException if none or more than one does
     */
    public ObjectName name(String pattern) {
        Set<ObjectName> names = names(pattern);
        if (names.size() != 1) {
            throw new IllegalStateException("one MBean expected for " + pattern + ", found " + names);
        }
        return names.iterator().next();
    }

    /** The value of one attribute of the one MBean that matches the pattern. */
    public Object attribute(String pattern, String attribute) {
        return ask(pattern, () -> server.getAttribute(name(pattern), attribute));
    }

    /** A numeric attribute, of an MBean as {@link #attribute}. */
    public long number(String pattern, String attribute) {
        return ((Number) attribute(pattern, attribute)).longValue();
    }

    /** All readable attributes of the one MBean that matches the pattern, read at one time. */
    public Map<String, Object> attributes(String pattern) {
        return ask(pattern, () -> {
            ObjectName name = name(pattern);
            String[] readable = Arrays.stream(server.getMBeanInfo(name).getAttributes())
                .filter(MBeanAttributeInfo::isReadable).map(MBeanAttributeInfo::getName).toArray(String[]::new);
            Map<String, Object> values = new TreeMap<>();
            for (Attribute attribute : server.getAttributes(name, readable).asList()) {
                values.put(attribute.getName(), attribute.getValue());
            }
            return values;
        });
    }

    /** Calls an operation without parameters. */
    public Object invoke(String pattern, String operation) {
        return ask(pattern, () -> server.invoke(name(pattern), operation, new Object[0], new String[0]));
    }

    /** The connection itself, for what has no method here. */
    public MBeanServerConnection connection() {
        return server;
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException e) {
            // The server may be gone already; then there is nothing to close.
        }
    }

    private interface Question<T> {
        T ask() throws JMException, IOException;
    }

    private static <T> T ask(String pattern, Question<T> question) {
        try {
            return question.ask();
        } catch (JMException e) {
            throw new IllegalStateException("MBean " + pattern + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("MBean " + pattern, e);
        }
    }
}
