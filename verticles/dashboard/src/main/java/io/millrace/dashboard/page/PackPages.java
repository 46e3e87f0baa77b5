package io.millrace.dashboard.page;

import io.millrace.domain.DomainModel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The pages: one for the streams of any pack, and those of packs with pages of their own. Immutable.
 *
 * @param all the pages in the order of their links
 */
public record PackPages(List<Page> all) {
    /** The packs of the demos, which {@code /demo} tells of where one of them runs. */
    private static final List<String> DEMOS = List.of("shop", "betting", "guilds", "game", "music");

    /** Its link is hidden until a page knows that its reader is an operator. */
    private static final String CONSOLE = "/console";

    private static final String MARK = "<nav aria-label=\"Pages\"></nav>";

    /**
     * One page.
     *
     * @param path the path
     * @param title the text of a link to the page
     * @param file the HTML file
     */
    public record Page(String path, String title, String file) {}

    public static PackPages of(DomainModel domains) {
        List<Page> pages = new ArrayList<>();
        if (domains.has("shop")) {
            pages.add(new Page("/", "Shop", "index.html"));
            pages.add(new Page("/account", "Your orders", "account.html"));
        }
        if (domains.has("guilds")) {
            pages.add(new Page("/guilds", "Guilds", "guilds.html"));
        }
        if (domains.has("betting")) {
            pages.add(new Page("/betting", "Betting", "betting.html"));
        }
        pages.add(new Page("/streams", "Streams", "streams.html"));
        // Behind the page for all streams, which stays the one at "/": this one shows a room, and needs a token that
        // lists one.
        if (domains.has("game")) {
            pages.add(new Page("/game", "Game", "game.html"));
        }
        if (DEMOS.stream().anyMatch(domains::has)) {
            pages.add(new Page("/demo", "Demos", "demo.html"));
        }
        pages.add(new Page(CONSOLE, "Console", "console.html"));
        return new PackPages(List.copyOf(pages));
    }

    /** The page at {@code /}: the first. */
    public Page home() {
        return all.get(0);
    }

    /** A page's text with links to all pages at its placeholder. */
    public String linked(String html) {
        String links = all.stream().map(page -> link(page.path(), page.title())).collect(Collectors.joining());
        return html.replace(MARK, MARK.replace("></nav>", ">" + links + link("/docs", "Docs") + "</nav>"));
    }

    private static String link(String path, String title) {
        return "<a href=\"" + path + "\"" + (path.equals(CONSOLE) ? " hidden" : "") + ">" + title + "</a> ";
    }
}
