package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TableRow;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Block;
import org.commonmark.node.Code;
import org.commonmark.node.CustomBlock;
import org.commonmark.node.CustomNode;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;

/** What the tests want to know of a Markdown file. */
final class MarkdownPage extends AbstractVisitor {
    private final List<String> headings = new ArrayList<>();
    private final List<Fence> fences = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();
    private final List<String> links = new ArrayList<>();
    private String section = "";

    private MarkdownPage() {
    }

    /**
     * A fenced block.
     *
     * @param section the heading that it stands under
     * @param mark the HTML comment before it, without its delimiters; empty if there is none
     * @param language the fence's info string
     */
    record Fence(String section, String mark, String language, String text) {
    }

    /** A row of a table, its heading rows too. Cells are plain text, without the marks of code. */
    record Row(String section, List<String> cells) {
    }

    static MarkdownPage read(Path file) {
        try {
            MarkdownPage page = new MarkdownPage();
            Parser.builder().extensions(List.of(TablesExtension.create())).build().parse(Files.readString(file)).accept(page);
            return page;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With their level, for example {@code ### Debug Logging}. */
    List<String> headings() {
        return headings;
    }

    List<Fence> fences() {
        return fences;
    }

    /**
     * The text of the blocks that a test executes ({@code run: name} in the comment before the block) or has the program read that they are for
     * ({@code checked: name}), by their names. The only other mark is {@code not run: reason}.
     *
     * @param marked the blocks that must have a mark
     */
    Map<String, String> blocks(Predicate<Fence> marked) {
        Map<String, String> blocks = new LinkedHashMap<>();
        for (Fence fence : fences.stream().filter(marked).toList()) {
            String[] mark = fence.mark().split(": ", 2);
            assertTrue(mark.length == 2 && Set.of("run", "checked", "not run").contains(mark[0]),
                () -> "a block under '" + fence.section() + "' does not say what runs it, nor why nothing does:\n" + fence.text());
            if (!mark[0].equals("not run")) {
                assertNull(blocks.put(mark[1].replaceFirst(" \\(.*", ""), fence.text()), () -> "two blocks are named " + mark[1]);
            }
        }
        return blocks;
    }

    /** The rows of all tables. */
    List<Row> rows() {
        return rows;
    }

    /** The destinations of all links. */
    List<String> links() {
        return links;
    }

    @Override
    public void visit(Heading heading) {
        section = text(heading);
        headings.add("#".repeat(heading.getLevel()) + " " + section);
        visitChildren(heading);
    }

    @Override
    public void visit(FencedCodeBlock fence) {
        fences.add(new Fence(section, mark(fence), fence.getInfo(), fence.getLiteral()));
    }

    @Override
    public void visit(Link link) {
        links.add(link.getDestination());
        visitChildren(link);
    }

    @Override
    public void visit(CustomBlock block) {
        if (block instanceof TableBlock) {
            visitChildren(block);
        }
    }

    @Override
    public void visit(CustomNode node) {
        if (node instanceof TableRow) {
            List<String> cells = new ArrayList<>();
            for (Node cell = node.getFirstChild(); cell instanceof TableCell; cell = cell.getNext()) {
                cells.add(text(cell));
            }
            rows.add(new Row(section, cells));
        }
        visitChildren(node);
    }

    private static String mark(Block block) {
        if (!(block.getPrevious() instanceof HtmlBlock before)) {
            return "";
        }
        String html = before.getLiteral().strip();
        return html.startsWith("<!--") && html.endsWith("-->") ? html.substring(4, html.length() - 3).strip() : "";
    }

    private static String text(Node node) {
        StringBuilder text = new StringBuilder();
        node.accept(new AbstractVisitor() {
            @Override
            public void visit(Text words) {
                text.append(words.getLiteral());
            }

            @Override
            public void visit(Code code) {
                text.append(code.getLiteral());
            }
        });
        return text.toString();
    }
}
