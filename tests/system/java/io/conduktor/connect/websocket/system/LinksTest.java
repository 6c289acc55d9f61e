package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each link within the documentation leads somewhere. */
class LinksTest {
    @Test
    void everyLinkHasATarget() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path page : pages()) {
            for (String link : MarkdownPage.read(page).links()) {
                if (!link.matches("[a-z]+:.*") && !leadsSomewhere(page, link)) {
                    broken.add(page + ": " + link);
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        for (String folder : List.of("", "docs", "examples", "examples/venues")) {
            try (Stream<Path> files = Files.list(Path.of(folder).toAbsolutePath())) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
            }
        }
        return pages;
    }

    private static boolean leadsSomewhere(Path page, String link) {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        return Files.exists(target)
            && (parts.length == 1 || MarkdownPage.read(target).headings().stream().anyMatch(heading -> anchor(heading).equals(parts[1])));
    }

    /** As the usual hosts of repositories make it. */
    private static String anchor(String heading) {
        return heading.replaceFirst("#+ ", "").toLowerCase().replaceAll("[^\\p{L}\\p{N}\\- _]", "").replace(' ', '-');
    }
}
