package io.conduktor.connect.websocket;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanRegistration;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * An MBean whose read-only attributes are the rows of a table over a snapshot {@code S}, and whose operations take no argument.
 * Attributes read together come from one snapshot.
 */
final class TableMBean<S> implements DynamicMBean, MBeanRegistration {
    private static final int TAKEOVER_ATTEMPTS = 10;

    /** One attribute. */
    static final class Row<S> {
        private final String name;
        private final Class<?> type;
        private final String description;
        private final Function<S, Object> value;

        Row(String name, Class<?> type, String description, Function<S, Object> value) {
            this.name = name;
            this.type = type;
            this.description = description;
            this.value = value;
        }
    }

    private final ObjectName objectName;
    private final String description;
    private final List<Row<S>> table;
    private final Supplier<S> snapshot;
    private final Map<String, Runnable> operations;
    private volatile boolean registered;

    TableMBean(ObjectName objectName, String description, List<Row<S>> table, Supplier<S> snapshot, Map<String, Runnable> operations) {
        this.objectName = objectName;
        this.description = description;
        this.table = table;
        this.snapshot = snapshot;
        this.operations = operations;
    }

    /** Registers this MBean unless it is; takes the name over if another class loader's instance holds it. */
    void register(MBeanServer server) throws JMException {
        for (int attempt = 1; !registered; attempt++) {
            try {
                server.registerMBean(this, objectName);
            } catch (InstanceAlreadyExistsException e) {
                if (attempt == TAKEOVER_ATTEMPTS) {
                    throw e;
                }
                unregister(server, objectName);
            }
        }
    }

    /** Removes this MBean if the name is still its own. */
    void unregister(MBeanServer server) throws JMException {
        if (registered) {
            unregister(server, objectName);
        }
    }

    private static void unregister(MBeanServer server, ObjectName name) throws JMException {
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException e) {
            // Its owner was faster.
        }
    }

    @Override
    public ObjectName preRegister(MBeanServer server, ObjectName name) {
        return name;
    }

    @Override
    public void postRegister(Boolean registrationDone) {
        registered = registrationDone;
    }

    @Override
    public void preDeregister() {
        // Always allowed.
    }

    /** Also tells us that another instance took the name over. */
    @Override
    public void postDeregister() {
        registered = false;
    }

    @Override
    public Object getAttribute(String name) throws AttributeNotFoundException {
        return row(name).value.apply(snapshot.get());
    }

    @Override
    public AttributeList getAttributes(String[] names) {
        S now = snapshot.get();
        AttributeList values = new AttributeList();
        for (String name : names) {
            try {
                values.add(new Attribute(name, row(name).value.apply(now)));
            } catch (AttributeNotFoundException e) {
                // JMX leaves out what does not exist.
            }
        }
        return values;
    }

    @Override
    public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
        throw new AttributeNotFoundException(attribute.getName() + " is read-only");
    }

    @Override
    public AttributeList setAttributes(AttributeList attributes) {
        return new AttributeList();
    }

    @Override
    public Object invoke(String name, Object[] arguments, String[] signature) {
        Runnable operation = operations.get(name);
        if (operation == null || signature != null && signature.length > 0) {
            throw new IllegalArgumentException("No operation " + name + " with these arguments");
        }
        operation.run();
        return null;
    }

    @Override
    public MBeanInfo getMBeanInfo() {
        MBeanAttributeInfo[] attributes = table.stream()
                .map(row -> new MBeanAttributeInfo(row.name, row.type.getName(), row.description, true, false, false))
                .toArray(MBeanAttributeInfo[]::new);
        MBeanOperationInfo[] infos = operations.keySet().stream()
                .map(name -> new MBeanOperationInfo(name, name, null, "void", MBeanOperationInfo.ACTION))
                .toArray(MBeanOperationInfo[]::new);
        return new MBeanInfo(TableMBean.class.getName(), description, attributes, null, infos, null);
    }

    private Row<S> row(String name) throws AttributeNotFoundException {
        return table.stream().filter(row -> row.name.equals(name)).findFirst()
                .orElseThrow(() -> new AttributeNotFoundException("No attribute " + name));
    }
}
