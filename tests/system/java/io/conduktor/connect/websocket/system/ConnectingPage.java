package io.conduktor.connect.websocket.system;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** The fragments of configurations on docs/CONNECTING.md. */
final class ConnectingPage {
    private static final MarkdownPage PAGE = MarkdownPage.read(Path.of("docs/CONNECTING.md"));
    private static final String TOUR = "One configuration, step by step";

    private ConnectingPage() {
    }

    /** All of them, in order. */
    static List<MarkdownPage.Fence> fragments() {
        return PAGE.fences().stream().filter(fence -> fence.language().equals("properties")).toList();
    }

    /** A fragment's properties. */
    static Map<String, String> properties(MarkdownPage.Fence fragment) {
        Properties loaded = new Properties();
        try {
            loaded.load(new StringReader(fragment.text()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> properties = new TreeMap<>();
        loaded.stringPropertyNames().forEach(key -> properties.put(key, loaded.getProperty(key)));
        return properties;
    }

    /** Whether it is a step of the configuration that the page builds. */
    static boolean isOfTour(MarkdownPage.Fence fragment) {
        return fragment.section().equals(TOUR);
    }

    /** The configuration that the page builds, after each step; {@code name} among its properties. */
    static List<Map<String, String>> tour() {
        List<Map<String, String>> steps = new ArrayList<>();
        Map<String, String> now = new TreeMap<>();
        for (MarkdownPage.Fence step : fragments().stream().filter(ConnectingPage::isOfTour).toList()) {
            now.putAll(properties(step));
            steps.add(Map.copyOf(now));
        }
        return steps;
    }
}
