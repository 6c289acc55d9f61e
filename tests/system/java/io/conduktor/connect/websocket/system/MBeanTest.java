package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import java.util.Map;
import java.util.TreeMap;
import javax.management.MBeanAttributeInfo;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** The MBean as the runbook describes it, read as a monitoring system reads it. */
class MBeanTest {
    private static final Map<String, String> RUNBOOK = Map.ofEntries(
        Map.entry("MessagesReceived", "long"), Map.entry("MessagesDropped", "long"), Map.entry("RecordsProduced", "long"),
        Map.entry("QueueSize", "int"), Map.entry("QueueCapacity", "int"), Map.entry("QueueUtilizationPercent", "double"),
        Map.entry("isConnected", "boolean"), Map.entry("MillisSinceLastMessage", "long"), Map.entry("UptimeMillis", "long"),
        Map.entry("TotalReconnects", "long"), Map.entry("LagCount", "long"), Map.entry("DropRate", "double"));

    @Test
    void theTwelveAttributesAreThereWithTheirTypes() throws Exception {
        try (Feed feed = Suite.feed("mbean"); TestConnector connector = connector("mbean.types", feed.url("/silence"))) {
            connector.applyAndConnect();
            ObjectName name = connector.jmx().name(Books.connectorBean("mbean.types"));
            assertEquals("io.conduktor.connect.websocket:type=WebSocketConnector,name=mbean.types,url=127.0.0.1_" + feed.port() + "_silence",
                name.toString());
            Map<String, String> types = new TreeMap<>();
            for (MBeanAttributeInfo attribute : connector.jmx().connection().getMBeanInfo(name).getAttributes()) {
                assertTrue(attribute.isReadable() && !attribute.isWritable() && attribute.getDescription().length() > 10, attribute::toString);
                types.put(attribute.getName(), attribute.getType());
            }
            types.keySet().retainAll(RUNBOOK.keySet());
            assertEquals(new TreeMap<>(RUNBOOK), types);
        }
    }

    @Test
    void silenceAndLossOfTheConnectionCanBeSeen() {
        try (Feed feed = Suite.feed("mbean"); TestConnector connector = connector("mbean-silent", feed.url("/silence"))) {
            connector.applyAndConnect();
            String bean = Books.connectorBean("mbean-silent");
            Await.until("time to pass", TestConnector.LIMIT, () -> {
                Map<String, Object> now = connector.jmx().attributes(bean);
                return (long) now.get("MillisSinceLastMessage") > 1000 && (long) now.get("UptimeMillis") > 1000;
            });
            feed.control("/_refuse?on=true");
            feed.control("/_drop");
            Await.until("the loss to show", TestConnector.LIMIT, () -> {
                Map<String, Object> now = connector.jmx().attributes(bean);
                return !(boolean) now.get("isConnected") && !(boolean) now.get("Connected") && (long) now.get("UptimeMillis") == 0
                    && (long) now.get("TotalReconnects") > 1;
            });
            feed.control("/_refuse?on=false");
            connector.awaitConnected();
        }
    }

    @Test
    void countersStartAnewWithTheTaskAndOnRequest() {
        try (Feed feed = Suite.feed("mbean"); TestConnector connector = connector("mbean-anew", feed.url("/numbered?rate=0&count=500"))) {
            connector.applyAndConnect();
            connector.awaitSettled(500);
            connector.rest().restartTask("mbean-anew", 0);
            connector.awaitStopNote(1);
            connector.awaitConnected();
            assertEquals(500, connector.awaitSettled(500).received());
            connector.jmx().invoke(Books.connectorBean("mbean-anew"), "resetCounters");
            assertEquals(new Books(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), connector.books());
        }
    }

    private static TestConnector connector(String name, String url) {
        return new TestConnector(Suite.shared(), name, url);
    }
}
