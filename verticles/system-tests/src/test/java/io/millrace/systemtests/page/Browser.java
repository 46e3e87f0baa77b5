package io.millrace.systemtests.page;

import static org.junit.jupiter.api.Assertions.fail;

import io.millrace.systemtests.environment.Repository;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/** A real Chromium with a profile of its own; finds what it looks at by {@code data-testid}. */
final class Browser implements AutoCloseable {
    private static final List<Path> CHROMIUM = List.of(
            Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"), Path.of("/usr/bin/google-chrome"));
    private static final List<Path> DRIVER =
            List.of(Path.of("/usr/bin/chromedriver"), Path.of("/usr/lib/chromium-browser/chromedriver"));
    /** Held, so that its level stays: Selenium warns that it can't speak this Chromium's DevTools, which nobody asks of it. */
    private static final Logger DEVTOOLS = Logger.getLogger("org.openqa.selenium.devtools");

    private static final Path SCREENSHOTS = Repository.OUTPUTS.resolve("screenshots");

    /** One for all tests, since starting it costs seconds; each test finds it as if it were new. */
    private static @Nullable Browser idle;

    private final Path profile;
    private final ChromeDriver driver;
    private final Set<String> visited = new HashSet<>();

    private Browser() throws IOException {
        DEVTOOLS.setLevel(Level.SEVERE);
        profile = Files.createTempDirectory("millrace-browser");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(installed(CHROMIUM).toFile());
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + profile);
        driver = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(installed(DRIVER).toFile())
                        .build(),
                options);
        Runtime.getRuntime().addShutdownHook(new Thread(this::quit, "quit-browser"));
    }

    /** With one empty tab and nothing stored. */
    static synchronized Browser start() throws IOException {
        Browser browser = idle == null ? new Browser() : idle;
        idle = null;
        browser.resize(1280, 900);
        return browser;
    }

    private static Path installed(List<Path> places) {
        return places.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseGet(() -> fail("none of " + places
                        + " is here; the page is tested in a real browser: apt-get install chromium chromium-driver"));
    }

    void open(String url) {
        URI page = URI.create(url);
        visited.add(page.getScheme() + "://" + page.getAuthority());
        driver.get(url);
    }

    /** Another tab of the same browser, in front from now on. */
    void openTab(String url) {
        driver.switchTo().newWindow(WindowType.TAB);
        resize(1280, 900);
        open(url);
    }

    /** In the order in which they were opened. */
    void showTab(int tab) {
        driver.switchTo().window(driver.getWindowHandles().toArray(new String[0])[tab]);
    }

    /** The one in front; what is in front then has to be said. */
    void closeTab() {
        driver.close();
    }

    /** As a browser does to save power: the tab in front is hidden, and neither its timers nor its sockets go on. */
    void freeze() {
        driver.executeCdpCommand("Page.setWebLifecycleState", Map.of("state", "frozen"));
    }

    /** And it goes on. */
    void thaw() {
        driver.executeCdpCommand("Page.setWebLifecycleState", Map.of("state", "active"));
    }

    /** A script that runs in this tab before those of every page. */
    void before(String script) {
        driver.executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
    }

    /** Where what a page saves is put. */
    void downloadTo(Path folder) {
        driver.executeCdpCommand(
                "Browser.setDownloadBehavior", Map.of("behavior", "allow", "downloadPath", folder.toString()));
    }

    /** Whatever a page shows: light or dark. */
    void prefer(String scheme) {
        List<Map<String, String>> features = List.of(Map.of("name", "prefers-color-scheme", "value", scheme));
        driver.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", features));
    }

    /** The zone of the reader's clock, by its name. */
    void move(String zone) {
        driver.executeCdpCommand("Emulation.setTimezoneOverride", Map.of("timezoneId", zone));
    }

    /** Elements of a page that isn't ours. */
    List<WebElement> find(String css) {
        return driver.findElements(By.cssSelector(css));
    }

    void click(String testId) {
        one(testId).click();
    }

    /** In the element of a page that has several such parts. */
    String text(String within, String testId) {
        return driver.findElement(By.cssSelector(within))
                .findElement(byTestId(testId))
                .getText();
    }

    /** Chooses or fills in, as a person would. */
    void enter(String testId, String what) {
        one(testId).sendKeys(what);
    }

    /** The size of what the page sees, which a window's smallest size doesn't bound. */
    void resize(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    /** What is written there now. */
    String text(String testId) {
        return one(testId).getText();
    }

    /** An attribute of the element; empty if it has none. */
    String attribute(String testId, String name) {
        return Objects.requireNonNullElse(one(testId).getDomAttribute(name), "");
    }

    private WebElement one(String testId) {
        return driver.findElement(byTestId(testId));
    }

    /** How many such elements there are; of many, much sooner than their texts, of which each is asked for by itself. */
    int count(String testId) {
        return driver.findElements(byTestId(testId)).size();
    }

    /** The texts of all such elements, in the page's order; empty while it is redrawn. */
    List<String> texts(String testId) {
        try {
            return driver.findElements(byTestId(testId)).stream()
                    .map(WebElement::getText)
                    .toList();
        } catch (StaleElementReferenceException redrawn) {
            return List.of();
        }
    }

    /** An attribute of all such elements, in the page's order; empty while it is redrawn. */
    List<String> attributes(String testId, String name) {
        try {
            return driver.findElements(byTestId(testId)).stream()
                    .map(element -> element.getDomAttribute(name))
                    .toList();
        } catch (StaleElementReferenceException redrawn) {
            return List.of();
        }
    }

    private static By byTestId(String testId) {
        return By.cssSelector("[data-testid='" + testId + "']");
    }

    String address() {
        return driver.getCurrentUrl();
    }

    String title() {
        return driver.getTitle();
    }

    /** What a line of JavaScript returns. */
    Object evaluate(String script) {
        return driver.executeScript(script);
    }

    /** Errors in the console so far, without those of connections that broke. */
    List<String> scriptErrors() {
        return driver.manage().logs().get("browser").getAll().stream()
                .filter(entry -> !"network".equals(entry.toJson().get("source")))
                .map(entry -> entry.getLevel() + " " + entry.getMessage())
                .filter(line -> line.startsWith("SEVERE") && !line.contains("WebSocket connection"))
                .filter(line -> !line.contains("Failed to load resource"))
                .toList();
    }

    void screenshot(String name) throws IOException {
        Files.createDirectories(SCREENSHOTS);
        Files.write(SCREENSHOTS.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    }

    /** Closes what the test opened and forgets what its pages stored; another test gets the browser. */
    @Override
    public void close() {
        Set<String> opened = driver.getWindowHandles();
        String fresh = driver.switchTo().newWindow(WindowType.TAB).getWindowHandle();
        for (String window : opened) {
            driver.switchTo().window(window).close();
        }
        driver.switchTo().window(fresh);
        for (String origin : visited) {
            driver.executeCdpCommand("Storage.clearDataForOrigin", Map.of("origin", origin, "storageTypes", "all"));
        }
        visited.clear();
        driver.manage().logs().get("browser");
        synchronized (Browser.class) {
            idle = this;
        }
    }

    private void quit() {
        driver.quit();
        Repository.delete(profile);
    }
}
