package io.conduktor.connect.websocket.jmx;

/** Attributes of the types that the connector's MBean has; public because JMX demands it. */
public interface StreamMBean {
    /** Makes the attribute {@code isConnected}. */
    boolean isisConnected();

    long getMessagesReceived();

    double getDropRate();

    String getConnectorName();
}
