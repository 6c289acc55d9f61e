package io.conduktor.connect.websocket.jmx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.rmi.server.RMIServerSocketFactory;
import java.rmi.server.UnicastRemoteObject;
import java.util.HashMap;
import java.util.Map;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import javax.management.remote.rmi.RMIConnectorServer;

/** A real JMX connector server in this process, on the loopback interface, with an RMI registry as a JVM's agent has. */
final class JmxServer implements AutoCloseable {
    /** As {@code jmx.remote.x.password.file} of the JDK's agent: lines of name and password. */
    private static final String PASSWORD_FILE = "jmx.remote.x.password.file";

    private final MBeanServer beans = MBeanServerFactory.newMBeanServer();
    private final Registry registry;
    private final JMXConnectorServer server;
    private final int port;
    private volatile boolean connected = true;

    /** @param passwordFile {@code null} for a server that lets everybody in */
    JmxServer(String passwordFile) {
        System.setProperty("java.rmi.server.hostname", "127.0.0.1");
        Loopback registrySockets = new Loopback();
        Map<String, Object> environment = new HashMap<>();
        environment.put(RMIConnectorServer.RMI_SERVER_SOCKET_FACTORY_ATTRIBUTE, new Loopback());
        if (passwordFile != null) {
            environment.put(PASSWORD_FILE, passwordFile);
        }
        try {
            registry = LocateRegistry.createRegistry(0, null, registrySockets);
            port = registrySockets.port;
            JMXServiceURL url = new JMXServiceURL("service:jmx:rmi://127.0.0.1/jndi/rmi://127.0.0.1:" + port + "/jmxrmi");
            server = JMXConnectorServerFactory.newJMXConnectorServer(url, environment, beans);
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    String serviceUrl() {
        return "service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi";
    }

    void connected(boolean value) {
        connected = value;
    }

    /** @param keys the name's keys after the domain */
    JmxServer add(String keys) {
        try {
            beans.registerMBean(new StandardMBean(new Stream(), StreamMBean.class), name(keys));
            return this;
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    void remove(String keys) {
        try {
            beans.unregisterMBean(name(keys));
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.stop();
            UnicastRemoteObject.unexportObject(registry, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectName name(String keys) throws JMException {
        return new ObjectName("io.conduktor.connect.websocket:" + keys);
    }

    private final class Stream implements StreamMBean {
        @Override
        public boolean isisConnected() {
            return connected;
        }

        @Override
        public long getMessagesReceived() {
            return 1234567890123L;
        }

        @Override
        public double getDropRate() {
            return 0.5;
        }

        @Override
        public String getConnectorName() {
            return "prices \"x\"";
        }
    }

    private static final class Loopback implements RMIServerSocketFactory {
        private volatile int port;

        @Override
        public ServerSocket createServerSocket(int wanted) throws IOException {
            ServerSocket socket = new ServerSocket(wanted, 0, InetAddress.getByName("127.0.0.1"));
            port = socket.getLocalPort();
            return socket;
        }
    }
}
