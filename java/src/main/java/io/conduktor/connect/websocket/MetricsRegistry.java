package io.conduktor.connect.websocket;

import io.conduktor.connect.websocket.MBeanTables.PreviousRun;
import io.conduktor.connect.websocket.MBeanTables.TaskView;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The MBeans of the tasks of one class loader: one per connector and URL, which sums its tasks, and one per task. A task that starts
 * takes the place of an older instance of the same task that has not stopped yet. Trouble with JMX is logged and never reaches a task.
 */
final class MetricsRegistry {
    static final String DOMAIN = "io.conduktor.connect.websocket";

    private static final Logger log = LoggerFactory.getLogger(MetricsRegistry.class);
    private static final Pattern LEGAL_UNQUOTED = Pattern.compile("[\\w%\\-. \t]+");
    private static final int PREVIOUS_RUNS = 1000;

    private final MBeanServer server;
    private final Map<ObjectName, Bean> beans = new HashMap<>(); // guarded by this
    private final Map<ObjectName, PreviousRun> previousRuns = new LinkedHashMap<>() { // guarded by itself
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ObjectName, PreviousRun> eldest) {
            return size() > PREVIOUS_RUNS;
        }
    };

    MetricsRegistry(MBeanServer server) {
        this.server = server;
    }

    /** An MBean and the tasks behind it, by number. */
    private static final class Bean {
        private final Map<Integer, TaskMetrics> tasks = new ConcurrentHashMap<>();
        private TableMBean<?> mbean;
    }

    static ObjectName connectorName(TaskMetrics metrics) throws MalformedObjectNameException {
        return new ObjectName(DOMAIN + ":type=WebSocketConnector,name=" + value(metrics.connector()) + ",url="
                + value(metrics.url().jmxValue()));
    }

    static ObjectName taskName(TaskMetrics metrics) throws MalformedObjectNameException {
        return new ObjectName(DOMAIN + ":type=WebSocketTask,name=" + value(metrics.connector()) + ",task=" + metrics.task());
    }

    private static String value(String text) {
        return LEGAL_UNQUOTED.matcher(text).matches() ? text : ObjectName.quote(text);
    }

    /** Shows a task that starts. */
    synchronized void add(TaskMetrics metrics) {
        try {
            add(connectorName(metrics), metrics, bean -> connectorBean(connectorName(metrics), metrics.connector(), bean));
            add(taskName(metrics), metrics, bean -> taskBean(taskName(metrics), bean));
        } catch (JMException | RuntimeException e) {
            log.warn("WebSocket connector {}: no JMX metrics for task {}", metrics.connector(), metrics.task(), e);
        }
    }

    /** Makes the MBean of a name; it may fail as JMX does. */
    private interface BeanFactory {
        TableMBean<?> create(Bean bean) throws JMException;
    }

    private void add(ObjectName name, TaskMetrics metrics, BeanFactory factory) throws JMException {
        Bean bean = beans.get(name);
        if (bean == null) {
            bean = new Bean();
            bean.mbean = factory.create(bean);
            beans.put(name, bean);
        }
        bean.tasks.put(metrics.task(), metrics);
        bean.mbean.register(server);
    }

    /** Takes a stopped task away, and remembers what it lost for the next run. */
    synchronized void remove(TaskMetrics metrics, long discarded, long unacknowledged) {
        try {
            synchronized (previousRuns) {
                previousRuns.put(taskName(metrics), new PreviousRun(discarded, unacknowledged));
            }
            remove(connectorName(metrics), metrics);
            remove(taskName(metrics), metrics);
        } catch (JMException | RuntimeException e) {
            log.warn("WebSocket connector {}: JMX metrics of task {} could not be removed", metrics.connector(), metrics.task(), e);
        }
    }

    private void remove(ObjectName name, TaskMetrics metrics) throws JMException {
        Bean bean = beans.get(name);
        if (bean == null) {
            return;
        }
        bean.tasks.remove(metrics.task(), metrics); // Not a newer instance of the same task.
        if (bean.tasks.isEmpty()) {
            beans.remove(name);
            bean.mbean.unregister(server);
        }
    }

    private static TableMBean<MetricsSnapshot> connectorBean(ObjectName name, String connector, Bean bean) {
        return new TableMBean<>(name, "A WebSocket source connector's stream", MBeanTables.connector(connector), () -> sum(bean),
                Map.of("resetCounters", () -> bean.tasks.values().forEach(TaskMetrics::reset)));
    }

    private TableMBean<TaskView> taskBean(ObjectName name, Bean bean) {
        return new TableMBean<>(name, "A task of a WebSocket source connector", MBeanTables.task(),
                () -> new TaskView(sum(bean), previousRun(name)), Map.of());
    }

    private PreviousRun previousRun(ObjectName taskName) {
        synchronized (previousRuns) {
            return previousRuns.getOrDefault(taskName, PreviousRun.NONE);
        }
    }

    private static MetricsSnapshot sum(Bean bean) {
        return bean.tasks.values().stream().map(TaskMetrics::snapshot).reduce(MetricsSnapshot::plus).orElse(MetricsSnapshot.NONE);
    }
}
