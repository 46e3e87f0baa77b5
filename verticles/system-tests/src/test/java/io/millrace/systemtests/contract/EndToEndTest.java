package io.millrace.systemtests.contract;

import io.millrace.testkit.process.Pipeline;

/**
 * An event's way from its sender to whoever may see it, over real sockets and servers: the same contract however the
 * stages are spread over processes.
 */
abstract class EndToEndTest
        implements PublishingContract, BusContract, ReadsContract, SubscriptionsContract, KpisContract {
    private final Pipeline pipeline;

    EndToEndTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Pipeline pipeline() {
        return pipeline;
    }
}
