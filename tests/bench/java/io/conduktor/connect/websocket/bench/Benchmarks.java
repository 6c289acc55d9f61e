package io.conduktor.connect.websocket.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs the sections named on the command line, or all of speed and growth, prints the table and writes {@code results.json} into the work
 * folder.
 */
public final class Benchmarks {
    private static final List<Section> SECTIONS = List.of(new EngineSection(), new HandOverSection(), new ConnectorSection(),
        new DelaySection(), new IdleSection(), new ManySection(), new GrowthSection());
    /** Run only when they are named. */
    private static final List<Section> MORE = List.of(new TuningSection());

    private Benchmarks() {
    }

    /** Ends with status 2 if a section's name is unknown. */
    public static void main(String[] names) {
        List<Section> all = Stream.concat(SECTIONS.stream(), MORE.stream()).toList();
        List<Section> chosen = names.length == 0 ? SECTIONS : all.stream().filter(section -> List.of(names).contains(section.name())).toList();
        if (chosen.size() < names.length) {
            System.err.println("bench: the sections are " + all.stream().map(Section::name).collect(Collectors.joining(", ")));
            System.exit(2);
        }
        Setup setup = Setup.fromSystemProperties();
        Path file = setup.installation().work().resolve("results.json");
        List<Results.Group> groups = new ArrayList<>();
        Results results = new Results(Machine.facts(setup), groups);
        for (Section section : chosen) {
            System.err.println(section.title());
            groups.add(new Results.Group(section.name(), section.title(), section.run(setup)));
            results.write(file); // What has been measured stays, whatever becomes of the next section.
        }
        System.out.println(Table.of(results));
    }
}
