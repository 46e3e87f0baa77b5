package io.millrace.launcher.command;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.ingest.IngestSettings;
import io.millrace.ingest.IngestStage;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappedEvent;
import io.millrace.sources.file.SourceTrial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what events a source makes of samples, and starts nothing; secrets aren't needed. */
@Command(name = "try-source", description = "show what events a source makes of samples of what is sent to it")
public final class TrySourceCommand implements Callable<Integer> {
    @Mixin
    private Options options = new Options();

    @Parameters(index = "0", paramLabel = "FILE", description = "the source, like conf/sources/github.yaml")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "SAMPLE",
            description = "bodies as they are sent: JSON files")
    private List<Path> samples = new ArrayList<>();

    @Option(
            names = "--event",
            description = "of a webhook: the kind of delivery, which some senders put into a header: push")
    private String event = "";

    @Option(
            names = "--delivery",
            description = "of a webhook: the identity of the delivery (default: ${DEFAULT-VALUE})")
    private String delivery = "delivery-1";

    @Option(
            names = "--attribute",
            paramLabel = "NAME=VALUE",
            description = "what else comes beside a message, as a mapping names it: #topic=orders")
    private Map<String, String> attributes = new TreeMap<>();

    /** Returns 0 if every sample is read and every event would be taken, else 1. */
    @Override
    public Integer call() {
        try {
            DomainModel domains = options.domains();
            IngestSettings ingest = IngestSettings.from(options.settings());
            List<ConfigurationError> problems = new ArrayList<>();
            SourceTrial source = SourceTrial.of(file, domains, problems);
            if (source == null) {
                throw new InvalidConfigurationException(problems);
            }
            Predicate<MappedEvent> taken = mapped -> show(domains, ingest, source, mapped);
            boolean good = true;
            for (Path sample : samples) {
                good &= show(source, sample, taken);
            }
            return good ? 0 : 1;
        } catch (InvalidConfigurationException invalid) {
            CheckConfigCommand.report(invalid);
            return 1;
        }
    }

    private boolean show(SourceTrial source, Path sample, Predicate<MappedEvent> taken) {
        Map<String, String> all = new TreeMap<>(Map.of("#delivery", delivery, "#event", event));
        all.putAll(attributes);
        DocumentMapping.Result result;
        try {
            result = source.apply(Files.readAllBytes(sample), all);
        } catch (IOException unreadable) {
            System.out.printf("%s: can't be read: %s%n", sample, unreadable);
            return false;
        } catch (MillraceException unfit) {
            System.out.printf("%s: no event: %s%n", sample, unfit.getMessage());
            return false;
        }
        if (result.skipped() != null) {
            System.out.printf("%s: no event: skipped, %s%n", sample, result.skipped());
            return true;
        }
        int count = result.events().size();
        System.out.printf(
                "%s: %s%n",
                sample, count == 0 ? "no event: no rule is for it" : count == 1 ? "1 event" : count + " events");
        boolean good = true;
        for (MappedEvent each : result.events()) {
            good &= taken.test(each);
        }
        return good;
    }

    private static boolean show(DomainModel domains, IngestSettings ingest, SourceTrial source, MappedEvent mapped) {
        String json = ClientJson.object("the event", mapped.json()).toPrettyString();
        System.out.printf("%s%n", json.indent(2).stripTrailing());
        try {
            Event taken = IngestStage.check(domains, ingest, mapped.json(), source.publisher());
            System.out.printf("  → the stream %s%n", taken.stream());
            return true;
        } catch (MillraceException refused) {
            System.out.printf("  → refused, %s: %s%n", refused.failure().code(), refused.getMessage());
            refused.details().forEach(detail -> System.out.printf("    %s %s%n", detail.pointer(), detail.message()));
            return false;
        }
    }
}
