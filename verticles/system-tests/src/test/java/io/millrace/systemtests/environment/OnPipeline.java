package io.millrace.systemtests.environment;

import io.millrace.testkit.process.Pipeline;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** The tests of this class are given a running {@link Pipeline}, which it shares with other classes of the same layout. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(SharedPipeline.class)
public @interface OnPipeline {
    Pipeline.Layout value();
}
