package io.millrace.systemtests;

import io.millrace.testkit.Pipeline;
import org.junit.jupiter.api.Order;

/** The whole way in one process, as {@code millrace run} starts it. */
@Order(10)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class AllInOneTest extends WholeWayTest {
    AllInOneTest(Pipeline pipeline) {
        super(pipeline);
    }
}
