package io.conduktor.connect.websocket.jmx;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.UnknownHostException;
import java.rmi.ConnectIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import javax.management.Attribute;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import javax.rmi.ssl.SslRMIClientSocketFactory;

/** A Connect worker's WebSocket MBeans, over a JMX connection of its own. Used by one thread. */
final class RemoteBeans implements AutoCloseable {
    private static final String DOMAIN = "io.conduktor.connect.websocket";
    /** Where the RMI registry's socket factory is looked up in the connection's environment (JNDI's RMI provider). */
    private static final String REGISTRY_SOCKET_FACTORY = "com.sun.jndi.rmi.factory.socket";

    private final JMXConnector connector;
    private final String address;

    private RemoteBeans(JMXConnector connector, String address) {
        this.connector = connector;
        this.address = address;
    }

    /** @throws ReaderException if the address is none, nothing listens there or the login is refused */
    static RemoteBeans connect(ReaderArguments wanted) throws ReaderException {
        Map<String, Object> environment = new HashMap<>();
        if (wanted.user != null) {
            environment.put(JMXConnector.CREDENTIALS, new String[] {wanted.user, wanted.password});
        }
        if (wanted.tls) {
            environment.put(REGISTRY_SOCKET_FACTORY, new SslRMIClientSocketFactory());
        }
        try {
            return new RemoteBeans(JMXConnectorFactory.connect(serviceUrl(wanted.address), environment), wanted.address);
        } catch (SecurityException e) {
            throw new ReaderException(ReaderException.NO_CONNECTION, "JMX at " + wanted.address + " refused the login: " + e.getMessage());
        } catch (IllegalArgumentException e) { // What RMI makes of a port that is none.
            throw new ReaderException(ReaderException.USAGE, "no JMX address: " + wanted.address + ": " + e.getMessage());
        } catch (IOException e) {
            throw noConnection(wanted, e);
        }
    }

    /** The wanted attributes by name, in the MBean's order. */
    Map<String, Object> read(ReaderArguments wanted) throws ReaderException {
        try {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            ObjectName name = resolve(server, wanted);
            List<String> known = Arrays.stream(server.getMBeanInfo(name).getAttributes()).filter(MBeanAttributeInfo::isReadable)
                    .map(MBeanAttributeInfo::getName).collect(Collectors.toList());
            if (wanted.attribute != null && !known.contains(wanted.attribute)) {
                throw notFound(name + " has no attribute " + wanted.attribute + ", it has: " + String.join(", ", known));
            }
            String[] asked = wanted.attribute != null ? new String[] {wanted.attribute} : known.toArray(new String[0]);
            Map<String, Object> values = new LinkedHashMap<>();
            for (Attribute attribute : server.getAttributes(name, asked).asList()) {
                values.put(attribute.getName(), attribute.getValue());
            }
            return values;
        } catch (InstanceNotFoundException e) {
            throw notFound("the MBean of " + wanted.subject() + " has just gone from " + address);
        } catch (JMException | SecurityException e) {
            throw notFound("the MBean of " + wanted.subject() + " at " + address + " cannot be read: " + e);
        } catch (IOException e) {
            throw noConnection(wanted, e);
        }
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException e) {
            // All is read; a server that went meanwhile does not matter.
        }
    }

    private ObjectName resolve(MBeanServerConnection server, ReaderArguments wanted) throws ReaderException, JMException, IOException {
        String type = wanted.task == null ? "WebSocketConnector" : "WebSocketTask";
        List<ObjectName> all = server.queryNames(new ObjectName(DOMAIN + ":type=" + type + ",*"), null).stream().sorted()
                .collect(Collectors.toList());
        List<ObjectName> ours = all.stream().filter(name -> wanted.connector.equals(key(name, "name")))
                .filter(name -> wanted.task == null || wanted.task.toString().equals(key(name, "task")))
                .filter(name -> wanted.url == null || wanted.url.equals(key(name, "url"))).collect(Collectors.toList());
        if (ours.isEmpty()) {
            throw notFound("no MBean of " + wanted.subject() + (wanted.url == null ? "" : " with url " + wanted.url) + " at " + address
                    + ": its task has stopped or runs in another worker. MBeans here: " + list(all));
        }
        if (ours.size() > 1) {
            throw notFound(wanted.subject() + " has more than one MBean at " + address + ", choose one with --url: "
                    + ours.stream().map(name -> key(name, "url")).collect(Collectors.joining(", ")));
        }
        return ours.get(0);
    }

    private static String list(List<ObjectName> names) {
        return names.isEmpty() ? "none" : names.stream().map(ObjectName::getKeyPropertyListString).collect(Collectors.joining("; "));
    }

    /** A key's value as it was before the MBean's name needed quotes. */
    private static String key(ObjectName name, String key) {
        String value = Objects.requireNonNullElse(name.getKeyProperty(key), "");
        return value.startsWith("\"") ? ObjectName.unquote(value) : value;
    }

    private static JMXServiceURL serviceUrl(String address) throws ReaderException {
        try {
            return new JMXServiceURL(address.startsWith("service:") ? address : "service:jmx:rmi:///jndi/rmi://" + hostAndPort(address) + "/jmxrmi");
        } catch (MalformedURLException e) {
            throw new ReaderException(ReaderException.USAGE, "ADDRESS is no JMX service URL: " + e.getMessage());
        }
    }

    private static String hostAndPort(String address) throws ReaderException {
        if (!address.matches("([\\w.-]+|\\[[0-9a-fA-F:.%]+\\]):\\d{1,5}")) {
            throw new ReaderException(ReaderException.USAGE, "ADDRESS must be HOST:PORT or a service URL, not " + address);
        }
        return address;
    }

    private static ReaderException notFound(String message) {
        return new ReaderException(ReaderException.NOT_FOUND, message);
    }

    /** JMX wraps what happened in several layers that say less; the innermost one says it. */
    private static ReaderException noConnection(ReaderArguments wanted, IOException problem) {
        Throwable cause = problem;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String reason = Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
        if (cause instanceof UnknownHostException) {
            reason = "unknown host " + reason;
        } else if (cause instanceof ConnectIOException && !wanted.tls) {
            reason += "; if its RMI registry speaks TLS, it takes --tls";
        }
        return new ReaderException(ReaderException.NO_CONNECTION, "no JMX connection to " + wanted.address + ": " + reason);
    }
}
