package io.millrace.systemtests.contract;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.kubernetes.OperationContract;
import io.millrace.testkit.process.Pipeline;
import org.junit.jupiter.api.Order;

/** The whole way in one process, as {@code millrace run} starts it. */
@Order(10)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class AllInOneTest extends EndToEndTest implements OperationContract {
    AllInOneTest(Pipeline pipeline) {
        super(pipeline);
    }
}
