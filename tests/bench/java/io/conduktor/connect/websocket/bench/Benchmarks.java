package io.conduktor.connect.websocket.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs the sections named on the command line, or all of speed and growth, prints the table and writes {@code results.json} into the work
 * folder.
 */
public final class Benchmarks {
    private static final List<Section> SECTIONS = List.of(new EngineSection(), new MatchersSection(), new CompressionSection(), new HandshakesSection(),
        new HandOverSection(), new ConnectorSection(), new DelaySection(), new IdleSection(), new ManySection(), new GrowthSection());
    /** Run only when they are named. */
    private static final List<Section> MORE = List.of(new TuningSection());
    private static final double NANOS = 1e9;

    private Benchmarks() {
    }

    /** Ends with status 1 if a section has failed, when the others have run; with 2, before any, if the input is wrong. */
    public static void main(String[] names) {
        List<Section> sections;
        Setup setup;
        try {
            sections = chosen(names);
            setup = Setup.of(System.getenv());
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(2);
            return;
        }
        List<String> failed = run(sections, setup);
        if (!failed.isEmpty()) {
            System.err.println("bench: without the figures of " + String.join(", ", failed) + ", which failed (see above)");
            System.exit(1);
        }
    }

    /**
     * The sections of those names, or all but those that run only when they are named, in the order of their list.
     *
     * @throws IllegalArgumentException if there is no such section, or a name comes twice; says so to the person who named it
     */
    static List<Section> chosen(String... names) {
        if (names.length == 0) {
            return SECTIONS;
        }
        List<Section> all = Stream.concat(SECTIONS.stream(), MORE.stream()).toList();
        List<String> known = all.stream().map(Section::name).toList();
        for (int i = 0; i < names.length; i++) {
            if (!known.contains(names[i])) {
                throw new IllegalArgumentException("SECTIONS: there is no section '" + names[i] + "'; the sections are "
                    + String.join(", ", known));
            }
            if (List.of(names).indexOf(names[i]) < i) {
                throw new IllegalArgumentException("SECTIONS: '" + names[i] + "' is named twice");
            }
        }
        return all.stream().filter(section -> List.of(names).contains(section.name())).toList();
    }

    /** Runs the sections one after the other, prints what was measured and returns the names of those that failed. */
    static List<String> run(List<Section> sections, Setup setup) {
        Path file = setup.installation().work().resolve("results.json");
        List<Results.Group> groups = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        Results results = new Results(Machine.facts(setup), groups);
        for (Section section : sections) {
            System.err.println(section.title());
            long start = System.nanoTime();
            try {
                groups.add(new Results.Group(section.name(), section.title(), section.run(setup)));
            } catch (RuntimeException | AssertionError e) {
                failed.add(section.name());
                System.err.println("bench: the section '" + section.name() + "' failed; the others go on");
                e.printStackTrace();
            }
            setup.progress(String.format("took %.0f s", (System.nanoTime() - start) / NANOS));
            results.write(file); // What has been measured stays, whatever becomes of the next section.
        }
        System.out.println(Table.of(results));
        return failed;
    }
}
