package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A stop in time, even if not everything can be finished. */
@Order(13)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class DeadlineTest {
    private static final Duration DEADLINE = Duration.ofSeconds(9);
    /** For what could go on by itself: much later. */
    private static final String LATER = "60s";

    private final Pipeline pipeline;

    DeadlineTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Test
    void aNodeWhoseCommitHangsIsGoneBeforeItsDeadline() throws SQLException {
        MillraceProcess.Builder builder = new MillraceProcess.Builder(
                        "stuck", Release.here(Repository.CONF), Repository.OUTPUTS, Pipeline.SECRET, new Ports())
                .stages("ingest", "router", "api", "persistence")
                .backends(pipeline.backends())
                .set("drain.timeout", DEADLINE.toSeconds() + "s")
                .set("bus.timeout", LATER)
                .set("persistence.commit.timeout", LATER)
                .set("persistence.statement.timeout", LATER);
        try (MillraceProcess stuck = builder.start();
                Connection database = connect()) {
            database.setAutoCommit(false);
            database.createStatement().execute("lock table streams in exclusive mode");
            CompletableFuture<ApiResponse> answer =
                    new ApiClient(stuck.uri("/"), pipeline.signer().token("shop", "staff")).postLater(Shop.order());
            MetricsReader metrics = new MetricsReader(stuck);
            await().until(() -> metrics.sum("millrace_persistence_batch_size_events_count") > 0);

            stuck.stop(DEADLINE);

            assertFalse(answer.handle((told, broken) -> told != null && told.status() < 300)
                    .join());
        }
    }

    private Connection connect() throws SQLException {
        URI uri = URI.create(pipeline.backends().postgresUri());
        return DriverManager.getConnection(
                "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath(), uri.getUserInfo(), null);
    }
}
